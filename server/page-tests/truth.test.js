// What the page says is so, also when it looks at the past, when nothing comes, and when something fails.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { many } from "./network.js";
import { MACS, Site } from "./site.js";
import { apart, wallClock } from "./wall-clock.js";

let site;

afterEach(async () => {
  await site.close();
});

/** The number in a column of a mote's row. */
async function number(mac, column) {
  return Number(await site.row(mac).locator("td").nth(column).innerText());
}

const [MIN, MAX] = [5, 6];

test("least, most and trend are those of the stretch shown", async () => {
  site = await Site.open();
  await site.chart();
  await site.drag(0.3, 0.7);
  await site.page.locator("#overview[data-mode=past]").waitFor();
  await site.page.waitForFunction(() => document.getElementById("chart").ariaBusy === "false");
  const query = new URL(site.questions.at(-1)).searchParams;
  const readings = await site.readings(query.get("from"), query.get("to"), MACS[0]);
  const values = readings.map(({ temperature }) => temperature);
  const trend = () => site.row(MACS[0]).locator(".trend path").getAttribute("d");
  const drawn = await trend();
  await site.post({ mac: MACS[0], temperature: 77 });
  await site.row(MACS[0]).locator(".last", { hasText: "77.00" }).waitFor();
  assert.deepEqual([await number(MACS[0], MIN), await number(MACS[0], MAX)], [Math.min(...values), Math.max(...values)]);
  assert.equal(await trend(), drawn);
  await site.page.locator("#unzoom").click();
  await site.page.waitForFunction((column) => document.querySelector("#motes td.last").parentElement.children[column] && [...document.querySelectorAll("#motes tr")].some((row) => row.children[column].textContent === "77.00"), MAX);
});

test("when readings stop the axis goes on", async () => {
  site = await Site.open({ fill: many(3, 30).filter(({ timestamp }) => Date.now() - Date.parse(timestamp) > 300_000), hash: "#range=15" });
  await site.chart(3);
  const before = await site.axis();
  assert.ok(apart(before.to, wallClock(undefined)) < 1, JSON.stringify(before));
  // The lines end where the readings do, and from there on it is empty.
  const box = await site.page.locator("#chart").boundingBox();
  const end = await site.page.locator("#chart .line").first().evaluate((line) => line.getBBox().x + line.getBBox().width);
  assert.ok(end < box.width * 0.75, `${end} of ${box.width}`);
  while (apart((await site.axis()).to, before.to) < 4 / 60) await site.page.waitForTimeout(200);
  const later = await site.page.locator("#chart .line").first().evaluate((line) => line.getBBox().x + line.getBBox().width);
  assert.ok(later < end, `${later} after ${end}`);
});

