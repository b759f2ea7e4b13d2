// The page's views, of which one is seen at a time.

import { route } from "./route.js";
import * as say from "./say.js";

const TITLES = { temperatures: "clouddata", network: "Network – clouddata", mote: "Mote – clouddata" };

export class Router {
  #temperatures;
  /** What makes the other views: their modules come when they are first looked at. */
  #makers;
  /** Promises of them, by name. */
  #made = {};
  #view = null;
  #shown = null;

  /** @param {{temperatures: function, failed: function, unit: function}} on `temperatures` is called when they come to be seen. */
  constructor({ temperatures, failed, unit }) {
    this.#temperatures = temperatures;
    const then = (time) => { location.hash = `#network?at=${new Date(time).toISOString()}`; };
    this.#makers = {
      network: async () => new (await import("./network/view.js")).NetworkView({ failed, go: writeNetwork }),
      mote: async () => new (await import("./mote/page.js")).MotePage({ failed, then, unit }),
    };
    addEventListener("hashchange", () => this.go());
  }

  get seesTemperatures() {
    return this.#view === "temperatures";
  }

  /** Shows what the address names. */
  async go() {
    const { view, mac, parameters } = route();
    const before = this.#view;
    this.#view = view;
    for (const each of Object.keys(TITLES)) document.getElementById(each).hidden = each !== view;
    document.getElementById("ranges").hidden = view !== "temperatures";
    document.getElementById("units").hidden = view === "network";
    for (const link of document.querySelectorAll("#views a")) {
      if (link.dataset.view === view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = TITLES[view];
    if (before !== null && (before !== view || view === "mote")) arrive(view);
    if (before !== view) this.#leave();
    if (view !== "temperatures") await this.#show(view, { mac, parameters });
    else if (before !== null) this.#temperatures();
  }

  /** The network has changed, or may have while nobody looked. */
  refresh() {
    this.#shown?.refresh();
  }

  /** The unit of temperatures has changed. */
  redraw() {
    this.#shown?.redraw?.();
  }

  #leave() {
    this.#shown?.hide();
    this.#shown = null;
  }

  async #show(view, where) {
    let made;
    try {
      made = await (this.#made[view] ??= this.#makers[view]());
    } catch (error) {
      delete this.#made[view];
      console.warn(error);
      say.fault("This view could not be loaded: the server is away, or another version by now. Reload the page.");
      return;
    }
    // Somebody may have gone on meanwhile, who is answered instead.
    if (this.#view !== view || (view === "mote" && route().mac !== where.mac)) return;
    this.#shown = made;
    this.#shown.show(where);
  }
}

/** The link that led here may be gone: who uses the keyboard goes on at the view's title. */
function arrive(view) {
  if (document.activeElement?.closest("#views")) return;
  scrollTo(0, 0);
  document.querySelector(`#${view} h2`)?.focus({ preventScroll: true });
}

function writeNetwork(parameters) {
  // Flags have no value, and colons need no escapes after the #.
  const text = parameters.toString().replaceAll("%3A", ":").replace(/=(?=&|$)/g, "");
  const hash = text ? `#network?${text}` : "#network";
  history.replaceState(null, "", hash);
  document.querySelector("#views [data-view=network]").href = hash;
}
