// One mote's row in the table.

import { colour, dash } from "./colours.js";
import { append } from "./dom.js";
import { duration, temperature } from "./format.js";
import { setText } from "./rows.js";
import { svg } from "./svg.js";
import { moment } from "./zone.js";

/** Points of a trend line: more cannot be told apart. */
const TREND_POINTS = 60;

export class Row {
  element = document.createElement("tr");
  #holder;
  #rename;
  #drawnPoints;

  /** @param {{toggle: function, only: function, lift: function, rename: function}} on */
  constructor(mote, on) {
    this.mote = mote;
    this.element.dataset.mac = mote.mac;
    const cell = (name) => append(this.element, "td", name);
    this.#holder = append(cell("mote"), "div", "holder");
    this.toggle = append(this.#holder, "button", "toggle");
    this.toggle.type = "button";
    this.toggle.title = "Show or hide in the chart; double click or Shift: only this one";
    const swatch = this.toggle.appendChild(svg("svg", { class: "swatch", viewBox: "0 0 30 14", "aria-hidden": "true" }));
    this.swatch = swatch.appendChild(svg("path", { d: "M1 7H29" }));
    const text = append(this.toggle, "span", "text");
    this.name = append(text, "span", "name");
    const mac = append(text, "span", "mac");
    // The first half, the same in most motes, is left out where there is no room.
    append(mac, "span", "prefix").textContent = mote.mac.slice(0, 12);
    append(mac, "span", "suffix").textContent = mote.mac.slice(12);
    this.#rename = append(this.#holder, "button", "rename");
    this.#rename.type = "button";
    this.#rename.title = "Rename";
    this.#rename.textContent = "✎";
    this.#rename.onclick = () => this.#edit(on.rename);
    this.tag = append(cell("state"), "span", "tag");
    this.last = append(cell("number last"), "a");
    this.last.href = `#mote/${mote.mac}`;
    this.last.title = "Everything of this mote";
    this.age = cell("number soft age");
    const trend = cell("trend").appendChild(svg("svg", { viewBox: `0 0 ${TREND_POINTS} 30`, preserveAspectRatio: "none", "aria-hidden": "true" }));
    this.trend = trend.appendChild(svg("path"));
    this.min = cell("number soft");
    this.max = cell("number soft");
    this.toggle.onclick = (event) => (event.shiftKey ? on.only(mote) : on.toggle(mote));
    this.toggle.ondblclick = () => on.only(mote);
    this.element.onpointerenter = (event) => event.pointerType === "mouse" && on.lift(mote.mac);
    this.element.onpointerleave = () => on.lift(null);
    this.element.addEventListener("focusin", () => on.lift(mote.mac));
    this.element.addEventListener("focusout", () => on.lift(null));
  }

  get editing() {
    return this.#holder.querySelector("input") !== null;
  }

  draw({ unit, now, visible }) {
    const { mote } = this;
    this.element.style.setProperty("--mote", colour(mote.index));
    this.swatch.setAttribute("stroke-dasharray", dash(mote.index));
    this.element.dataset.state = mote.state;
    this.toggle.setAttribute("aria-pressed", visible);
    this.toggle.classList.toggle("labelled", mote.label !== "");
    setText(this.name, mote.label);
    this.#rename.setAttribute("aria-label", `Rename ${mote.name}`);
    setText(this.tag, mote.state);
    this.tag.title = mote.since ? `since ${moment(mote.since)}` : "";
    setText(this.last, `${temperature(mote.last?.temperature, unit)} °${unit}`);
    setText(this.age, mote.last ? duration(now - mote.last.time) : "–");
    setText(this.min, temperature(mote.points.min, unit));
    setText(this.max, temperature(mote.points.max, unit));
    const drawn = `${mote.points.times[0]} ${mote.points.times.length}`;
    if (drawn !== this.#drawnPoints) this.trend.setAttribute("d", trend(mote.points.values));
    this.#drawnPoints = drawn;
  }

  /** Puts a field in the name's place until Enter keeps it or Escape does not. */
  #edit(rename) {
    const field = document.createElement("input");
    field.type = "text";
    field.maxLength = 64;
    field.value = this.mote.label;
    field.placeholder = this.mote.mac;
    field.setAttribute("aria-label", `New name of ${this.mote.name}`);
    const shown = [...this.#holder.children];
    this.#holder.replaceChildren(field);
    field.focus();
    let open = true;
    const close = (keep) => {
      if (!open) return;
      open = false;
      const label = field.value.trim();
      this.#holder.replaceChildren(...shown);
      this.#rename.focus();
      if (keep && label !== this.mote.label) rename(this.mote, label);
    };
    field.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      // The key is done with: it must not press the button that gets the focus back.
      event.preventDefault();
      close(event.key === "Enter");
    };
    field.onblur = () => close(true);
  }
}

function trend(temperatures) {
  const step = Math.max(1, Math.ceil(temperatures.length / TREND_POINTS));
  const picked = temperatures.filter((_, index) => index % step === 0);
  const [low, high] = [Math.min(...picked), Math.max(...picked)];
  const scale = high > low ? 26 / (high - low) : 0;
  const stretch = TREND_POINTS / Math.max(1, picked.length - 1);
  return picked
    .map((value, index) => `${index ? "L" : "M"}${(index * stretch).toFixed(1)} ${(28 - (value - low) * scale).toFixed(1)}`)
    .join("");
}
