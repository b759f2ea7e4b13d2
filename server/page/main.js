// The live page: asks for what is looked at, follows the stream, and draws.

import * as api from "./api.js";
import { caption } from "./caption.js";
import { Chart } from "./chart/chart.js";
import { savePicture } from "./chart/picture.js";
import { FEW, MOST_LINES } from "./chosen.js";
import * as clock from "./clock.js";
import { degrees } from "./format.js";
import * as labels from "./labels.js";
import { followVisibly } from "./live.js";
import { MOST_MOTES, Motes } from "./motes.js";
import { learn } from "./names.js";
import { news } from "./news.js";
import { Questions } from "./questions.js";
import { Router } from "./router.js";
import * as say from "./say.js";
import { status, writeSummary } from "./status.js";
import { Table } from "./table.js";
import { View } from "./view.js";
import { welcome } from "./welcome.js";
import { stretch as stretchText, zone } from "./zone.js";

/** Time after which a stretch that moves on is asked for. */
const SETTLED = 200;

/** Shortest pause between two drawings of live readings. */
const DRAW_PAUSE = 300;

const element = (id) => document.getElementById(id);
const motes = new Motes();
const gateways = new Map();
const view = new View();
let connection = "connecting";
const questions = new Questions({ motes, gateways, view, lines, answered: drawNow, failed });

const chart = new Chart(element("chart"), { zoom, live, lift });
const table = new Table(element("scroller"), {
  lift,
  toggle: (mote) => choose(() => view.chosen.toggle(mote.mac, motes.size)),
  only: (mote) => choose(() => (view.chosen.isOnly(mote.mac) ? view.chosen.usual() : view.chosen.only([mote.mac]))),
  rename,
  sort: (sort) => {
    view.setSort(sort);
    looked();
  },
});

const router = new Router({
  temperatures() {
    view.read();
    showView();
    looked({ points: true });
  },
  failed,
  unit: () => view.unit,
});

let settled;
let pointsWanted = false;

/** The view has changed: drawn at once with what is known, and again when the answer is there. */
function looked({ points = false, more = false } = {}) {
  pointsWanted ||= points;
  clearTimeout(settled);
  if (more) {
    settled = setTimeout(looked, SETTLED);
  } else {
    view.write();
    if (pointsWanted) questions.points();
    pointsWanted = false;
  }
  drawNow();
}

function choose(change) {
  change();
  // With very many motes only the chosen ones have all their points.
  looked({ points: !api.inDetail(motes.size) });
}

function zoom([from, to], more) {
  const now = clock.now();
  const [start, end] = stretch();
  // Beyond the present there is nothing to be moved to.
  if (!view.zoom && from >= start && to - from >= 0.999 * (end - start)) return;
  view.setZoom(from, to, now);
  looked({ points: true, more });
}

function live() {
  if (!view.zoom) return;
  view.zoom = null;
  looked({ points: true });
}

/** By its buttons: about the middle, or half of it earlier or later. */
function step({ factor = 1, by = 0 }) {
  const [from, to] = stretch();
  const middle = (from + to) / 2 + by * (to - from);
  zoom([middle - ((to - from) / 2) * factor, middle + ((to - from) / 2) * factor], false);
}

function lift(mac) {
  chart.lift(mac);
  table.lift(mac);
}

/** The stretch shown, in ms; a network younger than half of the range fills the chart nevertheless. */
function stretch() {
  if (view.zoom) return view.zoom;
  const to = clock.now();
  const from = to - view.range * 60_000;
  const first = motes.first();
  const young = Number.isFinite(first) && first > (from + to) / 2;
  return [young ? Math.min(first, to - 60_000) : from, to];
}

function lines() {
  return motes.list().filter(({ mac }) => view.chosen.has(mac, motes.size)).slice(0, MOST_LINES);
}

let drawTimer = null;
/** When live readings may be drawn again, by `performance.now()`. */
let drawAgain = 0;

/** For live readings: a slow machine is not kept busy with drawing only. */
function drawSoon() {
  drawTimer ??= setTimeout(drawNow, Math.max(0, drawAgain - performance.now()));
}

function drawNow() {
  clearTimeout(drawTimer);
  drawTimer = null;
  if (document.hidden) return;
  drawStatus();
  if (motes.size === 0 || !router.seesTemperatures) return;
  const began = performance.now();
  drawTable();
  drawChart();
  const ended = performance.now();
  drawAgain = ended + Math.max(DRAW_PAUSE, 4 * (ended - began));
}

/** The end of the axis as it was drawn, in ms. */
let drawnTo = 0;

