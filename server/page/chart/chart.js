// The chart: values over time, as lines and as a band.

import { colour, dash } from "../colours.js";
import { svg } from "../svg.js";
import { Axes } from "./axes.js";
import { band } from "./band.js";
import { Cursor } from "./cursor.js";
import { gestures } from "./gestures.js";
import { bandPaths, linePath } from "./line.js";
import { Scale } from "./scale.js";

/** Distance from the pointer, in pixels, in which a line is lifted. */
const NEAR = 30;

export class Chart {
  #svg = svg("svg", { "aria-hidden": "true" });
  #area = svg("path", { class: "area" });
  #median = svg("path", { class: "median" });
  #lines = svg("g", { class: "lines" });
  /** The elements of each line by mac. */
  #paths = new Map();
  #axes = new Axes();
  #cursor;
  #bandOf = {};
  #model = null;
  #lifted = null;
  scale = new Scale(1, 1, 0, 1, []);

  /**
   * @param {{zoom: function, live: function, lift: function}} on `zoom` is called with a stretch, and
   *   whether more of them follow at once; `live` when the reader wants the present; `lift` with the
   *   mac of the line pointed at, or null.
   */
  constructor(element, on) {
    this.element = element;
    this.on = on;
    this.#svg.append(this.#axes.grid, this.#area, this.#median, this.#lines, this.#axes.labels);
    element.append(this.#svg);
    this.#cursor = new Cursor(element);
    gestures(this);
    new ResizeObserver(() => this.#redraw()).observe(element);
  }

  /**
   * Draws what is known of the stretch from `from` to `to`, in ms.
   * @param {{motes: Array, lines: Array, version: number, from: number, to: number, measure: object}} model
   *   `lines` are the motes with a line; `motes` those of the band, or none; `measure` is how values
   *   are written, as in format.js.
   */
  draw(model) {
    this.#model = model;
    this.#redraw();
  }

  /** Raises one mote's line over the others, or none's. */
  lift(mac) {
    if (mac === this.#lifted) return;
    this.#lifted = mac;
    this.#redraw();
  }

  /** Shows what there is at a place, or at none (null). A line near the place is lifted. */
  point(x, y = null) {
    if (!this.#model) return;
    const { lines, measure } = this.#model;
    const time = x === null ? null : this.scale.timeAt(x);
    let near = null;
    if (time !== null && y !== null) near = this.#nearest(time, y);
    if (y !== null || x === null) this.on.lift(near?.mac ?? null);
    this.#cursor.show(time, { scale: this.scale, lines, lifted: near, band: this.#band(), measure });
  }

  /** The drawing, and what its lines are called, for a picture. */
  picture() {
    const names = this.#model.lines.map(({ mac, name }) => ({ name, stroke: getComputedStyle(this.#paths.get(mac).group).stroke }));
    return { svg: this.#svg, names };
  }

  get cursorTime() {
    return this.#cursor.time;
  }

  #redraw() {
    if (!this.#model) return;
    const { motes, lines, from, to, measure } = this.#model;
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0) return;
    const shown = this.#shown();
    const parts = this.#band()?.parts ?? [];
    this.scale = new Scale(width, height, from, to, extremes(shown, parts, from, to).map(measure.shown), measure.least);
    const y = (value) => this.scale.y(measure.shown(value));
    const place = { from, to, x: (time) => this.scale.x(time), y };
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#axes.draw(this.scale, measure.suffix);
    const { area, median } = motes.length ? bandPaths(this.#band(), place) : { area: "", median: "" };
    this.#area.setAttribute("d", area);
    this.#median.setAttribute("d", median);
    this.#svg.classList.toggle("lifting", this.#lifted !== null && shown.some(({ mac }) => mac === this.#lifted));
    const unused = new Set(this.#paths.keys());
    for (const mote of shown) {
      unused.delete(mote.mac);
      this.#drawLine(mote, linePath(mote, place));
    }
    for (const mac of unused) {
      this.#paths.get(mac).group.remove();
      this.#paths.delete(mac);
    }
    const lifted = lines.find(({ mac }) => mac === this.#lifted);
    if (this.#cursor.time !== null) this.#cursor.show(this.#cursor.time, { scale: this.scale, lines, lifted, band: this.#band(), measure });
  }

  /** The motes with a line, and the lifted one, which may have none of its own. */
  #shown() {
    const { motes, lines } = this.#model;
    const extra = motes.filter(({ mac }) => mac === this.#lifted && !lines.some((mote) => mote.mac === mac));
    return [...lines, ...extra];
  }

  #drawLine(mote, { line, dots }) {
    let paths = this.#paths.get(mote.mac);
    if (!paths) {
      paths = { group: svg("g", { "data-mac": mote.mac }), line: svg("path", { class: "line" }), dots: svg("path", { class: "dots" }) };
      paths.group.append(paths.line, paths.dots);
      this.#paths.set(mote.mac, paths);
      this.#lines.append(paths.group);
    }
    paths.group.style.stroke = colour(mote.index);
    paths.line.setAttribute("stroke-dasharray", dash(mote.index));
    paths.line.setAttribute("d", line);
    paths.dots.setAttribute("d", dots);
    const lifted = mote.mac === this.#lifted;
    paths.group.classList.toggle("lifted", lifted);
    if (lifted && this.#lines.lastChild !== paths.group) this.#lines.append(paths.group);
  }

  #band() {
    const { motes, version, from, to } = this.#model;
    if (motes.length === 0) return null;
    const { key } = this.#bandOf;
    // While only the axis moves on, the band is what it was.
    const same = key && key.version === version && key.length === to - from && Math.abs(key.to - to) < (to - from) / 200;
    if (!same) this.#bandOf = { key: { version, length: to - from, to }, band: band(motes, from, to) };
    return this.#bandOf.band;
  }

  /** The mote whose line is nearest to a place. */
  #nearest(time, y) {
    const { lines, measure } = this.#model;
    let nearest = null;
    let least = NEAR;
    for (const mote of lines) {
      const index = mote.points.nearest(time);
      if (index < 0) continue;
      const across = this.scale.x(mote.points.times[index]) - this.scale.x(time);
      const distance = Math.hypot(across / 2, this.scale.y(measure.shown(mote.points.values[index])) - y);
      if (distance < least) [nearest, least] = [mote, distance];
    }
    return nearest;
  }
}

/** The lowest and the highest of what is drawn. */
function extremes(shown, parts, from, to) {
  let [low, high] = [Infinity, -Infinity];
  for (const { points } of shown) {
    for (let index = points.indexOf(from); index < points.times.length && points.times[index] <= to; index += 1) {
      low = Math.min(low, points.values[index]);
      high = Math.max(high, points.values[index]);
    }
  }
  for (const part of parts) {
    low = Math.min(low, part.low);
    high = Math.max(high, part.high);
  }
  return low <= high ? [low, high] : [];
}
