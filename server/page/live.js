// The stream as long as somebody can see the page.

import { urlOf } from "./here.js";
import { follow } from "./stream.js";

/** Tells `tell` of each event while the page is visible. */
export function followVisibly(tell) {
  const want = shared(tell) ?? own(tell);
  const look = () => want(!document.hidden);
  document.addEventListener("visibilitychange", look);
  // A page that is left, but kept for the way back, must not keep a stream.
  addEventListener("pagehide", () => want(false));
  addEventListener("pageshow", look);
  look();
}

/** The stream that the browser's tabs of a site share; null where there is no such thing. */
function shared(tell) {
  if (!window.SharedWorker) return null;
  const worker = new SharedWorker(new URL("stream-worker.js", import.meta.url), { type: "module", name: urlOf(".") });
  let wanted = false;
  let instead = null;
  worker.port.onmessage = ({ data: [kind, data] }) => {
    if (wanted) tell(kind, data);
  };
  worker.onerror = () => {
    instead ??= own(tell);
    instead(wanted);
  };
  return (now) => {
    if (now === wanted) return;
    wanted = now;
    if (instead) instead(now);
    else worker.port.postMessage(now);
  };
}

/** A stream of this page's own. */
function own(tell) {
  let stop = null;
  return (wanted) => {
    if (wanted) stop ??= follow(tell);
    else if (stop) {
      stop();
      stop = null;
    }
  };
}
