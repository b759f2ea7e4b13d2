// The grid and its labels: local times below, values at the left.

import { svg } from "../svg.js";
import { abbreviation, day, offset, wallTime } from "../zone.js";
import { timeTicks, valueTicks } from "./ticks.js";

/** Room for a time, with its zone's name, and for a value, in pixels. */
const TIME_ROOM = 64;
const NAMED_ROOM = 100;
const VALUE_ROOM = 56;

const MINUTE = 60_000;

export class Axes {
  grid = svg("g", { class: "grid" });
  labels = svg("g", { class: "labels" });

  draw(scale, suffix) {
    const { from, to, width, bottom } = scale;
    const grid = [svg("path", { class: "base", d: `M0 ${bottom}H${width}` })];
    const labels = [];
    // In the night when the clocks change an hour comes twice, and only its name tells which it is.
    const named = offset(from) !== offset(to);
    const room = named ? NAMED_ROOM : TIME_ROOM;
    const { step, times } = timeTicks(from, to, Math.max(2, Math.floor(width / room)));
    let shownDay = null;
    for (const time of times) {
      const x = Math.round(scale.x(time)) + 0.5;
      grid.push(svg("path", { d: `M${x} 0V${bottom}` }));
      // What would be cut is left away.
      if (x < room / 2 - 8 || x > width - room / 2 + 8) continue;
      const text = `${wallTime(time, { seconds: step < MINUTE })}${named ? ` ${abbreviation(time)}` : ""}`;
      labels.push(svg("text", { class: "time", x, y: bottom + 17 }, text));
      if (day(time) !== shownDay) labels.push(svg("text", { class: "day", x, y: bottom + 33 }, day(time)));
      shownDay = day(time);
    }
    if (!scale.empty) {
      const { values, decimals } = valueTicks(scale.low, scale.high, Math.max(2, Math.floor(bottom / VALUE_ROOM)));
      for (const value of values) {
        const y = Math.round(scale.y(value)) + 0.5;
        grid.push(svg("path", { d: `M0 ${y}H${width}` }));
        if (y > 14 && y < bottom - 2) labels.push(svg("text", { class: "value", x: 2, y: y - 4 }, `${value.toFixed(decimals)}${suffix}`));
      }
    }
    this.grid.replaceChildren(...grid);
    this.labels.replaceChildren(...labels);
  }
}
