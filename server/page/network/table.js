// The network as a table: the same as in the picture, for the keyboard and for those who do not see it.

import { append } from "../dom.js";
import { name, shortName } from "../names.js";
import { followPointing } from "../pointing.js";
import { Rows, setText } from "../rows.js";
import { moment } from "../zone.js";
import { look } from "./look.js";

const collator = new Intl.Collator(undefined, { numeric: true });
const last = Number.MAX_VALUE;

const ORDERS = {
  name: (a, b) => collator.compare(name(a.mac), name(b.mac)),
  hops: (a, b) => (a.hops ?? last) - (b.hops ?? last),
  battery: (a, b) => (a.battery_voltage ?? last) - (b.battery_voltage ?? last),
  joined: (a, b) => (Date.parse(a.joined) || last) - (Date.parse(b.joined) || last),
};

/** What a mote's battery has, as it is written. */
export function voltage(millivolts) {
  return millivolts === null || millivolts === undefined ? "–" : `${(millivolts / 1000).toFixed(2)} V`;
}

/** Whether a mote has been lost, is late, or is well. */
export function stateOf({ access_point: accessPoint, state }) {
  return accessPoint ? "access point" : (state ?? "–");
}

/** When a mote has joined, and how often. */
export function joinedText({ joined, joins }) {
  const often = joins > 1 ? ` (${joins} times)` : "";
  return joined ? moment(Date.parse(joined)) + often : "–";
}

/** A mote's parents, each with what the way to it is. */
export function parentsOf(mote, links) {
  return mote.parents.map((parent) => {
    const link = links.find(({ a, b }) => a === mote.mac && b === parent);
    return { mac: parent, text: link ? look(link).text : "" };
  });
}

export class MoteTable {
  #table;
  #rows;
  #sort = "hops";
  #descending = false;
  #network = null;

  /** @param {{lift: function, drop: function}} on both get a mote's mac. */
  constructor(table, on) {
    this.#table = table;
    this.#rows = new Rows(table.tBodies[0], (mote) => new Row(mote, on));
    for (const button of table.querySelectorAll("th button")) {
      button.onclick = () => {
        this.#descending = this.#sort === button.dataset.sort && !this.#descending;
        this.#sort = button.dataset.sort;
        this.draw(this.#network);
      };
    }
  }

  draw(network) {
    this.#network = network;
    for (const { dataset, parentElement } of this.#table.querySelectorAll("th button")) {
      parentElement.ariaSort = dataset.sort === this.#sort ? (this.#descending ? "descending" : "ascending") : null;
    }
    const motes = [...network.motes].sort((a, b) => ORDERS[this.#sort](a, b) || ORDERS.name(a, b));
    if (this.#descending) motes.reverse();
    const rows = motes.map((mote) => ({ mote, parents: parentsOf(mote, network.links) }));
    this.#rows.draw(rows, ({ mote }) => mote.mac);
  }

  mark(mac) {
    for (const { dataset, classList } of this.#table.tBodies[0].rows) classList.toggle("lifted", dataset.mac === mac);
  }
}

class Row {
  element = document.createElement("tr");

  constructor({ mote: { mac } }, on) {
    this.element.dataset.mac = mac;
    this.link = append(append(this.element, "td"), "a", "link");
    this.link.href = `#mote/${mac}`;
    this.tag = append(append(this.element, "td"), "span", "tag");
    const cell = (name = "") => append(this.element, "td", name);
    [this.hops, this.battery, this.parents, this.joined] = [cell("number"), cell("number"), cell(), cell()];
    followPointing(this.element, mac, on);
  }

  draw({ mote, parents }) {
    this.element.dataset.state = mote.state ?? "";
    setText(this.link, name(mote.mac));
    this.link.title = mote.mac;
    setText(this.tag, stateOf(mote));
    setText(this.hops, mote.access_point ? "0" : String(mote.hops ?? "–"));
    setText(this.battery, voltage(mote.battery_voltage));
    setText(this.parents, parents.map(({ mac, text }) => `${shortName(mac)} ${text}`).join(", ") || "–");
    setText(this.joined, joinedText(mote));
  }
}
