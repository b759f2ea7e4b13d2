// What clocks on walls show.

/** The minutes of the day that a clock in a zone shows. */
export function wallClock(timeZone, time = Date.now()) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(time);
  const number = (type) => Number(parts.find((part) => part.type === type).value);
  return number("hour") * 60 + number("minute") + number("second") / 60;
}

/** How far two clocks' minutes are apart, around midnight too. */
export function apart(a, b) {
  const minutes = (((a - b) % 1440) + 1440) % 1440;
  return Math.min(minutes, 1440 - minutes);
}
