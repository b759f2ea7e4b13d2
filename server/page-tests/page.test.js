// The live page in a real browser, on a real server.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { MACS, Site } from "./site.js";

let site;

afterEach(async () => {
  await site.close();
});

test("each mote has a line, and a row with its values", async () => {
  site = await Site.open();
  await site.chart();
  const row = site.row(MACS[0]);
  assert.match(await row.locator(".last").innerText(), /^\d\d\.\d\d °C$/);
  assert.match(await row.locator(".age").innerText(), /^\d+ s$/);
  assert.notEqual(await row.locator(".trend path").getAttribute("d"), "");
  const number = async (column) => Number(await row.locator("td").nth(column).innerText());
  const [last, min, max] = [parseFloat(await row.locator(".last").innerText()), await number(5), await number(6)];
  assert.ok(18 <= min && min <= last && last <= max && max <= 22 && min < max, `${min} ${last} ${max}`);
  await site.page.locator("#status", { hasText: "live" }).waitFor();
  assert.deepEqual(site.faults, []);
});

test("a posted reading shows by itself", async () => {
  site = await Site.open();
  await site.chart();
  const begun = performance.now();
  await site.post({ mac: MACS[0], temperature: 77.77 });
  await site.row(MACS[0]).locator(".last", { hasText: "77.77" }).waitFor();
  console.log(`a reading showed after ${Math.round(performance.now() - begun)} ms (aim: 1000)`);
  await site.page.locator("#chart .value", { hasText: "70 °C" }).waitFor();
  await site.post({ mac: "00-17-0d-00-00-30-5d-ff", temperature: 1 });
  await site.chart(MACS.length + 1);
  assert.deepEqual(site.faults, []);
});

