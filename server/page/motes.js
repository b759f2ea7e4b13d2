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
    for (const { mac, last } of latest) {
      this.#mote(mac).last = { time: Date.parse(last.timestamp), temperature: last.temperature };
    }
  }

  /** Takes the points of the range shown, by mac; a mote without any keeps its row. */
  setPoints(series) {
    for (const mote of this.#motes.values()) {
      mote.points = { times: [], temperatures: [] };
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
      mote = { mac, name: mac, last: null, visible: true, points: { times: [], temperatures: [] } };
      this.#motes.set(mac, mote);
      const sorted = [...this.#motes].sort(([a], [b]) => (a < b ? -1 : 1));
      this.#motes = new Map(sorted);
      [...this.#motes.values()].forEach((each, index) => { each.index = index; });
    }
    return mote;
  }
}

function append(points, { time, temperature }) {
  points.times.push(time);
  points.temperatures.push(temperature);
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
