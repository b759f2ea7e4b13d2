// The slider that goes back in time.

import { first } from "../api.js";
import * as clock from "../clock.js";
import { moment } from "../zone.js";

const MINUTE = 60_000;

/** What the server keeps unless it is told otherwise, in ms. */
const KEPT = 30 * 24 * 60 * MINUTE;

/** The beginning is looked for again after this, in ms. */
const AFRESH = 10 * MINUTE;

/** A gateway walks the network as often, in minutes. */
const STEP = 10;

export class Timeline {
  #slider;
  #text;
  #earlier;
  #later;
  #at = null;
  #first = null;
  #again = 0;

  /** @param {function} set gets the moment in ms, or null for the present, and whether more follow at once. */
  constructor(element, set) {
    [this.#earlier, this.#later] = element.querySelectorAll("button");
    this.#slider = element.querySelector("input");
    this.#text = element.querySelector("output");
    this.#slider.step = STEP;
    this.#slider.max = 0;
    this.#slider.oninput = () => set(this.#moment(Number(this.#slider.value)), true);
    this.#earlier.onclick = () => set((this.#at ?? clock.now()) - STEP * MINUTE);
    this.#later.onclick = () => {
      const at = this.#at + STEP * MINUTE;
      set(at < clock.now() ? at : null);
    };
  }

  /** Looks from when on there is something: at each walk the manager says how many motes it has. */
  async look(signal) {
    if (performance.now() < this.#again) return;
    this.#first = await first("network_motes", clock.now() - KEPT, signal);
    this.#again = performance.now() + AFRESH;
  }

  /** Draws it at a moment, or at the present (null). */
  draw(at) {
    this.#at = at;
    const now = clock.now();
    const oldest = this.#first ?? now - KEPT;
    const least = Math.min(-STEP, Math.ceil((oldest - now) / MINUTE / STEP) * STEP);
    if (Number(this.#slider.min) !== least) this.#slider.min = least;
    const value = at === null ? 0 : Math.min(Math.round((at - now) / MINUTE / STEP) * STEP, -STEP);
    if (document.activeElement !== this.#slider || at === null || Math.abs(value - this.#slider.value) > STEP) this.#slider.value = value;
    const text = at === null ? "now" : moment(at);
    this.#text.textContent = text;
    this.#slider.setAttribute("aria-valuetext", text);
    this.#later.disabled = at === null;
    this.#earlier.disabled = (at ?? now) - STEP * MINUTE < oldest;
  }

  #moment(minutes) {
    return minutes === 0 ? null : clock.now() + minutes * MINUTE;
  }
}
