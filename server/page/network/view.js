// The view of the network: picture, table and events, now or at a moment of the past.

import * as clock from "../clock.js";
import { append } from "../dom.js";
import { count, plain } from "../format.js";
import { name, shortName } from "../names.js";
import { save, standalone } from "../standalone.js";
import { moment, zone } from "../zone.js";
import * as asking from "./asking.js";
import { Drawing } from "./drawing.js";
import { EventList } from "./events.js";
import { joinedText, MoteTable, parentsOf, stateOf, voltage } from "./table.js";
import { Timeline } from "./timeline.js";

/**
 * Shortest pause between two questions that the stream gives rise to, and longest without any, in ms.
 * Where an answer takes long the pause is so many times as long, and nobody is kept busy.
 */
const PAUSE = 3_000;
const EASE = 20;
const LONGEST = 60_000;

/** Time after which what failed is asked for again, in ms. */
const RETRY = 5_000;

/** Time after which a moment that is being looked for is asked for. */
const SETTLED = 200;

/** What the manager says of the whole network, and how it is written. */
const FIGURES = [["network_reliability", "reliability", " %"], ["network_stability", "stability", " %"], ["network_latency", "latency", " ms"]];

const element = (id) => document.getElementById(id);

export class NetworkView {
  #failed;
  #go;
  #at = null;
  #unused = false;
  #heard = false;
  #network = null;
  #chosen = null;
  #pointed = null;
  #visible = false;
  #asking = new AbortController();
  #timer;
  #asked = 0;
  #pause = PAUSE;
  #pointing = { lift: (mac) => this.#lift(mac), drop: (mac) => this.#pointed === mac && this.#lift(null) };
  #drawing = new Drawing(element("map"), { ...this.#pointing, choose: (mac) => this.#choose(mac) });
  #table = new MoteTable(element("network-table"), this.#pointing);
  #events;
  #timeline = new Timeline(element("timeline"), (at, more) => this.#setAt(at, more));

  /** @param {{failed: function, go: function}} on `go` is called with the parameters of the view's address. */
  constructor({ failed, go }) {
    this.#failed = failed;
    this.#go = go;
    this.#events = new EventList(element("network-events"), { then: (time) => this.#setAt(time), failed });
    element("network-now").onclick = () => this.#setAt(null);
    element("show-unused").onclick = () => this.#shows(!this.#unused, this.#heard);
    element("show-heard").onclick = () => this.#shows(this.#unused, !this.#heard);
    element("network-svg").onclick = () => this.#save();
  }

