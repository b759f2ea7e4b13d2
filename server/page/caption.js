// What is written about the chart: the stretch, the zone, and what it leaves out.

import { FEW } from "./chosen.js";
import * as clock from "./clock.js";
import { duration } from "./format.js";
import { stretch, zone } from "./zone.js";

/** A clock that differs by more than this, in ms, is worth a word. */
const WRONG_CLOCK = 60_000;

/** Writes it for a chart from `from` to `to` with so many lines drawn, and a band or none. */
export function caption({ view, motes, banded, drawn, from, to }) {
  const write = (id, text) => {
    const element = document.getElementById(id);
    if (element.textContent !== text) element.textContent = text;
  };
  document.getElementById("overview").dataset.mode = view.zoom ? "past" : "live";
  write("stretch", view.zoom ? `past: ${stretch(from, to)}` : present(view, to - from));
  write("zone", `Times in ${zone(to)}`);
  write("notes", [...lineNotes({ view, motes, banded, drawn }), ...clockNotes()].join(" "));
}

function present({ range }, length) {
  const young = length < range * 59_000;
  return young ? `since the first reading, ${duration(length)} ago` : `the last ${duration(range * 60_000)}`;
}

function* lineNotes({ view, motes, banded, drawn }) {
  const chosen = motes.list().filter(({ mac }) => view.chosen.has(mac, motes.size)).length;
  if (banded) yield `Band: all ${motes.size} motes, lowest to highest, and their median.`;
  if (motes.size > FEW && chosen === 0) yield "Choose motes below to draw their lines.";
  if (chosen > drawn) yield `Lines are drawn for the first ${drawn} of ${chosen} chosen motes.`;
}

function* clockNotes() {
  const difference = clock.difference();
  if (Math.abs(difference) <= WRONG_CLOCK) return;
  const side = difference > 0 ? "behind" : "ahead of";
  yield `This computer's clock is ${duration(Math.abs(difference))} ${side} the server's; times here are the server's.`;
}
