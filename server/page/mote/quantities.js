// Every quantity of a mote, and the chart of one.

import { Chart } from "../chart/chart.js";
import { series } from "../api.js";
import * as clock from "../clock.js";
import { append } from "../dom.js";
import { degrees, measure } from "../format.js";
import { Points } from "../points.js";
import { Rows, setText } from "../rows.js";
import { moment } from "../zone.js";

const HOUR = 3_600_000;
const SHORTEST = 60_000;
const LONGEST = 31 * 24 * HOUR;

const collator = new Intl.Collator(undefined, { numeric: true });

const SOURCES = { sensor: "sensors", health: "the mote about itself", manager: "the manager" };
const RANKS = ["sensor", "health", "manager"];

export class Quantities {
  #on;
  #rows;
  #list = [];
  #mac = null;
  /** The name of the quantity whose chart is open. */
  #open = null;
  #zoom = null;
  #points = new Points();
  #place = document.createElement("tr");
  #box;
  #chart;
  #asking = new AbortController();
  /** What the chart shows up to the present, if it is not zoomed. */
  #hours = 12;
  #settled;

  /** @param {Element} table */
  constructor(table, on) {
    this.#on = on;
    this.#rows = new Rows(table.tBodies[0], (item) => (item.place ? { element: this.#place, draw() {} } : new Row(item, (name) => this.#toggle(name))));
    const cell = append(this.#place, "td");
    cell.colSpan = 4;
    const bar = append(cell, "div", "tools");
    for (const [hours, text] of [[12, "12 h"], [48, "2 days"], [168, "7 days"], [720, "30 days"]]) {
      const button = append(bar, "button");
      button.type = "button";
      button.textContent = text;
      button.dataset.hours = hours;
      button.onclick = () => this.#show(hours);
    }
    this.#box = append(cell, "div", "chart");
    this.#box.tabIndex = 0;
    this.#box.setAttribute("role", "application");
    this.#box.setAttribute("aria-roledescription", "chart");
    this.#chart = new Chart(this.#box, {
      zoom: ([from, to], more) => this.#setZoom(from, to, more),
      live: () => this.#show(this.#hours),
      lift: (mac) => this.#chart.lift(mac),
    });
  }

  clear() {
    this.#open = null;
    this.#asking.abort();
    this.#rows.draw([], () => "");
  }

  /** @param {object} values by quantity: value and timestamp. @param {Map} described what they are. */
  draw(mac, values, described) {
    this.#mac = mac;
    const unknown = { unit: "", source: "", meaning: "" };
    this.#list = Object.entries(values)
      .map(([name, { value, timestamp }]) => ({ name, value, timestamp, ...(described.get(name) ?? unknown) }))
      .sort((a, b) => Number(channel(a)) - Number(channel(b)) || RANKS.indexOf(a.source) - RANKS.indexOf(b.source) || collator.compare(a.name, b.name));
    this.redraw();
    if (this.#open && !this.#zoom) this.#ask();
  }

  redraw() {
    const items = this.#list.map((item) => ({ ...item, open: item.name === this.#open, measure: this.#measureOf(item) }));
    const at = items.findIndex(({ open }) => open);
    if (at >= 0) items.splice(at + 1, 0, { name: "", place: true });
    this.#rows.draw(items, ({ name }) => name);
    for (const button of this.#place.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", !this.#zoom && Number(button.dataset.hours) === this.#hours);
    }
    this.#drawChart();
  }

  #measureOf({ unit }) {
    return unit === "°C" ? degrees(this.#on.unit()) : measure(unit);
  }

  #toggle(name) {
    this.#open = this.#open === name ? null : name;
    this.#points = new Points();
    this.#show(this.#hours);
  }

  #show(hours) {
    this.#hours = hours;
    this.#zoom = null;
    this.redraw();
    if (this.#open) this.#ask();
  }

  #setZoom(from, to, more) {
    const length = Math.min(Math.max(to - from, SHORTEST), LONGEST);
    const end = Math.min((from + to + length) / 2, clock.now());
    this.#zoom = [end - length, end];
    this.redraw();
    clearTimeout(this.#settled);
    this.#settled = setTimeout(() => this.#ask(), more ? 200 : 0);
  }

  #stretch() {
    const now = clock.now();
    return this.#zoom ?? [now - this.#hours * HOUR, now];
  }

  async #ask() {
    this.#asking.abort();
    const mine = (this.#asking = new AbortController());
    const [from, to] = this.#stretch();
    this.#box.ariaBusy = "true";
    try {
      const points = await series(this.#open, this.#mac, from, this.#zoom && to, mine.signal);
      if (mine.signal.aborted) return;
      this.#points = points;
      this.#drawChart();
    } catch (error) {
      if (mine.signal.aborted) return;
      this.#on.failed("The readings", error);
    }
    this.#box.ariaBusy = "false";
  }

  #drawChart() {
    const open = this.#list.find(({ name }) => name === this.#open);
    if (!open) return;
    this.#box.setAttribute("aria-label", open.name);
    const [from, to] = this.#stretch();
    const line = { mac: this.#mac, name: open.name, index: 0, pace: null, points: this.#points };
    this.#chart.draw({ motes: [], lines: [line], version: 0, from, to, measure: this.#measureOf(open) });
  }
}

/** What a mote says of its channels comes last: it is a lot. */
function channel({ name }) {
  return name.startsWith("channel_");
}

class Row {
  element = document.createElement("tr");

  constructor({ name, meaning, source }, toggle) {
    const what = append(this.element, "td");
    this.button = append(what, "button", "link");
    this.button.type = "button";
    this.button.textContent = name;
    this.button.title = "Show or hide its chart";
    this.button.onclick = () => toggle(name);
    const about = append(this.element, "td", "soft");
    about.textContent = meaning;
    about.title = SOURCES[source] ? `from ${SOURCES[source]}` : "";
    this.value = append(this.element, "td", "number");
    this.time = append(this.element, "td", "number soft");
  }

  draw({ value, timestamp, open, measure }) {
    this.button.setAttribute("aria-expanded", open);
    setText(this.value, measure.text(value));
    setText(this.time, moment(Date.parse(timestamp)));
  }
}
