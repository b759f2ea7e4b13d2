// What has happened in the network, the newest first.

import { append } from "../dom.js";
import { name } from "../names.js";
import { Rows, setText } from "../rows.js";
import { moment } from "../zone.js";
import * as asking from "./asking.js";

/** The vendor's names of them. */
const KINDS = ["moteJoin", "moteOperational", "moteLost", "moteReset", "moteCreate", "moteDelete", "joinFailed", "pathCreate",
  "pathDelete", "networkReset", "networkTime", "commandFinished", "packetSent", "pingResponse", "invalidMIC", "userData", "ipData"];

const FIELDS = ["event", "number", "timestamp", "mac", "neighbour"];

/** What the numbers of a detail mean, by event and detail. */
const MEANINGS = {
  "joinFailed reason": ["join counter reused", "not on the access list", "wrong join key", "unexpected"],
  "commandFinished rc": ["OK", "not acknowledged", "timed out"],
};

const key = ({ event, number, mac, timestamp }) => JSON.stringify([event, number, mac, timestamp]);

export class EventList {
  #element;
  #on;
  #rows;
  #events = [];
  #older = null;
  #asking = new AbortController();
  #mac;
  #to = null;

  /**
   * @param {Element} element has the filters, the list and the button for more of it.
   * @param {{then: function, failed: function}} on `then` is called with the moment of an event.
   * @param {string|null} mac the mote that they are of; null if that can be chosen.
   */
  constructor(element, on, mac = null) {
    this.#element = element;
    this.#on = on;
    this.#mac = mac;
    this.#rows = new Rows(this.#part("ol"), (event) => new Line(event, on));
    for (const kind of KINDS) option(this.#part(".kind"), kind, kind);
    this.#part(".kind").onchange = () => this.#afresh();
    if (this.#part(".of")) this.#part(".of").onchange = () => this.#afresh();
    this.#part(".older").onclick = () => this.#more();
  }

  /** Which motes can be chosen. */
  setMotes(macs) {
    const select = this.#part(".of");
    const chosen = select.value;
    const sorted = macs.map((mac) => [mac, name(mac)]).sort(([, a], [, b]) => a.localeCompare(b, undefined, { numeric: true }));
    const text = JSON.stringify(sorted);
    if (select.dataset.motes === text) return;
    select.dataset.motes = text;
    select.replaceChildren(select.options[0]);
    for (const [mac, text] of sorted) option(select, mac, text);
    select.value = chosen;
    if (select.value !== chosen) select.value = "";
  }

  /** Asks for those up to a moment in ms, or all (null); of another mote, if one is given. */
  async show(to, mac = this.#mac) {
    if (mac !== this.#mac || to !== this.#to) [this.#events, this.#older] = [[], null];
    [this.#to, this.#mac] = [to, mac];
    await this.#ask((signal) => asking.events({ mac: mac ?? this.#part(".of").value, kind: this.#part(".kind").value, to }, signal), (answer) => {
      const known = new Set(this.#events.map(key));
      const fresh = answer.events.filter((event) => !known.has(key(event)));
      // Those between were never asked for: the list begins again.
      const gap = known.size > 0 && fresh.length === answer.events.length && answer.older !== null;
      if (gap || known.size === 0) [this.#events, this.#older] = [answer.events, answer.older];
      else this.#events = [...fresh, ...this.#events];
    });
  }

  #afresh() {
    [this.#events, this.#older] = [[], null];
    return this.show(this.#to);
  }

  async #more() {
    if (!this.#older) return;
    await this.#ask((signal) => asking.page(this.#older, signal), ({ events, older }) => {
      const known = new Set(this.#events.map(key));
      this.#events = [...this.#events, ...events.filter((event) => !known.has(key(event)))];
      this.#older = older;
    });
  }

  async #ask(question, take) {
    this.#asking.abort();
    const mine = (this.#asking = new AbortController());
    try {
      const answer = await question(mine.signal);
      if (mine.signal.aborted) return;
      take(answer);
      this.#draw();
    } catch (error) {
      if (!mine.signal.aborted) this.#on.failed("The events", error);
    }
  }

  #draw() {
    this.#rows.draw(this.#events, key);
    this.#part(".older").hidden = this.#older === null;
    this.#part(".none").hidden = this.#events.length > 0;
  }

  #part(selector) {
    return this.#element.querySelector(selector);
  }
}

function option(select, value, text) {
  const element = append(select, "option");
  element.value = value;
  element.textContent = text;
}

class Line {
  element = document.createElement("li");

  constructor(event, on) {
    const time = Date.parse(event.timestamp);
    const when = append(this.element, "button", "link when");
    when.type = "button";
    when.title = "Show the network at that moment";
    when.textContent = moment(time);
    // What is of that moment is to be seen: the server counts microseconds.
    when.onclick = () => on.then(time + 1);
    append(this.element, "strong").textContent = event.event;
    this.links = [event.mac, event.neighbour].filter(Boolean).map((mac) => {
      const link = append(this.element, "a", "link");
      link.href = `#mote/${mac}`;
      return [link, mac];
    });
    append(this.element, "span", "soft").textContent = details(event);
  }

  draw() {
    for (const [link, mac] of this.links) setText(link, name(mac));
  }
}

/** What else an event says. */
function details(event) {
  return Object.entries(event)
    .filter(([field, value]) => !FIELDS.includes(field) && value !== null)
    .map(([field, value]) => {
      const meaning = MEANINGS[`${event.event} ${field}`]?.[value];
      return `${field} ${value}${meaning ? ` (${meaning})` : ""}`;
    })
    .join(", ");
}