function drawChart() {
  const [from, to] = stretch();
  const drawn = lines();
  drawnTo = to;
  const many = motes.size > FEW;
  document.body.classList.toggle("many", many);
  const banded = many && motes.size < MOST_MOTES;
  chart.draw({ motes: banded ? motes.list() : [], lines: drawn, version: motes.version, from, to, measure: degrees(view.unit) });
  element("unzoom").hidden = !view.zoom;
  element("later").disabled = !view.zoom;
  element("nothing").hidden = questions.pending || motes.first() <= to;
  caption({ view, motes, banded, drawn: drawn.length, from, to });
}

function drawTable() {
  table.draw({ motes: motes.list(), view, now: clock.now(), visible: ({ mac }) => view.chosen.has(mac, motes.size) });
  writeSummary({
    motes: motes.list(),
    gateways: [...gateways.values()],
    complete: questions.complete,
    found: view.filter ? table.listed.length : null,
  });
}

function drawStatus() {
  const known = [...gateways.values()];
  const { state, text } = status({ connection: questions.listed ? connection : "connecting", motes: motes.list(), gateways: known });
  if (element("status").textContent !== text) element("status").textContent = text;
  element("status").dataset.state = state;
  for (const id of ["overview", "list"]) element(id).hidden = motes.size === 0;
  element("empty").hidden = motes.size > 0 || !questions.listed;
  if (questions.listed && motes.size === 0) welcome(known, clock.now());
}

/** Once a second: ages, and the axis, which goes on when nothing comes. */
function tick() {
  if (document.hidden) return;
  drawStatus();
  if (motes.size === 0 || !router.seesTemperatures) return;
  const [from, to] = stretch();
  const pixel = (to - from) / Math.max(element("chart").clientWidth, 1);
  if (to - drawnTo >= pixel) drawNow();
  else drawTable();
}

function failed(what, error) {
  console.warn(error);
  if (connection === "connected") say.fault(`${what} could not be fetched: ${error.message}. Trying again.`);
}

/** Something may have been missed. */
function missed() {
  questions.all();
  router.refresh();
}

/** The stream has begun, while everything was being asked for already. */
function begun() {
  questions.streaming();
  router.refresh();
}

async function rename(mote, label) {
  try {
    await labels.save(mote.mac, label);
    mote.label = label;
    learn([mote]);
    drawNow();
  } catch (error) {
    say.fault(`${mote.name} is not renamed: ${error.message}.`);
  }
}

const events = {
  connected() {
    const again = connection === "disconnected";
    connection = "connected";
    drawStatus();
    if (again) missed();
    else begun();
  },
  disconnected() {
    connection = "disconnected";
    drawStatus();
  },
  lagged: missed,
  ...news({ motes, gateways, questions, router, drawSoon, drawNow }),
};

function radios(name, value, chosen) {
  for (const input of document.querySelectorAll(`input[name=${name}]`)) {
    input.checked = input.value === String(value);
    input.onchange = () => chosen(input.value);
  }
}

function showView() {
  radios("range", view.range, (minutes) => {
    view.setRange(Number(minutes));
    looked({ points: true });
  });
  radios("unit", view.unit, (unit) => {
    view.setUnit(unit);
    looked();
    router.redraw();
  });
  element("filter").value = view.filter;
}

const buttons = {
  unzoom: live,
  "zoom-in": () => step({ factor: 0.5 }),
  "zoom-out": () => step({ factor: 2 }),
  earlier: () => step({ by: -0.5 }),
  later: () => step({ by: 0.5 }),
  all: () => choose(() => (view.filter ? view.chosen.only(table.listed.map(({ mac }) => mac)) : view.chosen.all())),
  none: () => choose(() => view.chosen.only([])),
  picture: () => savePicture(chart, `Temperature, ${stretchText(...stretch())}, ${zone(stretch()[1])}`),
};
for (const [id, press] of Object.entries(buttons)) element(id).onclick = press;
element("filter").oninput = (event) => {
  view.filter = event.target.value;
  looked();
};
element("csv").onclick = (event) => {
  const shown = motes.list().filter(({ mac }) => view.chosen.has(mac, motes.size)).map(({ mac }) => mac);
  const all = shown.length === motes.size || shown.length === 0 || shown.length > api.MAX_MACS;
  event.currentTarget.href = api.csvUrl(...stretch(), all ? null : shown);
};
for (const origin of document.querySelectorAll(".origin")) origin.textContent = location.origin;
element("here-only").hidden = !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

showView();
view.write();
router.go();
setInterval(tick, 1000);
questions.all();
followVisibly((kind, data) => events[kind](data));
document.addEventListener("visibilitychange", () => {
  // What was missed while nobody looked.
  if (!document.hidden && questions.listed) missed();
});
