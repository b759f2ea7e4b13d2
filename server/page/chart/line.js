// The paths of lines and bands, out of points in time.

/** Where points are farther apart than this, in pixels, each has a dot. */
const DOTTED = 14;

const tenth = (number) => Math.round(number * 10) / 10;

/**
 * The line of one mote as a path's `d`, and its dots' where they can be told apart. It begins one point
 * before the stretch and ends one after it, so that it reaches the edges.
 */
export function linePath({ points, pace }, { from, to, x, y }) {
  const { times, values } = points;
  const start = Math.max(0, points.indexOf(from) - 1);
  const end = Math.min(times.length, points.indexOf(to) + 1);
  const spaced = end - start < 2 || (x(times[end - 1]) - x(times[start])) / (end - start - 1) > DOTTED;
  const gap = points.gap(pace);
  let line = "";
  let dots = "";
  for (let index = start; index < end; index += 1) {
    const apart = index === start || times[index] - times[index - 1] > gap;
    const place = `${tenth(x(times[index]))} ${tenth(y(values[index]))}`;
    line += (apart ? "M" : "L") + place;
    if (spaced) dots += `M${place}h0`;
  }
  return { line, dots };
}

/** The area between lows and highs, and the medians' line, as paths' `d`. */
export function bandPaths({ width, parts }, { to, x, y }) {
  let area = "";
  let median = "";
  let begin = 0;
  for (let index = 1; index <= parts.length; index += 1) {
    if (index < parts.length && parts[index].time - parts[index - 1].time < 2.5 * width) continue;
    const [first, last] = [parts[begin], parts[index - 1]];
    const run = [
      { ...first, time: first.time - width / 2 },
      ...parts.slice(begin, index),
      { ...last, time: Math.min(last.time + width / 2, to) },
    ];
    const along = (key) => run.map((part) => `${tenth(x(part.time))} ${tenth(y(part[key]))}`);
    area += `M${[...along("high"), ...along("low").reverse()].join("L")}Z`;
    median += `M${along("median").join("L")}`;
    begin = index;
  }
  return { area, median };
}
