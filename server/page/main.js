// The live page: asks for what is looked at, follows the stream, and draws.

import * as api from "./api.js";
import { Chart } from "./chart/chart.js";
import { savePicture } from "./chart/picture.js";
import { FEW, MOST_LINES } from "./chosen.js";
import * as clock from "./clock.js";
import { count, duration } from "./format.js";
import * as labels from "./labels.js";
import { followVisibly } from "./live.js";
import { Motes } from "./motes.js";
import * as say from "./say.js";
import { status, summary } from "./status.js";
import { Table } from "./table.js";
import { View } from "./view.js";
import { welcome } from "./welcome.js";
import { stretch as stretchText, zone } from "./zone.js";

/** Time after which everything is asked for afresh, so that live points are thinned out too. */
const REFRESH = 5 * 60_000;

/** Time after which what failed is tried again, and a stretch that moves on is asked for. */
const RETRY = 5_000;
const SETTLED = 200;

/** Shortest pause between two drawings of live readings. */
const DRAW_PAUSE = 300;

/** A clock that differs by more than this is worth a word. */
const WRONG_CLOCK = 60_000;

const element = (id) => document.getElementById(id);
const motes = new Motes();
const gateways = new Map();
const view = new View();
let connection = "connecting";
/** Whether the server has said which motes there are, and whether those are all. */
let listed = false;
let complete = true;

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

// What is asked for ------------------------------------------------------------------------------

/** Asks which motes and gateways there are. */
let listTimer;
async function askList() {
  clearTimeout(listTimer);
  let next = REFRESH;
  try {
    const asked = clock.now();
    const [list, known] = await Promise.all([api.motes(), api.gateways()]);
    motes.setLatest(list.motes, asked);
    ({ complete } = list);
    gateways.clear();
    for (const gateway of known) gateways.set(gateway.name, gateway);
    listed = true;
    if (motes.size === 0) next = RETRY;
    drawNow();
  } catch (error) {
    next = failed("The list of motes", error);
  }
  listTimer = setTimeout(askList, next);
}

/** Asks for the points of what is looked at. A newer question ends an older one. */
let asking = new AbortController();
let pointsTimer;
async function askPoints() {
  clearTimeout(pointsTimer);
  asking.abort();
  const mine = (asking = new AbortController());
  let next = REFRESH;
  element("chart").ariaBusy = "true";
  try {
    const [from, to] = view.zoom ?? [];
    const chosen = lines().map(({ mac }) => mac);
    const answer = await api.points({ minutes: view.range, from, to }, motes.size, chosen, mine.signal);
    if (mine.signal.aborted) return;
    motes.setPoints(answer.series, answer.from, to);
    drawNow();
  } catch (error) {
    if (mine.signal.aborted) return;
    next = failed("The readings", error);
  }
  element("chart").ariaBusy = "false";
  pointsTimer = setTimeout(askPoints, next);
}

/** The points come after the list, which says how many of them can be had. */
async function askAll() {
  await askList();
  await askPoints();
}

function failed(what, error) {
  console.warn(error);
  if (connection === "connected") say.fault(`${what} could not be fetched: ${error.message}. Trying again.`);
  return RETRY;
}

// What is looked at ------------------------------------------------------------------------------

/** The view has changed: drawn at once with what is known, and again when the answer is there. */
function looked({ points = false, more = false } = {}) {
  if (points && more) {
    clearTimeout(pointsTimer);
    pointsTimer = setTimeout(() => looked({ points }), SETTLED);
  } else {
    view.write();
    if (points) askPoints();
  }
  drawNow();
}

function choose(change) {
  change();
  // With very many motes only the chosen ones have all their points.
  looked({ points: motes.size > MOST_LINES });
}

