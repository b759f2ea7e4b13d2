// Times as the clock on the reader's wall shows them.

const pad = (number) => String(number).padStart(2, "0");

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const shortName = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" });

/** Zones that browsers still call by a name that their people have given up. */
const NAMES = {
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Europe/Kiev": "Europe/Kyiv",
};

/** What local clocks are ahead of UTC at `time`, in ms. */
export function offset(time) {
  return -new Date(time).getTimezoneOffset() * 60_000;
}

/** "21:03", or "21:03:15". */
export function wallTime(time, { seconds = false } = {}) {
  const date = new Date(time);
  const minutes = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  return seconds ? `${minutes}:${pad(date.getSeconds())}` : minutes;
}

/** "27 Nov". */
export function day(time) {
  return dayFormat.format(time);
}

/** "27 Nov, 21:03:15". */
export function moment(time) {
  return `${day(time)}, ${wallTime(time, { seconds: true })}`;
}

/** What the zone is called at `time` where it has two names: "EDT" or "EST". */
export function abbreviation(time) {
  return shortName.formatToParts(time).find(({ type }) => type === "timeZoneName").value;
}

/** "Europe/Berlin, UTC+1". */
export function zone(time) {
  const minutes = offset(time) / 60_000;
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  const utc = `UTC${minutes < 0 ? "−" : "+"}${hours}${rest ? `:${pad(rest)}` : ""}`;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return timeZone === "UTC" ? "UTC" : `${NAMES[timeZone] ?? timeZone}, ${utc}`;
}

/** A stretch of time: "27 Nov, 20:18 – 20:42". */
export function stretch(from, to) {
  const seconds = to - from < 10 * 60_000;
  const sameDay = day(from) === day(to);
  const end = `${sameDay ? "" : `${day(to)}, `}${wallTime(to, { seconds })}`;
  return `${day(from)}, ${wallTime(from, { seconds })} – ${end}`;
}
