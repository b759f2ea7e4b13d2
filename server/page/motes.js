// The motes that the server knows, with the points of the stretch of time shown.

import { Points } from "./points.js";

/** Most motes that the page takes. */
export const MOST_MOTES = 8_000;

export class Motes {
  #motes = new Map();
  /** The stretch that the points are of, in ms; while it is live it has no end. */
  #from = -Infinity;
  #to = Infinity;
  /** Changes with the points. */
  version = 0;

  /** In the order of their macs. */
  list() {
    return [...this.#motes.values()];
  }

  get size() {
    return this.#motes.size;
  }

  get(mac) {
    return this.#motes.get(mac);
  }

  /** Takes the server's list of the motes there are; newer than `asked` (ms) are those it cannot have. */
  setLatest(latest, asked = Infinity) {
    const gone = new Set(this.#motes.keys());
    for (const { mac, label, last, state, pace_seconds, since } of latest) {
      const mote = this.#mote(mac);
      gone.delete(mac);
      mote.label = label ?? "";
      mote.setState({ state, pace_seconds, since });
      mote.setLast(Date.parse(last.timestamp), last.temperature);
    }
    for (const mac of gone) {
      if (!(this.get(mac).last?.time >= asked)) this.#motes.delete(mac);
    }
    this.#number();
  }

  /** Takes the points from `from` to `to` (null: and what comes), by mac. */
  setPoints(series, from, to) {
    this.#from = from;
    this.#to = to ?? Infinity;
    for (const [mac, points] of series) this.#mote(mac).points = points;
    for (const mote of this.#motes.values()) {
      if (!series.has(mote.mac)) mote.points = new Points();
      // What came by the stream while the answer was on its way.
      const { last, points } = mote;
      if (last && this.#holds(last.time) && !(points.times.at(-1) >= last.time)) {
        points.append(last.time, last.temperature);
      }
    }
    this.#number();
  }

  /** Takes new readings; answers whether a mote was unknown. */
  add(readings) {
    const before = this.#motes.size;
    for (const { mac, timestamp, temperature } of readings) {
      if (this.#motes.size >= MOST_MOTES && !this.#motes.has(mac)) continue;
      const mote = this.#mote(mac);
      const time = Date.parse(timestamp);
      if (mote.last && time <= mote.last.time) continue;
      mote.setLast(time, temperature);
      if (this.#holds(time)) mote.points.append(time, temperature);
    }
    if (this.#motes.size > before) this.#number();
    this.version += 1;
    return this.#motes.size > before;
  }

  /** The time of the first point of all, in ms; Infinity if there is none. */
  first() {
    let first = Infinity;
    for (const { points } of this.#motes.values()) first = Math.min(first, points.times[0] ?? Infinity);
    return first;
  }

  #holds(time) {
    return this.#from <= time && time < this.#to;
  }

  #mote(mac) {
    let mote = this.#motes.get(mac);
    if (!mote) {
      mote = new Mote(mac);
      this.#motes.set(mac, mote);
    }
    return mote;
  }

  /** A mote's colour goes by its place among the macs, so labels do not change it. */
  #number() {
    const sorted = [...this.#motes].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#motes = new Map(sorted);
    sorted.forEach(([, mote], index) => { mote.index = index; });
    this.version += 1;
  }
}

class Mote {
  label = "";
  /** "ok", "late" or "silent": the server says it. */
  state = "ok";
  /** The time in ms since when it is in that state, if known. */
  since = null;
  /** Its own time between reports in ms, if known. */
  pace = null;
  last = null;
  points = new Points();

  constructor(mac) {
    this.mac = mac;
  }

  get name() {
    return this.label || this.mac;
  }

  setState({ state, since, pace_seconds }) {
    this.state = state ?? "ok";
    this.since = since ? Date.parse(since) : null;
    this.pace = pace_seconds ? pace_seconds * 1000 : null;
  }

  setLast(time, temperature) {
    if (!this.last || time >= this.last.time) this.last = { time, temperature };
  }
}
