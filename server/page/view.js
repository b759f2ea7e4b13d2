// What is looked at: the range, the stretch zoomed to, the motes chosen, filter and order. All of it is
// in the page's address, after the #, so that a view survives a reload and can be sent to somebody.

import { Chosen } from "./chosen.js";
import { route } from "./route.js";

const RANGES = [15, 60, 180, 360, 720];
const SORTS = ["name", "state", "value", "age"];

/** The shortest and the longest stretch that can be zoomed to, in ms. */
const SHORTEST = 10_000;
const LONGEST = 31 * 24 * 3_600_000;

export class View {
  /** Minutes up to the present. */
  range = RANGES[1];
  /** A stretch of the past, [from, to] in ms; null while the chart follows the present. */
  zoom = null;
  chosen = new Chosen();
  filter = "";
  sort = "state";
  descending = false;
  unit = "C";

  constructor() {
    this.unit = localStorage.getItem("unit") === "F" ? "F" : "C";
    this.read();
  }

  /** Takes what the address says; what it does not say is as the reader had it the last time. */
  read() {
    const { parameters } = route();
    const range = Number(parameters.get("range") ?? localStorage.getItem("range"));
    if (RANGES.includes(range)) this.range = range;
    const zoom = [Date.parse(parameters.get("from")), Date.parse(parameters.get("to"))];
    const length = zoom[1] - zoom[0];
    this.zoom = length >= SHORTEST && length <= LONGEST ? zoom : null;
    this.chosen.read(parameters);
    this.filter = parameters.get("filter") ?? "";
    const sort = parameters.get("sort") ?? "state";
    this.descending = sort.startsWith("-");
    this.sort = SORTS.find((each) => sort === each || sort === `-${each}`) ?? "state";
  }

  /** Writes it into the address. */
  write() {
    const parameters = new URLSearchParams({ range: this.range });
    if (this.zoom) {
      const [from, to] = this.zoom.map((time) => new Date(time).toISOString());
      parameters.set("from", from);
      parameters.set("to", to);
    }
    this.chosen.write(parameters);
    if (this.filter) parameters.set("filter", this.filter);
    if (this.sort !== "state" || this.descending) parameters.set("sort", `${this.descending ? "-" : ""}${this.sort}`);
    // Colons and commas need no escapes after the #, and are easier to read.
    const hash = parameters.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
    document.querySelector("#views [data-view=temperatures]").href = `#${hash}`;
    if (route().view === "temperatures") history.replaceState(null, "", `#${hash}`);
  }

  setRange(minutes) {
    this.range = minutes;
    this.zoom = null;
    localStorage.setItem("range", minutes);
  }

  setUnit(unit) {
    this.unit = unit;
    localStorage.setItem("unit", unit);
  }

  /** Zooms to a stretch that is neither too short nor too long, and does not go beyond the present. */
  setZoom(from, to, now) {
    const length = Math.min(Math.max(to - from, SHORTEST), LONGEST);
    const end = Math.min((from + to + length) / 2, now);
    this.zoom = [Math.round(end - length), Math.round(end)];
  }

  setSort(sort) {
    this.descending = this.sort === sort && !this.descending;
    this.sort = sort;
  }
}
