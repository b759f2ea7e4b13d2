// What is seen of a link: how stable it is, by colour and by width, and in words.

/** From how many per cent on a link is how good: the marks of the vendor's application note. */
const GRADES = [[70, "good"], [50, "fair"], [0, "poor"]];

/** Directions that differ by more, in points, are shown each by itself. */
const APART = 20;

const percent = (part) => `${Math.round(part * 100)} %`;

/** The grade of a stability as it is written: 50 % are not below 50 %. */
export function gradeOf(stability) {
  return GRADES.find(([least]) => Math.round(stability * 100) >= least)[1];
}

/** What a link is for: "used", or "unused" as a path, or only "heard". */
export function kindOf(link) {
  if (link.used || link.direction === "upstream") return "used";
  return link.direction === "unused" ? "unused" : "heard";
}

/** Whether a link is shown at all: what is used always, the rest if it is wanted. */
export function shown(link, wanted) {
  const kind = kindOf(link);
  return kind === "used" || wanted[kind];
}

/**
 * The grades of a link's pieces, one, or two from `a` to `b`, and what it is in words. What nobody has
 * measured is "estimated".
 */
export function look(link) {
  const { stability_ab: there, stability_ba: back } = link;
  if (there === null && back === null) return { pieces: ["estimated"], text: estimate(link) };
  if (there !== null && back !== null && Math.abs(Math.round(there * 100) - Math.round(back * 100)) > APART) {
    return { pieces: [gradeOf(there), gradeOf(back)], text: `${percent(there)} ↑ ${percent(back)} ↓` };
  }
  const stability = both(link);
  return { pieces: [gradeOf(stability)], text: percent(stability) };
}

/** Of both directions together, as many packets as each has had. */
function both({ stability_ab: there, stability_ba: back, attempts_ab: up, attempts_ba: down, failures_ab: lost, failures_ba: lostBack }) {
  if (there === null || back === null) return there ?? back;
  return 1 - (lost + lostBack) / (up + down);
}

function estimate({ quality, rssi_ab: there, rssi_ba: back }) {
  if (quality !== null) return `about ${quality} %`;
  const signal = there ?? back;
  return signal === null ? "unknown" : `${signal} dBm`;
}