test("the page is light, comes once, and asks nobody else", async () => {
  site = await Site.open();
  await site.chart();
  console.log(`the first chart came after ${Math.round(await site.page.evaluate(() => performance.now()))} ms (aim: 1500)`);
  await site.page.waitForTimeout(300);
  const sum = () => [...site.weights].filter(([url]) => !url.includes("/api/")).reduce((all, [, octets]) => all + octets, 0);
  const first = sum();
  console.log(`${first} octets on the first load (plotly.js was 1 400 000)`);
  assert.ok(first > 10_000 && first <= 50_000, `${first}`);
  site.weights.clear();
  const begun = performance.now();
  await site.page.reload();
  await site.chart();
  console.log(`the chart came ${Math.round(performance.now() - begun)} ms after a reload`);
  const transferred = await site.page.evaluate(() =>
    [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
      .filter((entry) => !entry.name.includes("/api/"))
      .reduce((all, entry) => all + Math.max(0, entry.encodedBodySize && entry.transferSize - 300), 0));
  assert.equal(transferred, 0);
  assert.deepEqual(site.faults, []);
});

test("motes are shown and hidden, by keyboard too", async () => {
  site = await Site.open();
  await site.chart();
  const toggle = site.row(MACS[1]).locator(".toggle");
  await toggle.click();
  assert.equal(await toggle.getAttribute("aria-pressed"), "false");
  await site.chart(2);
  await toggle.focus();
  await site.page.keyboard.press("Space");
  await site.chart(3);
  await site.page.locator("#none").click();
  await site.chart(0);
  await site.page.locator("#all").click();
  await site.chart(3);
  assert.deepEqual(site.faults, []);
});

test("pointing at the chart tells the moment and the values, by keyboard too", async () => {
  site = await Site.open();
  await site.chart();
  const box = await site.page.locator("#chart").boundingBox();
  await site.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const told = site.page.locator(".told");
  await told.waitFor();
  assert.match(await told.innerText(), /\d\d:\d\d:\d\d/);
  assert.equal(await told.locator(".value").count(), 3);
  assert.match(await told.locator(".value").first().innerText(), new RegExp(`${MACS[2]}\\s+\\d\\d\\.\\d\\d °C`));
  await site.page.mouse.move(0, 0);
  await told.waitFor({ state: "hidden" });
  await site.page.locator("#chart").focus();
  await site.page.keyboard.press("ArrowLeft");
  await told.waitFor();
  const before = await told.locator("strong").innerText();
  await site.page.keyboard.press("ArrowLeft");
  assert.notEqual(await told.locator("strong").innerText(), before);
  await site.page.keyboard.press("+");
  await site.page.locator("#unzoom").waitFor();
  await site.page.keyboard.press("Escape");
  await site.page.locator("#unzoom").waitFor({ state: "hidden" });
  const { from } = await site.axis();
  await site.page.keyboard.press("Shift+ArrowLeft");
  await site.page.locator("#unzoom").waitFor();
  assert.ok(Math.abs(from - (await site.axis()).from - 15) < 1);
  assert.deepEqual(site.faults, []);
});

test("an address that makes no sense is passed over", async () => {
  site = await Site.open({ hash: "#range=7&from=-200000-01-01T00:00:00Z&to=never&show=x,y&sort=colour&filter=" });
  await site.page.getByLabel("1 h").waitFor({ state: "attached" });
  await site.chart(0);
  assert.equal(await site.page.getByLabel("1 h").isChecked(), true);
  assert.equal(await site.page.locator("#unzoom").isVisible(), false);
  assert.ok(Math.abs((await site.axis()).length - 60) < 1);
  assert.deepEqual(site.faults, []);
});

test("a row lifts its line and the line its row", async () => {
  site = await Site.open();
  await site.chart();
  const line = site.page.locator(`#chart g[data-mac="${MACS[1]}"]`);
  const opacity = (mac) => site.page.locator(`#chart g[data-mac="${mac}"]`).evaluate((group) => Number(getComputedStyle(group).opacity));
  await site.row(MACS[1]).hover();
  await site.page.locator("#chart .lifting .lifted").waitFor({ state: "attached" });
  assert.equal(await line.getAttribute("class"), "lifted");
  assert.ok((await opacity(MACS[0])) < 0.5 && (await opacity(MACS[1])) === 1);
  await site.page.mouse.move(0, 0);
  await site.page.locator("#chart .lifting").waitFor({ state: "detached" });
  await site.row(MACS[2]).locator(".toggle").focus();
  await site.page.locator(`#chart g.lifted[data-mac="${MACS[2]}"]`).waitFor({ state: "attached" });
  const place = await line.locator(".line").evaluate((path) => {
    const { x, y } = path.getPointAtLength(path.getTotalLength() / 2);
    const box = path.ownerSVGElement.getBoundingClientRect();
    return { x: box.left + x, y: box.top + y };
  });
  await site.page.mouse.move(place.x, place.y);
  await site.page.locator(`#motes tr.lifted[data-mac="${MACS[1]}"]`).waitFor();
  await site.page.locator(".told .lifted", { hasText: MACS[1] }).waitFor();
});

test("a double click shows only one mote, and another all of them", async () => {
  site = await Site.open();
  await site.chart();
  const toggle = site.row(MACS[1]).locator(".toggle");
  await toggle.dblclick();
  await site.chart(1);
  assert.equal(await toggle.getAttribute("aria-pressed"), "true");
  await toggle.dblclick();
  await site.chart(3);
  await toggle.click({ modifiers: ["Shift"] });
  await site.chart(1);
  await toggle.click({ modifiers: ["Shift"] });
  await site.chart(3);
  await toggle.focus();
  await site.page.keyboard.press("Shift+Enter");
  await site.chart(1);
});

test("ranges, zoom by mouse and by button, and back to live", async () => {
  site = await Site.open();
  await site.chart();
  const shows = async (minutes) => {
    for (;;) {
      const axis = await site.axis();
      if (Math.abs(axis.length - minutes) < minutes / 50) return;
      await site.page.waitForTimeout(50);
    }
  };
  await shows(60);
  await site.page.getByLabel("15 min").check();
  await shows(15);
  await site.page.locator("#ranges input").nth(1).focus();
  await site.page.keyboard.press("ArrowRight");
  await shows(180);
  await site.drag(0.6, 0.8);
  await site.page.locator("#unzoom").waitFor();
  await shows(36);
  // Live readings do not end the zoom.
  await site.post({ mac: MACS[0], temperature: 21 });
  await site.row(MACS[0]).locator(".last", { hasText: "21.00" }).waitFor();
  await shows(36);
  await site.page.locator("#zoom-in").click();
  await shows(18);
  const { from } = await site.axis();
  await site.page.locator("#earlier").click();
  await shows(18);
  assert.ok(Math.abs((await site.axis()).from - from + 9) < 0.5);
  await site.page.locator("#unzoom").click();
  await site.page.locator("#unzoom").waitFor({ state: "hidden" });
  await shows(180);
  assert.deepEqual(site.faults, []);
});

test("what is looked at is in the address", async () => {
  site = await Site.open();
  await site.chart();
  await site.page.getByLabel("3 h").check();
  await site.row(MACS[1]).locator(".toggle").click();
  await site.drag(0.7, 0.9);
  await site.page.locator("#filter").fill("5d-3");
  await site.page.locator("#list th button", { hasText: "Last" }).click();
  await site.chart(2);
  const stretch = await site.page.locator("#stretch").innerText();
  const same = async (page) => {
    await page.waitForFunction(() => document.querySelectorAll("#chart .line").length === 2);
    assert.equal(await page.locator("#stretch").innerText(), stretch);
    assert.equal(await page.locator(`tr[data-mac="${MACS[1]}"] .toggle`).getAttribute("aria-pressed"), "false");
    assert.equal(await page.locator("#filter").inputValue(), "5d-3");
    assert.equal(await page.getByLabel("3 h").isChecked(), true);
    assert.equal(await page.locator("th[aria-sort=ascending]").innerText(), "Last");
  };
  await site.page.reload();
  await same(site.page);
  // Somebody else gets the address.
  const other = await (await site.browser.newContext()).newPage();
  await other.goto(site.page.url());
  await same(other);
});

test("the chart is saved as a picture", async () => {
  site = await Site.open();
  await site.chart();
  const [download] = await Promise.all([site.page.waitForEvent("download"), site.page.locator("#picture").click()]);
  const png = await readFile(await download.path());
  assert.equal(png.toString("latin1", 1, 4), "PNG");
  assert.ok(png.readUInt32BE(16) > 2 * 1100 && png.length > 20_000, `${png.length} octets`);
  assert.deepEqual(site.faults, []);
});

test("degrees Fahrenheit, remembered", async () => {
  site = await Site.open();
  await site.chart();
  await site.post({ mac: MACS[0], temperature: 100 });
  await site.page.getByLabel("°F").check();
  await site.row(MACS[0]).locator(".last", { hasText: "212.00 °F" }).waitFor();
  await site.page.reload();
  await site.row(MACS[0]).locator(".last", { hasText: "212.00 °F" }).waitFor();
});

test("a mote gets a name that stays", async () => {
  site = await Site.open();
  await site.chart();
  const rename = async (mac, name, key) => {
    await site.row(mac).locator(".rename").focus();
    await site.page.keyboard.press("Enter");
    await site.page.keyboard.type(name);
    await site.page.keyboard.press(key);
  };
  await rename(MACS[0], "nothing", "Escape");
  await rename(MACS[1], "Attic <b>", "Enter");
  await site.row("Attic <b>").waitFor();
  await site.page.reload();
  await site.row("Attic <b>").waitFor();
  await site.page.locator("#list th button", { hasText: "Mote" }).click();
  assert.equal(await site.page.locator("#motes tr").first().locator(".name").innerText(), "Attic <b>");
  assert.equal(await site.row("nothing").count(), 0);
});

test("a server with tokens asks for one before it takes a name", async () => {
  site = await Site.open();
  const { writeFile } = await import("node:fs/promises");
  const { join } = await import("node:path");
  await site.stop();
  const file = join(site.folder, "tokens");
  await writeFile(file, "page: 0123456789abcdef\n");
  await site.start(["--tokens-file", file]);
  await site.page.reload();
  await site.row(MACS[0]).locator(".rename").click();
  await site.page.keyboard.type("Cellar");
  await site.page.keyboard.press("Enter");
  await site.page.locator("#token-value").fill("0123456789abcdef");
  await site.page.keyboard.press("Enter");
  await site.row("Cellar").waitFor();
});

test("what is shown is downloaded as CSV", async () => {
  site = await Site.open();
  await site.chart();
  await site.row(MACS[1]).locator(".toggle").click();
  const [download] = await Promise.all([site.page.waitForEvent("download"), site.page.locator("#csv").click()]);
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
  assert.equal(lines[0], "mac,timestamp,temperature");
  assert.deepEqual([...new Set(lines.slice(1).map((line) => line.split(",")[0]))].sort(), [MACS[0], MACS[2]]);
  const oldest = Math.min(...lines.slice(1).map((line) => Date.parse(line.split(",")[1])));
  assert.ok(Date.now() - oldest < 61 * 60_000);
});

test("a server that goes away is noticed, and its return too", async () => {
  site = await Site.open();
  await site.chart();
  const status = site.page.locator("#status");
  await site.stop();
  await site.page.locator("#status", { hasText: "disconnected" }).waitFor();
  assert.equal(await status.getAttribute("data-state"), "disconnected");
  await site.start();
  await site.page.locator("#status", { hasText: "live" }).waitFor();
  await site.post({ mac: MACS[0], temperature: 55.55 });
  await site.row(MACS[0]).locator(".last", { hasText: "55.55" }).waitFor();
});