function zoom([from, to], more) {
  const now = clock.now();
  if (!view.zoom && to >= now && from >= stretch()[0]) return;
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

// Drawing ----------------------------------------------------------------------------------------

let drawTimer = null;
let pause = DRAW_PAUSE;

/** For live readings: a slow machine is not kept busy with drawing only. */
function drawSoon() {
  drawTimer ??= setTimeout(drawNow, pause);
}

function drawNow() {
  clearTimeout(drawTimer);
  drawTimer = null;
  if (document.hidden) return;
  drawStatus();
  if (motes.size === 0) return;
  const began = performance.now();
  drawTable();
  drawChart();
  pause = Math.max(DRAW_PAUSE, 4 * (performance.now() - began));
}

/** The end of the axis as it was drawn, in ms. */
let drawnTo = 0;

function drawChart() {
  const [from, to] = stretch();
  const drawn = lines();
  drawnTo = to;
  const many = motes.size > FEW;
  chart.draw({ motes: many ? motes.list() : [], lines: drawn, version: motes.version, from, to, unit: view.unit });
  element("overview").dataset.mode = view.zoom ? "past" : "live";
  element("unzoom").hidden = !view.zoom;
  element("later").disabled = !view.zoom;
  const young = to - from < view.range * 59_000;
  const since = young ? `since the first reading, ${duration(to - from)} ago` : `the last ${duration(view.range * 60_000)}`;
  element("stretch").textContent = view.zoom ? stretchText(from, to) : since;
  element("zone").textContent = `Times in ${zone(to)}`;
  element("nothing").hidden = element("chart").ariaBusy === "true" || motes.first() <= to;
  const chosen = motes.list().filter(({ mac }) => view.chosen.has(mac, motes.size)).length;
  const notes = [];
  if (many) notes.push(`Band: all ${motes.size} motes, lowest to highest, and their median.`);
  if (many && chosen === 0) notes.push("Choose motes below to draw their lines.");
  if (chosen > drawn.length) notes.push(`Lines are drawn for the first ${drawn.length} of ${chosen} chosen motes.`);
  const wrong = clock.difference();
  if (Math.abs(wrong) > WRONG_CLOCK) {
    notes.push(`This computer's clock is ${duration(Math.abs(wrong))} ${wrong > 0 ? "behind" : "ahead of"} the server's; times here are the server's.`);
  }
  element("notes").textContent = notes.join(" ");
}

function drawTable() {
  table.draw({ motes: motes.list(), view, now: clock.now(), visible: ({ mac }) => view.chosen.has(mac, motes.size) });
  const parts = summary(motes.list(), [...gateways.values()]);
  if (!complete) parts[0].text += " of more";
  if (view.filter) parts.unshift({ text: `${count(table.listed.length, "mote")} found, of` });
  const text = JSON.stringify(parts);
  if (element("summary").dataset.parts === text) return;
  element("summary").dataset.parts = text;
  element("summary").replaceChildren(...parts.map(({ text, state = "" }) => {
    const span = document.createElement("span");
    span.dataset.state = state;
    span.textContent = text;
    return span;
  }));
}

function drawStatus() {
  const known = [...gateways.values()];
  const { state, text } = status({ connection: listed ? connection : "connecting", motes: motes.list(), gateways: known });
  if (element("status").textContent !== text) element("status").textContent = text;
  element("status").dataset.state = state;
  for (const id of ["overview", "list"]) element(id).hidden = motes.size === 0;
  element("empty").hidden = motes.size > 0 || !listed;
  if (listed && motes.size === 0) welcome(known, clock.now());
}

/** Once a second: ages, and the axis, which goes on when nothing comes. */
function tick() {
  if (document.hidden) return;
  drawStatus();
  if (motes.size === 0) return;
  const [from, to] = stretch();
  const pixel = (to - from) / Math.max(element("chart").clientWidth, 1);
  if (to - drawnTo >= pixel) drawNow();
  else drawTable();
}

// What comes -------------------------------------------------------------------------------------

async function rename(mote, label) {
  try {
    await labels.save(mote.mac, label);
    mote.label = label;
    drawNow();
  } catch (error) {
    say.fault(`${mote.name} is not renamed: ${error.message}.`);
  }
}

const events = {
  connected() {
    // The first time, everything is being asked for already.
    const again = connection === "disconnected";
    connection = "connected";
    drawStatus();
    if (again) askAll();
  },
  disconnected() {
    connection = "disconnected";
    drawStatus();
  },
  lagged: askAll,
  message(readings) {
    if (motes.add(readings)) {
      // The list says the rest of a new mote.
      clearTimeout(listTimer);
      listTimer = setTimeout(askList, SETTLED);
    }
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
    drawNow();
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

// What can be pressed ----------------------------------------------------------------------------

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
addEventListener("hashchange", () => {
  view.read();
  showView();
  looked({ points: true });
});
for (const origin of document.querySelectorAll(".origin")) origin.textContent = location.origin;
element("here-only").hidden = !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

showView();
view.write();
setInterval(tick, 1000);
askAll();
followVisibly((kind, data) => events[kind](data));
document.addEventListener("visibilitychange", () => {
  // What was missed while nobody looked.
  if (!document.hidden && listed) askAll();
});
