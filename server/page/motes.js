// The motes the page knows, with the points of the time range shown.

export class Motes {
  /** By mac. */
  #motes = new Map();

  /** Sorted by name. */
  list() {
    return [...this.#motes.values()];
  }

  get size() {
    return this.#motes.size;
  }

  /** Takes the server's latest readings: the motes there are. */
  setLatest(latest) {
    for (const { mac, label, last } of latest) {
      const mote = this.#mote(mac);
      mote.label = label ?? "";
      mote.last = { time: Date.parse(last.timestamp), temperature: last.temperature };
    }
    this.#sort();
  }

  /** Takes the points of the range shown, by mac; a mote without any keeps its row. */
  setPoints(series) {
    for (const mote of this.#motes.values()) {
      mote.points = noPoints();
    }
    for (const [mac, points] of series) {
      const mote = this.#mote(mac);
      mote.points = points;
      // What came by the stream while the answer was on its way.
      const { times } = points;
      if (mote.last && !(times.at(-1) >= mote.last.time)) append(points, mote.last);
    }
  }

  /** Takes new readings. */
  add(readings) {
    for (const { mac, timestamp, temperature } of readings) {
      const mote = this.#mote(mac);
      const point = { time: Date.parse(timestamp), temperature };
      if (mote.last && point.time <= mote.last.time) continue;
      mote.last = point;
      append(mote.points, point);
    }
  }

  #mote(mac) {
    let mote = this.#motes.get(mac);
    if (!mote) {
      mote = new Mote(mac);
      this.#motes.set(mac, mote);
      // A mote's colour goes by its place among the macs, so labels do not change it.
      [...this.#motes.keys()].sort().forEach((each, index) => { this.#motes.get(each).index = index; });
      this.#sort();
    }
    return mote;
  }

  /** Those with labels first, by these; the others by mac. */
  #sort() {
    const order = ([, a], [, b]) =>
      (b.label !== "") - (a.label !== "") ||
      a.label.localeCompare(b.label, undefined, { numeric: true }) ||
      (a.mac < b.mac ? -1 : 1);
    this.#motes = new Map([...this.#motes].sort(order));
  }
}

/** Reports missed before a mote counts as late, and as silent. */
const LATE = 3;
const SILENT = 10;

/** Time between reports where there are too few to tell, in ms: what motes come with. */
const USUAL_PERIOD = 30_000;

class Mote {
  label = "";
  last = null;
  visible = true;
  points = noPoints();

  constructor(mac) {
    this.mac = mac;
  }

  get name() {
    return this.label || this.mac;
  }

  /** "live", "late" or "silent", by its own pace. */
  state(now) {
    const step = medianStep(this.points.times);
    const period = Number.isFinite(step) ? step : USUAL_PERIOD;
    const missed = this.last ? (now - this.last.time) / Math.max(period, 1000) : Infinity;
    if (missed > SILENT) return "silent";
    return missed > LATE ? "late" : "live";
  }
}

/** Times in ms, temperatures in °C, and the extremes of all readings behind them. */
function noPoints() {
  return { times: [], temperatures: [], min: Infinity, max: -Infinity };
}

function append(points, { time, temperature }) {
  points.times.push(time);
  points.temperatures.push(temperature);
  points.min = Math.min(points.min, temperature);
  points.max = Math.max(points.max, temperature);
}

/** The points not before `from`, with a hole (null) where the mote was silent. */
export function withGaps({ times, temperatures }, from) {
  const gap = 5 * medianStep(times);
  const xs = [];
  const ys = [];
  times.forEach((time, index) => {
    if (time < from) return;
    if (xs.length > 0 && time - times[index - 1] > gap) {
      xs.push((time + times[index - 1]) / 2);
      ys.push(null);
    }
    xs.push(time);
    ys.push(temperatures[index]);
  });
  return { xs, ys };
}

function medianStep(times) {
  const steps = times.slice(1).map((time, index) => time - times[index]).sort((a, b) => a - b);
  return steps.length > 2 ? steps[Math.floor(steps.length / 2)] : Infinity;
}
