// The table of motes, which is the chart's legend too. Only the rows near what is seen exist.

import { ordered } from "./order.js";
import { Row } from "./row.js";

/** So many rows exist all at once, for the browser's search and for screen readers. */
const WHOLE = 100;

/** Of more, those that exist above and below the seen ones, so that the Tab key finds the next. */
const BEYOND = 8;

/** Where a touch counts as hovering until the next one, it says nothing of a pointer. */
const pointed = matchMedia("(hover: hover)");

export class Table {
  #scroller;
  #body;
  #rows = new Map();
  #above;
  #below;
  #height = 49;
  #order = [];
  #model = null;
  #lifted = null;

  /** @param {{toggle: function, only: function, lift: function, rename: function, sort: function}} on */
  constructor(scroller, on) {
    this.#scroller = scroller;
    this.#body = scroller.querySelector("#motes");
    this.on = on;
    [this.#above, this.#below] = [...scroller.querySelectorAll(".spacer td")];
    document.addEventListener("scroll", () => this.#drawRows(), { capture: true, passive: true });
    addEventListener("resize", () => this.#drawRows());
    for (const button of scroller.querySelectorAll("th button")) {
      button.onclick = () => on.sort(button.dataset.sort);
    }
  }

  /** @param {{motes: Array, view: View, now: number, visible: function}} model */
  draw(model) {
    this.#model = model;
    const { motes, view } = model;
    if (!this.#steady()) this.#order = ordered(motes, view);
    for (const button of this.#scroller.querySelectorAll("th button")) {
      const sorted = button.dataset.sort === view.sort;
      button.parentElement.ariaSort = sorted ? (view.descending ? "descending" : "ascending") : null;
    }
    this.#drawRows();
  }

  /** Marks the row of the line that is pointed at. */
  lift(mac) {
    this.#rows.get(this.#lifted)?.element.classList.remove("lifted");
    this.#lifted = mac;
    this.#rows.get(mac)?.element.classList.add("lifted");
  }

  /** The motes that the filter leaves, in the table's order. */
  get listed() {
    return this.#order;
  }

  /** A row must not leave from under the pointer, nor a name while it is written. */
  #steady() {
    const { motes, view } = this.#model;
    if ([...this.#rows.values()].some((row) => row.editing)) return true;
    const key = `${motes.length} ${view.filter} ${view.sort} ${view.descending}`;
    const same = key === this.#body.dataset.order;
    this.#body.dataset.order = key;
    return same && pointed.matches && this.#body.matches(":hover");
  }

  #drawRows() {
    if (!this.#model) return;
    const [start, end] = this.#window();
    const { view, now, visible } = this.#model;
    const shown = new Set();
    const wanted = [];
    for (const mote of this.#order.slice(start, end)) {
      const row = this.#row(mote);
      row.draw({ unit: view.unit, now, visible: visible(mote) });
      shown.add(mote.mac);
      wanted.push(row.element);
    }
    this.#above.style.height = `${start * this.#height}px`;
    this.#below.style.height = `${(this.#order.length - end) * this.#height}px`;
    this.#body.parentElement.ariaRowCount = this.#order.length + 1;
    for (const [mac, row] of this.#rows) {
      if (shown.has(mac)) continue;
      row.element.remove();
      this.#rows.delete(mac);
    }
    const focused = this.#body.contains(document.activeElement) ? document.activeElement : null;
    wanted.forEach((element, index) => {
      if (this.#body.children[index] !== element) this.#body.insertBefore(element, this.#body.children[index] ?? null);
    });
    if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
    this.#height = this.#rows.values().next().value?.element.offsetHeight || this.#height;
  }

  /** The first row that can be seen, and the one after the last. */
  #window() {
    if (this.#order.length <= WHOLE) return [0, this.#order.length];
    const outer = this.#scroller.getBoundingClientRect();
    const { top } = this.#above.getBoundingClientRect();
    const from = Math.floor((Math.max(outer.top, 0) - top) / this.#height) - BEYOND;
    const to = Math.ceil((Math.min(outer.bottom, innerHeight) - top) / this.#height) + BEYOND;
    const start = Math.min(Math.max(from, 0), this.#order.length);
    return [start, Math.min(Math.max(to, start), this.#order.length)];
  }

  #row(mote) {
    let row = this.#rows.get(mote.mac);
    if (row?.mote !== mote) {
      row?.element.remove();
      row = new Row(mote, this.on);
      row.element.classList.toggle("lifted", mote.mac === this.#lifted);
      this.#rows.set(mote.mac, row);
    }
    return row;
  }
}
