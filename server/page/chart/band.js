// Many motes as a band: the lowest, the median and the highest of them over time.

/** Parts that a stretch has at most. */
const PARTS = 200;

const FEW = 8;

/** Time between reports where the server knows none yet: what motes come with. */
const USUAL_PACE = 30_000;

/**
 * Lows, medians and highs of all the motes' points, by parts of the stretch. A part is long enough for
 * each mote to have reported, or the band would jump with whoever is in it.
 */
export function band(motes, from, to) {
  const paces = motes.map(({ pace }) => pace ?? USUAL_PACE).sort((a, b) => a - b);
  const width = Math.max((to - from) / PARTS, 2 * (paces[paces.length >> 1] ?? USUAL_PACE));
  // Parts begin at whole multiples, so that the band does not change while the axis moves on.
  const first = Math.floor(from / width);
  const counts = new Uint32Array(Math.floor(to / width) - first + 1);
  const slices = motes.map(({ points }) => [points, points.indexOf(first * width), points.indexOf(to)]);
  for (const [{ times }, start, end] of slices) {
    for (let index = start; index < end; index += 1) counts[Math.floor(times[index] / width) - first] += 1;
  }
  const ends = new Uint32Array(counts.length);
  counts.reduce((sum, count, part) => (ends[part] = sum + count), 0);
  const values = new Float64Array(ends.at(-1) ?? 0);
  const next = ends.map((end, part) => end - counts[part]);
  for (const [{ times, values: all }, start, end] of slices) {
    for (let index = start; index < end; index += 1) {
      const part = Math.floor(times[index] / width) - first;
      values[next[part]] = all[index];
      next[part] += 1;
    }
  }
  const parts = [];
  counts.forEach((count, part) => {
    if (count === 0) return;
    const sorted = values.subarray(ends[part] - count, ends[part]).sort();
    const time = (first + part + 0.5) * width;
    parts.push({ time, low: sorted[0], median: sorted[count >> 1], high: sorted[count - 1] });
  });
  // The last one is not over yet: some motes are missing in it. Of few it is needed all the same.
  if (parts.length > FEW && parts.at(-1).time + width / 2 > to) parts.pop();
  return { width, parts };
}
