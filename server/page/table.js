// The table of motes, which is the chart's legend too.

import { colour } from "./colours.js";
import { age as ageText, temperature } from "./format.js";

/** Points of a trend line: more cannot be told apart. */
const TREND_POINTS = 60;

export class Table {
  #body;
  #rows = new Map();

  /** @param {function} onToggle called when a mote is shown or hidden. */
  constructor(body, onToggle) {
    this.#body = body;
    this.onToggle = onToggle;
    /** Called with a mote and its new label; answers (later) whether it is kept. */
    this.onRename = async () => false;
  }

  draw(motes, { unit, now }) {
    motes.forEach((mote, index) => {
      const row = this.#row(mote);
      if (this.#body.children[index] !== row.element) {
        this.#body.insertBefore(row.element, this.#body.children[index] ?? null);
      }
      row.element.style.setProperty("--mote", colour(mote.index));
      row.toggle.setAttribute("aria-pressed", mote.visible);
      row.toggle.classList.toggle("labelled", mote.label !== "");
      row.name.textContent = mote.label;
      // The first half, the same in most motes, is left out where there is no room.
      row.prefix.textContent = mote.mac.slice(0, 12);
      row.suffix.textContent = mote.mac.slice(12);
      row.rename.setAttribute("aria-label", `Rename ${mote.name}`);
      const state = mote.state(now);
      row.element.dataset.state = state;
      row.tag.textContent = state;
      const { temperatures, min, max } = mote.points;
      row.last.textContent = `${temperature(mote.last?.temperature, unit)} °${unit}`;
      row.age.textContent = mote.last ? ageText(now - mote.last.time) : "–";
      row.min.textContent = temperature(min, unit);
      row.max.textContent = temperature(max, unit);
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
      const holder = append(cell(""), "div", "mote");
      const toggle = append(holder, "button", "toggle");
      toggle.type = "button";
      toggle.title = "Show or hide in the chart";
      toggle.onclick = () => {
        mote.visible = !mote.visible;
        this.onToggle();
      };
      const text = append(toggle, "span", "");
      const [name, mac] = [append(text, "span", "name"), append(text, "span", "mac")];
      const [prefix, suffix] = [append(mac, "span", "prefix"), append(mac, "span", "suffix")];
      const rename = append(holder, "button", "rename");
      rename.type = "button";
      rename.title = "Rename";
      rename.textContent = "✎";
      rename.onclick = () => this.#edit(mote, holder, rename);
      const last = cell("number last");
      const age = cell("number soft");
      const ageValue = append(age, "span", "age");
      const tag = append(append(age, "span", "age"), "span", "tag");
      const svg = cell("trend").appendChild(svgElement("svg"));
      svg.setAttribute("viewBox", `0 0 ${TREND_POINTS} 30`);
      svg.setAttribute("preserveAspectRatio", "none");
      svg.setAttribute("aria-hidden", "true");
      const line = svg.appendChild(svgElement("path"));
      row = { element, toggle, name, prefix, suffix, rename, last, age: ageValue, tag, trend: line, min: cell("number soft"), max: cell("number soft") };
      this.#rows.set(mote.mac, row);
    }
    return row;
  }

  /** Puts a field in the name's place until Enter keeps it or Escape does not. */
  #edit(mote, holder, rename) {
    const field = document.createElement("input");
    field.type = "text";
    field.maxLength = 64;
    field.value = mote.label;
    field.placeholder = mote.mac;
    field.setAttribute("aria-label", `New name of ${mote.name}`);
    const shown = [...holder.children];
    holder.replaceChildren(field);
    field.focus();
    let open = true;
    const close = async (keep) => {
      if (!open) return;
      open = false;
      const changed = keep && field.value.trim() !== mote.label;
      holder.replaceChildren(...shown);
      rename.focus();
      if (changed) await this.onRename(mote, field.value.trim());
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

function append(parent, name, className) {
  const element = parent.appendChild(document.createElement(name));
  element.className = className;
  return element;
}

function svgElement(name) {
  return document.createElementNS("http://www.w3.org/2000/svg", name);
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
