// Following the server's events.

import { urlOf } from "./here.js";

/** How long the stream may be silent before it counts as broken; the server says "alive" every 10 s. */
const SILENCE = 25_000;

/** Pause before the stream is asked for again. */
const RETRY = 2_000;

const KINDS = ["message", "state", "label", "gateway", "network", "lagged"];

/**
 * Follows the stream until the function that it answers is called. `tell` gets each event's kind and
 * data: those of the server, "connected" and "disconnected".
 */
export function follow(tell) {
  let source;
  let watchdog;
  let retry;
  const stop = () => {
    clearTimeout(watchdog);
    clearTimeout(retry);
    source.close();
  };
  const start = () => {
    source = new EventSource(urlOf("api/v1/stream"));
    source.onopen = () => {
      alive();
      tell("connected", null);
    };
    source.onerror = again;
    source.addEventListener("alive", alive);
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        alive();
        tell(kind, JSON.parse(event.data));
      });
    }
    alive();
  };
  const again = () => {
    stop();
    tell("disconnected", null);
    retry = setTimeout(start, RETRY);
  };
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(again, SILENCE);
  };
  start();
  return stop;
}
