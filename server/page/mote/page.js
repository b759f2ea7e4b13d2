// A mote's own page: everything that is known of it.

import { append } from "../dom.js";
import { count, plain } from "../format.js";
import { learn, name } from "../names.js";
import * as asking from "../network/asking.js";
import { EventList } from "../network/events.js";
import { voltage } from "../network/table.js";
import { Rows, setText } from "../rows.js";
import { moment, zone } from "../zone.js";
import { Quantities } from "./quantities.js";

const PAUSE = 3_000;
const LONGEST = 60_000;
const RETRY = 5_000;

const element = (id) => document.getElementById(id);

export class MotePage {
  #failed;
  #mac = null;
  #asking = new AbortController();
  #timer;
  #asked = 0;
  #quantities;
  #links = new Rows(element("mote-links").tBodies[0], () => new LinkRow());
  #events;

  /** @param {{failed: function, then: function, unit: function}} on `unit` answers that of temperatures. */
  constructor({ failed, then, unit }) {
    this.#failed = failed;
    this.#quantities = new Quantities(element("quantities"), { failed, unit });
    this.#events = new EventList(element("mote-events"), { then, failed });
    const capacity = element("capacity");
    capacity.value = localStorage.getItem("capacity_mah") ?? "";
    capacity.onchange = () => {
      if (capacity.value) localStorage.setItem("capacity_mah", capacity.value);
      else localStorage.removeItem("capacity_mah");
      this.#ask();
    };
  }

  show({ mac }) {
    if (mac !== this.#mac) {
      this.#quantities.clear();
      element("mote-title").textContent = name(mac);
      element("mote-about").textContent = "";
    }
    this.#mac = mac;
    this.#ask();
  }

  hide() {
    this.#mac = null;
    this.#asking.abort();
    clearTimeout(this.#timer);
  }

  refresh() {
    if (this.#mac) this.#askIn(Math.max(0, this.#asked + PAUSE - performance.now()));
  }

  /** Draws what is there once more: the unit of temperatures has changed. */
  redraw() {
    if (this.#mac) this.#quantities.redraw();
  }

  #askIn(milliseconds) {
    clearTimeout(this.#timer);
    // While nobody looks nothing is asked for; who comes back is answered at once, by refresh.
    this.#timer = setTimeout(() => (document.hidden ? this.#askIn(LONGEST) : this.#ask()), milliseconds);
  }

  async #ask() {
    this.#asking.abort();
    const mine = (this.#asking = new AbortController());
    const mac = this.#mac;
    this.#asked = performance.now();
    this.#askIn(LONGEST);
    this.#events.show(null, mac);
    const capacity = element("capacity").checkValidity() ? element("capacity").valueAsNumber : NaN;
    try {
      const [mote, described] = await Promise.all([
        asking.mote(mac, Number.isNaN(capacity) ? null : capacity, mine.signal),
        asking.quantities(),
      ]);
      if (mine.signal.aborted) return;
      learn([mote]);
      this.#draw(mote, described);
    } catch (error) {
      if (mine.signal.aborted) return;
      if (error.status === 404) element("mote-about").textContent = "Nothing is known of this mote.";
      else {
        this.#failed("The mote", error);
        this.#askIn(RETRY);
      }
    }
  }

  #draw(mote, described) {
    const { mac, state, since, hops, joined, battery } = mote;
    setText(element("mote-title"), name(mac));
    setText(element("mote-about"), [
      ...(name(mac) === mac ? [] : [mac]),
      ...(state ? [`${state}${since ? ` since ${moment(Date.parse(since))}` : ""}`] : []),
      ...(Number.isFinite(hops) ? [count(hops, "hop")] : []),
      ...(joined ? [`joined ${moment(Date.parse(joined))}`] : []),
    ].join(" · "));
    setText(element("mote-zone"), `Times in ${zone(Date.now())}`);
    setText(element("battery"), batteryText(battery));
    this.#quantities.draw(mac, mote.quantities ?? {}, described);
    const links = (mote.links ?? []).map((link) => ({ link, mac, parent: (mote.parents ?? []).includes(other(link, mac)) }));
    this.#links.draw(links, ({ link }) => `${link.mac} ${link.neighbour} ${link.kind}`);
    element("mote-links-card").hidden = links.length === 0;
  }
}

const other = (link, mac) => (link.mac === mac ? link.neighbour : link.mac);

/** What is known of a battery, and what can be expected of it. */
function batteryText(battery) {
  if (!battery) return "Nothing is known of its battery.";
  const { voltage_mv: millivolts, charge_mc: charge, current_ua: current, days_left: days } = battery;
  const parts = [`Battery ${voltage(millivolts)}`];
  if (Number.isFinite(charge)) parts.push(`${plain(charge / 3600)} mAh drawn so far`);
  if (Number.isFinite(current)) parts.push(`${plain(current)} µA on average`);
  if (Number.isFinite(days)) parts.push(`estimate: about ${count(Math.round(days), "day")} left at that rate`);
  return `${parts.join(", ")}.`;
}

/** What a link is, and who says so. */
function wayText({ mac, kind, direction }, self, parent) {
  if (kind === "path") return `path, says the manager: ${parent ? "to a parent" : direction}`;
  return `${kind}, says ${mac === self ? "this mote" : "the other"}`;
}

class LinkRow {
  element = document.createElement("tr");

  constructor() {
    this.link = append(append(this.element, "td"), "a", "link");
    this.cells = Array.from({ length: 5 }, (_, index) => append(this.element, "td", index > 0 && index < 4 ? "number" : ""));
  }

  draw({ link, mac, parent }) {
    const neighbour = other(link, mac);
    this.link.href = `#mote/${neighbour}`;
    setText(this.link, name(neighbour));
    const sent = link.attempts > 0 ? `${plain(100 * (1 - link.failures / link.attempts))} % of ${link.attempts}` : "–";
    const signal = [link.rssi, link.rssi_back].filter(Number.isFinite).map((rssi) => `${rssi} dBm`).join(" / ");
    const texts = [
      wayText(link, mac, parent && link.direction === "upstream"),
      sent,
      signal || "–",
      Number.isFinite(link.quality) ? `${link.quality} %` : "–",
      link.timestamp ? moment(Date.parse(link.timestamp)) : "–",
    ];
    this.cells.forEach((cell, index) => setText(cell, texts[index]));
  }
}
