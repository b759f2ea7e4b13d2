// Whether what is seen is the present, and what needs a look.

import { append } from "./dom.js";
import { count } from "./format.js";

/** What is to be said of the connection and of what comes over it. */
export function status({ connection, motes, gateways }) {
  if (connection !== "connected") return { state: connection, text: connection };
  if (motes.length === 0) return { state: "waiting", text: "waiting for readings" };
  if (motes.some(({ state }) => state === "ok")) return { state: "live", text: "live" };
  const away = gateways.length > 0 && gateways.every(({ state }) => state === "silent");
  return { state: "quiet", text: away ? "the gateway is away" : "no readings come" };
}

/** Writes how many motes there are, how many the filter finds, and how many need a look. */
export function writeSummary({ motes, gateways, complete, found }) {
  const parts = [{ text: complete ? `${motes.length}` : `the first ${motes.length}` }];
  if (found !== null) parts.unshift({ text: `${count(found, "mote")} found, of` });
  for (const state of ["late", "silent"]) {
    const number = motes.filter((mote) => mote.state === state).length;
    if (number > 0) parts.push({ state, text: `${number} ${state}` });
  }
  for (const { name, state } of gateways) {
    if (state === "silent") parts.push({ state, text: `gateway ${name} away` });
  }
  const element = document.getElementById("summary");
  const text = JSON.stringify(parts);
  if (element.dataset.parts === text) return;
  element.dataset.parts = text;
  element.replaceChildren();
  for (const { state = "", text } of parts) {
    const part = append(element, "span");
    part.dataset.state = state;
    part.textContent = text;
  }
}
