// What the stream tells, taken into what the page knows.

import { learn } from "./names.js";
import * as say from "./say.js";

/** Time after which the list of motes is asked for: more of them may come at once, in ms. */
const SOON = 200;

/** What is to be done at each of the server's events, by its kind. */
export function news({ motes, gateways, questions, router, drawSoon, drawNow }) {
  return {
    network: () => router.refresh(),
    message(readings) {
      // The list says the rest of a new mote.
      if (motes.add(readings)) questions.listIn(SOON);
      drawSoon();
    },
    state(changes) {
      const changed = [];
      for (const change of changes) {
        const mote = motes.get(change.mac);
        if (!mote) continue;
        if (mote.state !== change.state) changed.push(mote);
        mote.setState(change);
      }
      if (changed.length > 0) say.politely(say.changes(changed));
      drawSoon();
    },
    label({ mac, label }) {
      const mote = motes.get(mac);
      if (mote) mote.label = label ?? "";
      learn([{ mac, label }]);
      drawNow();
      router.refresh();
    },
    gateway(gateway) {
      const before = gateways.get(gateway.name);
      gateways.set(gateway.name, gateway);
      if (before && before.state !== gateway.state) {
        say.politely(`Gateway ${gateway.name} is ${gateway.state === "silent" ? "away" : "back"}.`);
      }
      drawSoon();
    },
  };
}
