// Where an axis has its ticks.

import { offset } from "../zone.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((step) => step * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((step) => step * MINUTE),
  ...[1, 2, 3, 6, 12].map((step) => step * HOUR),
  ...[1, 2, 5].map((step) => step * DAY),
];

/** All zones differ from UTC by whole quarters of an hour. */
const QUARTER = 15 * MINUTE;

/**
 * At most about `most` moments from `from` to `to` at which the wall clock shows a round time. In the
 * night when summer time ends there are more of them: an hour comes twice.
 */
export function timeTicks(from, to, most) {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? STEPS.at(-1);
  const unit = Math.min(step, QUARTER);
  const times = [];
  for (let time = Math.ceil(from / unit) * unit; time <= to; time += unit) {
    if ((time + offset(time)) % step === 0) times.push(time);
  }
  return { step, times };
}

/** Round values from `low` to `high`, and how many decimals they need. */
export function valueTicks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const values = [];
  for (let index = Math.ceil(low / step); index * step <= high; index += 1) values.push(index * step);
  return { values, decimals };
}
