// A mote's own page.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { AP, openMesh } from "./mesh.js";
import { mac } from "./network.js";
import { PHONE, Site } from "./site.js";
import { apart, wallClock } from "./wall-clock.js";

let site;

afterEach(async () => {
  await site.close();
});

async function open(options = {}) {
  site = await openMesh(Site, 5, { hash: `#mote/${mac(1)}`, ...options });
  await site.page.locator("#quantities button", { hasText: "battery_voltage" }).waitFor();
}

const quantity = (name) => site.page.locator("#quantities tr", { has: site.page.getByRole("button", { name, exact: true }) });

test("it has every quantity with unit and meaning, the way to its parents, and its events", async () => {
  await open();
  assert.match(await quantity("battery_voltage").innerText(), /of the mote's supply\s+2951 mV/);
  assert.match(await quantity("device_temperature").innerText(), /21\.00 °C/);
  assert.match(await quantity("temperature").innerText(), /20\.10 °C/);
  assert.match(await quantity("charge").innerText(), /100000 mC/);
  assert.match(await site.page.locator("#mote-about").innerText(), /1 hop · joined /);
  const links = site.page.locator("#mote-links tbody tr", { hasText: AP });
  await links.filter({ hasText: "to a parent" }).waitFor();
  assert.match(await links.filter({ hasText: "says this mote" }).innerText(), /90 % of 100/);
  assert.equal(await site.page.locator("#mote-events li").count(), 2);
  await site.page.getByLabel("°F").check();
  assert.match(await quantity("temperature").innerText(), /68\.18 °F/);
  assert.deepEqual(site.faults, []);
});

test("each quantity has a chart, by keyboard too", async () => {
  await open();
  const button = quantity("battery_voltage").locator("button");
  await button.focus();
  await site.page.keyboard.press("Enter");
  assert.equal(await button.getAttribute("aria-expanded"), "true");
  const dots = (count) => site.page.waitForFunction((count) => (document.querySelector("#quantities .chart .dots")?.getAttribute("d").match(/M/g) ?? []).length === count, count);
  await dots(2);
  const ticks = await site.page.locator("#quantities .chart .value").allTextContents();
  assert.ok(ticks.length > 0 && ticks.every((tick) => tick.endsWith(" mV") && parseFloat(tick) > 2900), ticks.join());
  // Another quantity's instead, and none.
  await quantity("charge").locator("button").click();
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  await site.page.waitForFunction(() => [...document.querySelectorAll("#quantities .chart .value")].some((tick) => tick.textContent.endsWith(" mC")));
  await dots(2);
  await site.page.getByRole("button", { name: "30 days" }).click();
  await site.page.waitForFunction(() => document.querySelector("#quantities .chart").ariaBusy === "false");
  await quantity("charge").locator("button").click();
  await site.page.locator("#quantities .chart").waitFor({ state: "detached" });
  assert.deepEqual(site.faults, []);
});

test("how long the battery lasts is an estimate, by a capacity that is remembered", async () => {
  await open();
  assert.doesNotMatch(await site.page.locator("#battery").innerText(), /days/);
  await site.page.locator("#capacity").fill("1000");
  await site.page.keyboard.press("Tab");
  await site.page.locator("#battery", { hasText: "estimate" }).waitFor();
  // 1000 mC in an hour are 277.78 µA; 1000 mAh are 3 600 000 mC, of which 100 000 are drawn.
  const days = Math.round((3_600_000 - 100_000) / (1000 / 3600) / 86_400);
  assert.equal(await site.page.locator("#battery").innerText(), `Battery 2.95 V, 27.78 mAh drawn so far, 277.78 µA on average, estimate: about ${days} days left at that rate.`);
  await site.page.reload();
  await site.page.locator("#battery", { hasText: `about ${days} days` }).waitFor();
  assert.deepEqual(site.faults, []);
});

for (const timezoneId of ["America/New_York", "Asia/Kolkata", "Europe/Berlin", "UTC"]) {
  test(`its times are the wall clock's: ${timezoneId}`, async () => {
    await open({ timezoneId });
    assert.ok((await site.page.locator("#mote-zone").innerText()).includes(timezoneId));
    const minutes = (text) => {
      const [, hours, minute] = /, (\d\d):(\d\d):\d\d/.exec(text);
      return Number(hours) * 60 + Number(minute);
    };
    const when = await quantity("battery_voltage").locator("td").last().innerText();
    assert.ok(apart(minutes(when), wallClock(timezoneId)) < 2, when);
    const event = await site.page.locator("#mote-events .when").first().innerText();
    assert.ok(apart(minutes(event), wallClock(timezoneId, Date.now() - 540_000)) < 2, event);
    assert.deepEqual(site.faults, []);
  });
}

test("on a phone nothing is too small for a finger, and the page does not scroll sideways", async () => {
  await open(PHONE);
  await quantity("battery_voltage").locator("button").tap();
  const { wide, small } = await site.page.evaluate(() => {
    const pressed = [...document.querySelectorAll("button, a, select, input:not([type=radio])")].filter((element) => element.checkVisibility() && !element.closest(".hidden"));
    const size = (element) => element.getBoundingClientRect();
    return { wide: document.documentElement.scrollWidth > window.innerWidth, small: pressed.filter((element) => size(element).width < 43.9 || size(element).height < 43.9).map((element) => element.outerHTML) };
  });
  assert.deepEqual({ wide, small }, { wide: false, small: [] });
});

test("from its row in the table of motes, and of a mote that nobody knows", async () => {
  site = await Site.open();
  await site.chart();
  const first = site.page.locator("#motes tr .last a").first();
  const name = await site.page.locator("#motes tr").first().getAttribute("data-mac");
  await first.click();
  await site.page.locator("#mote-title", { hasText: name }).waitFor();
  await quantity("temperature").waitFor();
  await site.page.goBack();
  await site.chart();
  await site.page.evaluate(() => { location.hash = "#mote/00-00-00-00-00-00-00-00"; });
  await site.page.locator("#mote-about", { hasText: "Nothing is known" }).waitFor();
});
