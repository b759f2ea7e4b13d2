// Whether somebody points at something, or it has only come to be under a pointer that rests: the
// page has scrolled, or what was there is drawn anew. Then the keyboard's choice stays.

let last = [];

addEventListener("pointermove", ({ clientX, clientY }) => { last = [clientX, clientY]; }, { capture: true, passive: true });

function rests({ clientX, clientY }) {
  return clientX === last[0] && clientY === last[1];
}

/** Calls `lift` with a mac while an element is pointed at by a mouse, or has the focus, and `drop` when it is over. */
export function followPointing(element, mac, { lift, drop }) {
  element.onpointerenter = (event) => event.pointerType === "mouse" && !rests(event) && lift(mac);
  element.onpointerleave = () => drop(mac);
  element.addEventListener("focusin", () => lift(mac));
  element.addEventListener("focusout", () => drop(mac));
}
