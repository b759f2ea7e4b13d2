// The table of motes, which is the chart's legend too.

import { colour } from "./colours.js";
import { age, temperature } from "./format.js";

/** Points of a trend line: more cannot be told apart. */
const TREND_POINTS = 60;

export class Table {
  #body;
  #rows = new Map();

  /** @param {function} onToggle called when a mote is shown or hidden. */
  constructor(body, onToggle) {
    this.#body = body;
    this.onToggle = onToggle;
  }

  draw(motes, { unit, now }) {
    motes.forEach((mote, index) => {
      const row = this.#row(mote);
      if (this.#body.children[index] !== row.element) {
        this.#body.insertBefore(row.element, this.#body.children[index] ?? null);
      }
      row.element.style.setProperty("--mote", colour(mote.index));
      row.toggle.setAttribute("aria-pressed", mote.visible);
      row.toggle.textContent = mote.name;
      const { temperatures } = mote.points;
      row.last.textContent = `${temperature(mote.last?.temperature, unit)} °${unit}`;
      row.age.textContent = mote.last ? age(now - mote.last.time) : "–";
      row.min.textContent = temperature(lowest(temperatures), unit);
      row.max.textContent = temperature(highest(temperatures), unit);
      row.trend.setAttribute("d", trend(temperatures));
    });
  }

  #row(mote) {
    let row = this.#rows.get(mote.mac);
    if (!row) {
      const element = document.createElement("tr");
      const cell = (name) => {
        const td = element.appendChild(document.createElement("td"));
        td.className = name;
        return td;
      };
      const toggle = cell("").appendChild(document.createElement("button"));
      toggle.type = "button";
      toggle.className = "toggle";
      toggle.title = "Show or hide in the chart";
      toggle.onclick = () => {
        mote.visible = !mote.visible;
        this.onToggle();
      };
      const [last, ageCell] = [cell("number last"), cell("number soft")];
      const svg = cell("trend").appendChild(svgElement("svg"));
      svg.setAttribute("viewBox", `0 0 ${TREND_POINTS} 30`);
      svg.setAttribute("preserveAspectRatio", "none");
      svg.setAttribute("aria-hidden", "true");
      const line = svg.appendChild(svgElement("path"));
      row = { element, toggle, last, age: ageCell, trend: line, min: cell("number soft"), max: cell("number soft") };
      this.#rows.set(mote.mac, row);
    }
    return row;
  }
}

function svgElement(name) {
  return document.createElementNS("http://www.w3.org/2000/svg", name);
}

function lowest(values) {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

function highest(values) {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}

function trend(temperatures) {
  const step = Math.max(1, Math.ceil(temperatures.length / TREND_POINTS));
  const picked = temperatures.filter((_, index) => index % step === 0);
  const [low, high] = [lowest(picked), highest(picked)];
  const scale = high > low ? 26 / (high - low) : 0;
  const stretch = TREND_POINTS / Math.max(1, picked.length - 1);
  return picked
    .map((value, index) => `${index ? "L" : "M"}${(index * stretch).toFixed(1)} ${(28 - (value - low) * scale).toFixed(1)}`)
    .join("");
}