  /** Shows what the address says. */
  show({ parameters }) {
    const at = Date.parse(parameters.get("at"));
    const afresh = !this.#visible || (Number.isNaN(at) ? null : at) !== this.#at;
    this.#visible = true;
    this.#at = Number.isNaN(at) ? null : at;
    [this.#unused, this.#heard] = [parameters.has("unused"), parameters.has("heard")];
    this.#draw();
    if (afresh) this.#ask();
  }

  hide() {
    this.#visible = false;
    this.#asking.abort();
    clearTimeout(this.#timer);
  }

  /** Something has changed in the network, or in the motes' names, or may have while nobody looked. */
  refresh() {
    if (this.#visible) this.#draw();
    if (this.#visible && this.#at === null) this.#askIn(Math.max(0, this.#asked + this.#pause - performance.now()));
  }

  #askIn(milliseconds) {
    clearTimeout(this.#timer);
    // While nobody looks nothing is asked for; who comes back is answered at once, by refresh.
    this.#timer = setTimeout(() => (document.hidden ? this.#askIn(LONGEST) : this.#ask()), milliseconds);
  }

  async #ask() {
    this.#asking.abort();
    const mine = (this.#asking = new AbortController());
    this.#asked = performance.now();
    element("map").ariaBusy = "true";
    if (this.#at === null) this.#askIn(LONGEST);
    else clearTimeout(this.#timer);
    this.#events.show(this.#at);
    try {
      // Without its answer the slider reaches as far back as is kept.
      const looking = this.#timeline.look(mine.signal).catch(() => {});
      const [network] = await Promise.all([asking.network(this.#at, mine.signal), looking]);
      if (mine.signal.aborted) return;
      this.#pause = Math.max(PAUSE, EASE * (performance.now() - this.#asked));
      this.#network = network;
      this.#events.setMotes(network.motes.map(({ mac }) => mac));
      this.#draw();
    } catch (error) {
      if (mine.signal.aborted) return;
      this.#failed("The network", error);
      this.#askIn(RETRY);
    }
    element("map").ariaBusy = "false";
  }

  #draw() {
    element("network-now").hidden = this.#at === null;
    element("show-unused").setAttribute("aria-pressed", this.#unused);
    element("show-heard").setAttribute("aria-pressed", this.#heard);
    element("network").dataset.mode = this.#at === null ? "live" : "past";
    this.#timeline.draw(this.#at);
    if (!this.#network) return;
    const { motes, network: figures = {} } = this.#network;
    const told = FIGURES.filter(([key]) => Number.isFinite(figures[key])).map(([key, what, unit]) => `${what} ${plain(figures[key])}${unit}`);
    const when = this.#at === null ? [] : [`past: ${moment(this.#at)}`];
    element("network-when").textContent = [...when, count(motes.filter((mote) => !mote.access_point).length, "mote"), ...told].join(", ");
    element("network-zone").textContent = `Times in ${zone(this.#at ?? clock.now())}`;
    element("network-none").hidden = motes.length > 0;
    element("network-list").hidden = motes.length === 0;
    this.#drawing.draw({ network: this.#network, unused: this.#unused, heard: this.#heard });
    this.#table.draw(this.#network);
    this.#lift(this.#pointed);
  }

  #choose(mac) {
    this.#chosen = this.#chosen === mac ? null : mac;
    this.#lift(this.#pointed);
  }

  /** Raises the mote that is pointed at, else the chosen one, and says what is known of it. */
  #lift(mac) {
    this.#pointed = mac;
    const lifted = mac ?? this.#chosen;
    this.#drawing.lift(lifted);
    this.#table.mark(lifted);
    const told = element("network-told");
    const mote = this.#network?.motes.find((each) => each.mac === lifted);
    told.replaceChildren();
    if (!mote) {
      told.textContent = "Choose a mote to see what is known of it.";
      return;
    }
    const link = append(told, "a", "link");
    link.href = `#mote/${mote.mac}`;
    link.textContent = name(mote.mac);
    const parents = parentsOf(mote, this.#network.links).map((parent) => `${shortName(parent.mac)} ${parent.text}`);
    append(told, "span").textContent = [
      ...(name(mote.mac) === mote.mac ? [] : [mote.mac]),
      stateOf(mote),
      ...(Number.isFinite(mote.hops) ? [count(mote.hops, "hop")] : []),
      ...(parents.length ? [`parents: ${parents.join(", ")}`] : []),
      `battery ${voltage(mote.battery_voltage)}`,
      ...(mote.joined ? [`joined ${joinedText(mote)}`] : []),
    ].join(" · ");
  }

  #setAt(at, more = false) {
    this.#at = at;
    this.#draw();
    clearTimeout(this.#timer);
    if (more) {
      this.#timer = setTimeout(() => this.#setAt(at), SETTLED);
      return;
    }
    this.#write();
    this.#ask();
  }

  #shows(unused, heard) {
    [this.#unused, this.#heard] = [unused, heard];
    this.#write();
    this.#draw();
  }

  #write() {
    const parameters = new URLSearchParams();
    if (this.#at !== null) parameters.set("at", new Date(this.#at).toISOString());
    if (this.#unused) parameters.set("unused", "");
    if (this.#heard) parameters.set("heard", "");
    this.#go(parameters);
  }

  #save() {
    const { svg } = this.#drawing;
    const { width, height } = svg.getBoundingClientRect();
    save(new Blob([standalone(svg, width, height)], { type: "image/svg+xml" }), "network.svg");
  }
}
