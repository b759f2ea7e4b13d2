// The live page: asks for the range shown, follows the stream, and draws.

import * as api from "./api.js";
import { Chart } from "./chart.js";
import { onScheme } from "./colours.js";
import * as labels from "./labels.js";
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
const table = new Table(element("motes"), drawNow);
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
let stale = false;

function drawSoon() {
  stale = true;
  drawTimer ??= setTimeout(draw, pause);
}

/** After what the user did: the table at once, the chart next. */
function drawNow() {
  if (motes.size > 0) drawTable(now());
  clearTimeout(drawTimer);
  drawTimer = setTimeout(draw, 0);
}

async function draw() {
  if (motes.size === 0) {
    drawTimer = null;
    return;
  }
  stale = false;
  for (const id of ["overview", "list"]) element(id).hidden = false;
  element("empty").hidden = true;
  const began = performance.now();
  const [from, to] = range();
  drawTable(to);
  await chart.draw(motes.list(), { from, to, unit: settings.unit });
  // A slow machine is not kept busy with drawing only.
  pause = Math.max(DRAW_PAUSE, 4 * (performance.now() - began));
  drawTimer = stale ? setTimeout(draw, pause) : null;
}

function drawTable(time) {
  const list = motes.list();
  table.draw(list, { unit: settings.unit, now: time });
  const count = (state) => list.filter((mote) => mote.state(time) === state).length;
  const late = count("late");
  const silent = count("silent");
  element("summary").textContent = [`${list.length}`, late && `${late} late`, silent && `${silent} silent`].filter(Boolean).join(", ");
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
  drawNow();
});
for (const [id, visible] of [["all", true], ["none", false]]) {
  element(id).onclick = () => {
    for (const mote of motes.list()) mote.visible = visible;
    drawNow();
  };
}
element("unzoom").onclick = () => chart.setZoom(null);

/** The range chosen, in ms; a network younger than half of it fills the chart nevertheless. */
function range() {
  const to = now();
  const from = to - settings.minutes * 60_000;
  const first = Math.min(...motes.list().map((mote) => mote.points.times[0] ?? Infinity));
  const young = Number.isFinite(first) && first > (from + to) / 2;
  return [young ? Math.min(first, to - 60_000) : from, to];
}

/** The stretch shown, in ms. */
function stretch() {
  return chart.stretch(...range());
}

/** Zooms about the middle, for those without a mouse; never beyond the present. */
function zoom(factor) {
  const [from, to] = stretch();
  const half = ((to - from) / 2) * factor;
  const middle = (from + to) / 2;
  chart.setZoom([middle - half, Math.min(middle + half, now())]);
}

element("zoom-in").onclick = () => zoom(0.5);
element("zoom-out").onclick = () => zoom(2);
element("csv").onclick = (event) => {
  const [from, to] = stretch().map((time) => new Date(time).toISOString());
  const shown = motes.list().filter((mote) => mote.visible).map((mote) => mote.mac);
  const all = shown.length === motes.size || shown.length === 0 || shown.length > api.MAX_MACS;
  event.currentTarget.href = api.csvUrl(from, to, all ? null : shown);
};
table.onRename = async (mote, label) => {
  if (await labels.save(mote.mac, label)) await refresh();
};
for (const origin of document.querySelectorAll(".origin")) origin.textContent = location.origin;
onScheme(drawSoon);
setInterval(() => {
  if (motes.size > 0) drawTable(now());
}, 1000);

refresh();
api.follow({
  connected() {
    // The first time, the readings are being asked for already.
    const again = element("status").dataset.state === "disconnected";
    show("live");
    if (again) refresh();
  },
  disconnected: () => show("disconnected"),
  lagged: refresh,
  readings(readings) {
    motes.add(readings);
    drawTable(now());
    drawSoon();
  },
});
