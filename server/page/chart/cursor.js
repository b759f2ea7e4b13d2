// What the chart says of the moment pointed at.

import { colour } from "../colours.js";
import { append } from "../dom.js";
import { moment } from "../zone.js";

/** With more lines than this, only the one pointed at is named. */
const NAMED = 8;

/** A point farther away than this part of the stretch is not of the moment. */
const FAR = 0.03;

export class Cursor {
  #rule;
  #box;
  #text = "";
  /** The moment, in ms; null while none is pointed at. */
  time = null;

  constructor(element) {
    this.#rule = append(element, "div", "rule");
    this.#box = append(element, "div", "told");
    this.#box.setAttribute("aria-live", "polite");
    this.#rule.hidden = this.#box.hidden = true;
  }

  show(time, { scale, lines, lifted, band, measure }) {
    const inside = time !== null && time >= scale.from && time <= scale.to;
    this.time = inside ? time : null;
    this.#rule.hidden = this.#box.hidden = !inside;
    if (!inside) return;
    const x = scale.x(time);
    this.#rule.style.left = `${x}px`;
    this.#rule.style.height = `${scale.bottom}px`;
    const title = document.createElement("strong");
    title.textContent = moment(time);
    const rows = valuesAt(time, (scale.to - scale.from) * FAR, lines.length > NAMED ? lines.filter((mote) => mote === lifted) : lines);
    const told = rows.map(({ mote, value }) => row(mote, measure.text(value), mote === lifted));
    const part = band?.parts.find((each) => Math.abs(each.time - time) <= band.width / 2);
    if (part) {
      const [low, median, high] = [part.low, part.median, part.high].map((value) => measure.shown(value).toFixed(1));
      const text = document.createElement("span");
      text.textContent = `median ${median}, from ${low} to ${high}${measure.suffix}`;
      told.push(text);
    }
    // What is the same is not read aloud again.
    const text = [title, ...told].map(({ textContent }) => textContent).join();
    if (text !== this.#text) this.#box.replaceChildren(title, ...told);
    this.#text = text;
    // Beside the rule, on the side with more room.
    this.#box.style.left = x < scale.width / 2 ? `${x + 12}px` : "auto";
    this.#box.style.right = x < scale.width / 2 ? "auto" : `${scale.width - x + 12}px`;
  }
}

/** The motes that have a point near that time, the highest first. */
function valuesAt(time, far, motes) {
  return motes
    .map((mote) => ({ mote, index: mote.points.nearest(time) }))
    .filter(({ mote, index }) => index >= 0 && Math.abs(mote.points.times[index] - time) <= Math.max(far, mote.pace ?? 0))
    .map(({ mote, index }) => ({ mote, value: mote.points.values[index] }))
    .sort((a, b) => b.value - a.value);
}

function row(mote, text, lifted) {
  const element = document.createElement("span");
  element.className = lifted ? "value lifted" : "value";
  element.style.setProperty("--mote", colour(mote.index));
  append(element, "span", "name").textContent = mote.name;
  append(element, "span", "number").textContent = text;
  return element;
}