test("a click is drawn as soon as its answer is there, and a late answer is dropped", async () => {
  site = await Site.open();
  await site.chart();
  // The answer for three hours is held back; the page does not wait for it with that for 15 minutes.
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await site.page.route(/from=-180min/, async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  await site.page.getByLabel("3 h").check();
  const answered = site.page.waitForResponse(/from=-15min/);
  await site.page.getByLabel("15 min").check();
  await (await answered).finished();
  const begun = performance.now();
  await site.page.waitForFunction(() => document.getElementById("chart").ariaBusy === "false");
  const { length } = await site.axis();
  console.log(`a click was drawn ${Math.round(performance.now() - begun)} ms after its answer`);
  assert.ok(Math.abs(length - 15) < 0.5, `${length} min`);
  release();
  await site.page.waitForTimeout(500);
  assert.ok(Math.abs((await site.axis()).length - 15) < 0.5);
  assert.equal(await number(MACS[0], MAX), Math.max(...(await site.readings("-15min", "-0s", MACS[0])).map(({ temperature }) => temperature)));
  assert.deepEqual(site.faults, []);
});

test("a click is not kept waiting by an earlier answer that takes long", async () => {
  site = await Site.open({ fill: false });
  await site.fill();
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await site.page.route(/from=-60min/, async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  await site.page.reload();
  await site.page.getByLabel("15 min").check();
  // The third mote is silent for longer.
  await site.chart(2);
  assert.ok(Math.abs((await site.axis()).length - 15) < 0.5);
  release();
});

test("a name that is not kept is said, and the old one stays", async () => {
  site = await Site.open();
  await site.chart();
  await site.label(MACS[0], "Attic");
  await site.page.reload();
  await site.row("Attic").waitFor();
  await site.stop();
  await site.row("Attic").locator(".rename").click();
  await site.page.keyboard.type("Cellar");
  await site.page.keyboard.press("Enter");
  await site.page.locator("#fault[role=alert]", { hasText: "Attic is not renamed" }).waitFor();
  await site.row("Attic").waitFor();
  assert.deepEqual(site.faults.filter((fault) => !/Failed to (load|fetch)|ERR_|TypeError/.test(fault)), []);
});

test("a name is written in peace while motes come and change", async () => {
  site = await Site.open();
  await site.chart();
  await site.row(MACS[0]).locator(".rename").click();
  await site.page.keyboard.type("Att");
  await site.post(["00-17-0d-00-00-30-5d-01", MACS[2]].map((mac) => ({ mac, temperature: 21 })));
  await site.page.locator(`#motes tr[data-mac="${MACS[2]}"][data-state=ok]`).waitFor();
  await site.page.keyboard.type("ic");
  await site.page.keyboard.press("Enter");
  await site.row("Attic").waitFor();
  await site.row("00-17-0d-00-00-30-5d-01").waitFor();
  assert.deepEqual(site.faults, []);
});

test("a name that is given elsewhere is there at once", async () => {
  site = await Site.open();
  await site.chart();
  await site.page.locator("#status", { hasText: "live" }).waitFor();
  await site.label(MACS[1], "Boiler");
  await site.row("Boiler").waitFor({ timeout: 10_000 });
  assert.equal(await site.row("Boiler").getAttribute("data-mac"), MACS[1]);
  assert.deepEqual(site.faults, []);
});

test("a mote's state is the server's, whatever is looked at, and a change of it is told", async () => {
  site = await Site.open();
  await site.chart();
  const states = () => site.page.locator("#motes tr").evaluateAll((rows) => rows.map((row) => [row.dataset.mac, row.dataset.state]));
  const told = await (await fetch(`${site.url}/api/v1/motes`)).json();
  assert.deepEqual(told.map(({ state }) => state), ["ok", "late", "silent"]);
  // What needs a look comes first.
  const expected = told.toReversed().map(({ mac, state }) => [mac, state]);
  assert.deepEqual(await states(), expected);
  for (const range of ["15 min", "12 h"]) {
    await site.page.getByLabel(range).check();
    await site.page.waitForFunction(() => document.getElementById("chart").ariaBusy === "false");
    assert.deepEqual(await states(), expected, range);
    assert.match(await site.page.locator("#summary").innerText(), /^3\s+1 late\s+1 silent$/);
  }
  await site.post({ mac: MACS[2], temperature: 21 });
  await site.page.locator("#news", { hasText: `${MACS[2]}: reporting again.` }).waitFor({ state: "attached" });
  await site.page.locator(`#motes tr[data-mac="${MACS[2]}"][data-state=ok]`).waitFor();
  assert.deepEqual(site.faults, []);
});

test("when no mote reports any more it does not say live", async () => {
  const old = many(2, 30).filter(({ timestamp }) => Date.now() - Date.parse(timestamp) > 600_000);
  site = await Site.open({ fill: old });
  await site.page.locator("#status", { hasText: "no readings come" }).waitFor();
  assert.equal(await site.page.locator("#status").getAttribute("data-state"), "quiet");
});

test("a clock that is wrong is told, and ages are the server's", async () => {
  site = await Site.open({ fill: false });
  await site.fill();
  await site.page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() - 3_600_000;
  });
  await site.page.reload();
  await site.chart();
  assert.match(await site.row(MACS[0]).locator(".age").innerText(), /^\d+ s$/);
  await site.page.locator("#notes", { hasText: "This computer's clock is 1 h behind the server's" }).waitFor();
});
