// The network as a picture: the access point on top, below it each mote in the layer of its hops.

import { shortName } from "../names.js";
import { followPointing } from "../pointing.js";
import { svg } from "../svg.js";
import { APART, across, arrange, rowsOf } from "./layout.js";
import { kindOf, look, shown } from "./look.js";

/** Room for a mote with its name, in pixels: of few motes, of many, and where there is little. */
const ROOMY = { cell: 130, row: 78, font: 12.5, battery: true };
const WIDE = { cell: 80, row: 72, font: 11.5, battery: true };
const NARROW = { cell: 54, row: 62, font: 10, battery: false };
const NARROW_BELOW = 640;

/** Room for a layer's name, in pixels. */
const HEAD = 20;

/** Where in its row a mote's middle is, and what around it belongs to it for a finger. */
const MIDDLE = 22;
const HAND = 44;

/** With no more motes than this, they have more room; with no more than that beside the access point, all links have their words. */
const SOME = 30;
const FEW = 12;

/** What tells a state without its colour. */
const MARKS = { late: "!", silent: "×", lost: "×" };

export class Drawing {
  svg = svg("svg", { "aria-hidden": "true" });
  #element;
  #on;
  #columns = 0;
  #places = new Map();
  #model = null;
  #lifted = null;
  #measure = document.createElement("canvas").getContext("2d");

  /** @param {{lift: function, drop: function, choose: function}} on each gets a mote's mac. */
  constructor(element, on) {
    this.#element = element;
    this.#on = on;
    element.append(this.svg);
    new ResizeObserver(() => this.#redraw()).observe(element);
  }

  /** @param {{network: object, unused: boolean, heard: boolean}} model as the server says it, and what is shown. */
  draw(model) {
    this.#model = model;
    this.#redraw();
  }

  /** Raises a mote and its links over the others, or none (null). */
  lift(mac) {
    this.#lifted = mac;
    for (const element of this.svg.querySelectorAll("[data-ends]")) {
      element.classList.toggle("lifted", mac !== null && element.dataset.ends.split(" ").includes(mac));
    }
    this.svg.classList.toggle("lifting", mac !== null && this.#places.has(mac));
  }

  #redraw() {
    const { clientWidth: width } = this.#element;
    if (!this.#model || width === 0) return;
    const { network } = this.#model;
    const size = width < NARROW_BELOW ? NARROW : network.motes.length <= SOME ? ROOMY : WIDE;
    // An odd number of columns has one in the middle; half a column is left at each side.
    const fitting = Math.max(2, Math.floor(width / size.cell)) - 1;
    const columns = fitting - ((fitting + 1) % 2);
    this.#places = arrange(network, columns, columns === this.#columns ? this.#places : new Map());
    this.#columns = columns;
    const cell = width / (columns + 1);
    const { tops, height } = layers(this.#places, size);
    const spots = new Map([...this.#places].map(([mac, place]) => {
      return [mac, { x: (across(place) + 1) * cell, y: tops.get(place.layer) + HEAD + place.row * size.row + MIDDLE, layer: place.layer }];
    }));
    const links = network.links.filter((link) => shown(link, this.#model) && spots.has(link.a) && spots.has(link.b));
    // What is used lies over what is not.
    links.sort((a, b) => (kindOf(a) === "used") - (kindOf(b) === "used"));
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("height", height);
    this.svg.classList.toggle("telling", network.motes.length <= FEW + 1);
    this.#measure.font = `${size.font}px ${getComputedStyle(this.#element).fontFamily}`;
    const drawn = links.map((link) => drawLink(link, spots));
    this.svg.replaceChildren(
      group("layers", [...tops].map(([layer, top], index) => drawLayer(layer, top, index, width))),
      group("links", drawn.map(({ line }) => line)),
      group("motes", network.motes.map((mote) => this.#mote(mote, spots.get(mote.mac), size, cell))),
      group("words", drawn.map(({ words }) => words)),
    );
    this.lift(this.#lifted);
  }

  #mote(mote, { x, y }, size, cell) {
    const { mac, battery_voltage: battery } = mote;
    const state = mote.state ?? "ok";
    const element = svg("g", { class: "mote", "data-mac": mac, "data-ends": mac, "data-state": state, transform: `translate(${x} ${y})` });
    const hand = svg("rect", { class: "hand", x: -HAND / 2, y: -HAND / 2, width: HAND, height: HAND });
    const body = mote.access_point ? svg("rect", { class: "body", x: -10, y: -10, width: 20, height: 20, rx: 4 }) : svg("circle", { class: "body", r: 9 });
    const name = svg("text", { class: "label", y: 23, "font-size": size.font }, this.#fitting(shortName(mac), cell - 6));
    element.append(body, svg("text", { class: "sign", y: 5 }, MARKS[state] ?? ""), name);
    if (size.battery && battery) element.append(svg("text", { class: "battery", y: 36, "font-size": 10 }, `${(battery / 1000).toFixed(2)} V`));
    element.append(hand);
    followPointing(element, mac, this.#on);
    element.onclick = () => this.#on.choose(mac);
    return element;
  }

  /** As much of a text as there is room for. */
  #fitting(text, room) {
    const fits = (part) => this.#measure.measureText(part).width <= room;
    if (fits(text)) return text;
    const letters = [...text];
    while (letters.length > 1 && !fits(`${letters.join("")}…`)) letters.pop();
    return `${letters.join("")}…`;
  }
}

function group(name, elements) {
  const element = svg("g", { class: name });
  element.append(...elements);
  return element;
}

/** Where each layer begins, from the top, and how high all of them are. */
function layers(places, { row }) {
  const tops = new Map();
  let height = 0;
  for (const [layer, rows] of rowsOf(places)) {
    tops.set(layer, height);
    height += HEAD + rows * row;
  }
  return { tops, height: Math.max(height, 1) };
}

function drawLayer(layer, top, index, width) {
  const element = svg("g", { class: "layer" });
  if (index > 0) element.append(svg("path", { d: `M0 ${top + 0.5}H${width}` }));
  const names = { 0: "access point", 1: "1 hop", [APART]: "no way known" };
  element.append(svg("text", { x: 2, y: top + 13 }, names[layer] ?? `${layer} hops`));
  return element;
}

/** A link as a curve; straight, but within a layer, where it must not run through the motes between. */
function drawLink(link, spots) {
  const [from, to] = [spots.get(link.a), spots.get(link.b)];
  const { pieces, text } = look(link);
  const bow = from.layer === to.layer ? 16 + Math.abs(from.x - to.x) * 0.08 : 0;
  const bend = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 - bow };
  const between = (p, q) => ({ x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 });
  const [early, late] = [between(from, bend), between(bend, to)];
  const middle = between(early, late);
  const place = ({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const curve = (p, q, r) => `M${place(p)}Q${place(q)} ${place(r)}`;
  const ways = pieces.length === 1 ? [curve(from, bend, to)] : [curve(from, early, middle), curve(middle, late, to)];
  const ends = { "data-ends": `${link.a} ${link.b}` };
  const line = svg("g", { class: `link ${kindOf(link)}`, ...ends });
  line.append(...ways.map((d, index) => svg("path", { d, class: pieces[index] })));
  // Nearer to where it begins: there fewer of them cross than in the middle.
  const spot = between(early, middle);
  return { line, words: svg("text", { class: "word", ...ends, x: spot.x, y: spot.y + 4 }, text) };
}
