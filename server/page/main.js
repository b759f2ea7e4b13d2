// The live page: asks for the range shown, follows the stream, and draws.

import * as api from "./api.js";
import { Chart } from "./chart.js";
import { onScheme } from "./colours.js";
import { Motes } from "./motes.js";
import { Table } from "./table.js";

/** Points a mote has on the chart at most, when asked for afresh. */
const BUCKETS = 600;

/** Time after which the range is asked for afresh, so that live points are thinned out too. */
const REFRESH = 5 * 60_000;

/** Shortest pause between two drawings of the chart. */
const DRAW_PAUSE = 300;

const element = (id) => document.getElementById(id);
const motes = new Motes();
const settings = { minutes: stored("range", "60"), unit: stored("unit", "C") };
const table = new Table(element("motes"), drawSoon);
const chart = new Chart(element("chart"), (zoom) => {
  element("unzoom").hidden = zoom === null;
  refresh();
});

/** Server's clock minus this one, in ms. */
let clockOffset = 0;
let refreshTimer;
let newest = 0;

const now = () => Date.now() + clockOffset;

/** Asks for everything shown. */
async function refresh() {
  clearTimeout(refreshTimer);
  const asked = ++newest;
  try {
    const zoom = chart.zoom?.map((time) => new Date(time).toISOString());
    const [latest, answer] = await Promise.all([
      api.motes(),
      zoom ? api.means(zoom[0], zoom[1], BUCKETS) : api.means(`-${settings.minutes}min`, null, BUCKETS),
    ]);
    if (asked !== newest) return;
    clockOffset = answer.now - Date.now();
    motes.setLatest(latest);
    motes.setPoints(answer.series);
    element("empty").hidden = motes.size > 0;
    drawSoon();
    refreshTimer = setTimeout(refresh, REFRESH);
  } catch (error) {
    console.warn(error);
    refreshTimer = setTimeout(refresh, 5000);
  }
}

let drawTimer = null;
let pause = 0;

function drawSoon() {
  drawTimer ??= setTimeout(draw, pause);
}

function draw() {
  drawTimer = null;
  if (motes.size === 0) return;
  for (const id of ["overview", "list"]) element(id).hidden = false;
  element("empty").hidden = true;
  const began = performance.now();
  const to = now();
  table.draw(motes.list(), { unit: settings.unit, now: to });
  chart.draw(motes.list(), { from: to - settings.minutes * 60_000, to, unit: settings.unit });
  // A slow machine is not kept busy with drawing only.
  pause = Math.max(DRAW_PAUSE, 4 * (performance.now() - began));
}

function show(state) {
  const status = element("status");
  if (status.dataset.state === state) return;
  status.dataset.state = state;
  status.textContent = state;
}

function stored(name, fallback) {
  return localStorage.getItem(name) ?? fallback;
}

function choose(name, current, chosen) {
  for (const input of document.querySelectorAll(`input[name=${name}]`)) {
    input.checked = input.value === current;
    input.onchange = () => {
      localStorage.setItem(name, input.value);
      chosen(input.value);
    };
  }
}

choose("range", settings.minutes, (minutes) => {
  settings.minutes = minutes;
  chart.setZoom(null);
});
choose("unit", settings.unit, (unit) => {
  settings.unit = unit;
  drawSoon();
});
for (const [id, visible] of [["all", true], ["none", false]]) {
  element(id).onclick = () => {
    for (const mote of motes.list()) mote.visible = visible;
    drawSoon();
  };
}
element("unzoom").onclick = () => chart.setZoom(null);
for (const origin of document.querySelectorAll(".origin")) origin.textContent = location.origin;
onScheme(drawSoon);
setInterval(() => {
  if (motes.size > 0) table.draw(motes.list(), { unit: settings.unit, now: now() });
}, 1000);

// A module runs after the deferred script, so Plotly is there.
refresh();
api.follow({
  connected() {
    show("live");
    refresh();
  },
  disconnected: () => show("disconnected"),
  lagged: refresh,
  readings(readings) {
    motes.add(readings);
    drawSoon();
  },
});
