// What the page asks the server, now and again.

import * as api from "./api.js";
import * as clock from "./clock.js";

/** Time after which everything is asked for afresh, so that live points are thinned out too. */
const REFRESH = 5 * 60_000;

/** Time after which what failed, or what there was nothing of, is asked for again. */
const RETRY = 5_000;

export class Questions {
  #on;
  #listTimer;
  #pointsTimer;
  #asking = new AbortController();
  #streaming = false;
  /** Whether the server has said which motes there are. */
  listed = false;
  /** Whether those are all. */
  complete = true;
  /** Whether the points of what is looked at are on their way. */
  pending = false;

  /**
   * @param {{motes: Motes, gateways: Map, view: View, lines: function, answered: function, failed: function}} on
   *   Answers go into `motes` and `gateways`; `lines` answers the motes with a line.
   */
  constructor(on) {
    this.#on = on;
  }

  /** The points come after the list, which says how many of them can be had. */
  async all() {
    await this.list();
    await this.points();
  }

  /**
   * The stream has begun: it tells nothing of what was stored before, and what was asked earlier may
   * have been answered before that too. The list says whether something lies between.
   */
  async streaming() {
    this.#streaming = true;
    // A list on its way is followed by another, and the points are asked for after it.
    if (!this.listed) return;
    const before = this.#newest();
    await this.list();
    const { motes } = this.#on;
    if (motes.list().some(({ mac, last }) => last?.time !== before.get(mac))) await this.points();
  }

  /** The times of the motes' newest readings, by mac. */
  #newest() {
    return new Map(this.#on.motes.list().map(({ mac, last }) => [mac, last?.time]));
  }

  /** Asks which motes and gateways there are. */
  async list() {
    const { motes, gateways, answered, failed } = this.#on;
    clearTimeout(this.#listTimer);
    let next = REFRESH;
    const streamed = this.#streaming;
    try {
      const asked = clock.now();
      const [list, known] = await Promise.all([api.motes(), api.gateways()]);
      motes.setLatest(list.motes, asked);
      gateways.clear();
      for (const gateway of known) gateways.set(gateway.name, gateway);
      this.listed = true;
      this.complete = list.complete;
      if (motes.size === 0) next = RETRY;
      if (this.#streaming && !streamed) next = 0;
      answered();
    } catch (error) {
      failed("The list of motes", error);
      next = RETRY;
    }
    this.listIn(next);
  }

  listIn(milliseconds) {
    clearTimeout(this.#listTimer);
    this.#listTimer = setTimeout(() => this.list(), milliseconds);
  }

  /** Asks for the points of what is looked at. A newer question ends an older one. */
  async points() {
    const { motes, view, lines, answered, failed } = this.#on;
    clearTimeout(this.#pointsTimer);
    this.#asking.abort();
    const mine = (this.#asking = new AbortController());
    let next = REFRESH;
    this.#setPending(true);
    try {
      const [from, to] = view.zoom ?? [];
      const chosen = lines().map(({ mac }) => mac);
      const answer = await api.points({ minutes: view.range, from, to }, motes.size, chosen, mine.signal);
      if (mine.signal.aborted) return;
      motes.setPoints(answer.series, answer.from, to);
    } catch (error) {
      if (mine.signal.aborted) return;
      failed("The readings", error);
      next = RETRY;
    }
    this.#setPending(false);
    answered();
    this.#pointsTimer = setTimeout(() => this.points(), next);
  }

  #setPending(pending) {
    this.pending = pending;
    document.getElementById("chart").ariaBusy = String(pending);
  }
}
