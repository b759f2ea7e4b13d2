// A hundred motes, and four thousand.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { mac, many } from "./network.js";
import { MACS, Site } from "./site.js";

let site;

afterEach(async () => {
  await site.close();
});

const banded = () => site.page.waitForFunction(() => document.querySelector("#chart .area")?.getAttribute("d"));

/** How long what a press does keeps the page busy, with the layout that follows, in ms. */
function busy(selector) {
  return site.page.evaluate((selector) => {
    const begun = performance.now();
    document.querySelector(selector).click();
    document.getElementById("chart").getBoundingClientRect();
    return performance.now() - begun;
  }, selector);
}

test("a hundred motes over twelve hours open as a band, with the chosen ones over it", async () => {
  site = await Site.open({ fill: many(100, 1440), hash: "#range=720" });
  await banded();
  const first = await site.page.evaluate(() => performance.now());
  console.log(`the first chart of 100 motes × 12 h came after ${Math.round(first)} ms (aim: 1500)`);
  assert.ok(first < 20_000, `${first} ms`);
  await site.chart(0);
  await site.row(mac(7)).locator(".toggle").click();
  await site.chart(1);
  // A line that is not drawn is there while its row is pointed at.
  await site.row(mac(8)).hover();
  await site.page.locator(`#chart g.lifted[data-mac="${mac(8)}"] .line[d]`).waitFor({ state: "attached" });
  await site.page.mouse.move(0, 0);
  await site.chart(1);
  await site.page.locator("#all").click();
  await site.chart(100);
  // Each line differs from the others by colour or dash, and its row shows both.
  const looks = await site.page.locator("#motes tr").evaluateAll((rows) => rows.map((row) => {
    const swatch = row.querySelector(".swatch path");
    return `${getComputedStyle(swatch).stroke} ${swatch.getAttribute("stroke-dasharray")}`;
  }));
  assert.equal(new Set(looks).size, 50);
  const drawing = [await busy("input[value=F]"), await busy("input[value=C]")];
  console.log(`100 lines × 12 h were drawn in ${drawing.map(Math.round).join(" and ")} ms (aim: 100)`);
  assert.ok(Math.min(...drawing) < 2000, `${drawing} ms`);
  await site.page.locator("#none").click();
  await site.chart(0);
  const band = [await busy("input[value=F]"), await busy("input[value=C]")];
  console.log(`their band was drawn in ${band.map(Math.round).join(" and ")} ms (aim: 100)`);
  assert.deepEqual(site.faults, []);
});

test("motes are found by name, and sorted", async () => {
  site = await Site.open({ fill: many(20, 3) });
  await banded();
  await site.label(mac(3), "Boiler 10");
  await site.label(mac(9), "Boiler 9");
  await site.page.reload();
  await banded();
  const names = () => site.page.locator("#motes tr").evaluateAll((rows) => rows.map((row) => row.querySelector(".name").textContent || row.dataset.mac));
  await site.page.locator("#list th button", { hasText: "Mote" }).click();
  assert.deepEqual((await names()).slice(0, 3), ["Boiler 9", "Boiler 10", mac(0)]);
  await site.page.locator("#list th button", { hasText: "Last" }).click();
  const values = await site.page.locator("#motes .last").evaluateAll((cells) => cells.map((cell) => parseFloat(cell.textContent)));
  assert.deepEqual(values, values.toSorted((a, b) => a - b));
  await site.page.locator("#filter").fill("boil 9");
  assert.deepEqual(await names(), ["Boiler 9"]);
  await site.page.locator("#summary", { hasText: "1 mote found" }).waitFor();
  await site.page.locator("#all").click();
  await site.chart(1);
  await site.page.locator("#filter").fill("");
  await site.page.waitForFunction(() => document.querySelectorAll("#motes tr").length === 20);
});

test("of four thousand motes only what is seen is there", async () => {
  site = await Site.open({ fill: many(4000, 3) });
  await banded();
  const rows = () => site.page.locator("#motes tr").count();
  assert.ok((await rows()) > 5 && (await rows()) <= 100, `${await rows()} rows`);
  await site.page.locator("#summary", { hasText: "4000" }).waitFor();
  await site.page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await site.page.locator("#scroller").evaluate((scroller) => { scroller.scrollTop = scroller.scrollHeight; });
  await site.row(mac(3999)).waitFor();
  assert.ok((await rows()) <= 100, `${await rows()} rows`);
  await site.page.locator("#all").click();
  await site.chart(100);
  await site.page.locator("#notes", { hasText: "first 100 of 4000" }).waitFor();
  await site.page.locator("#none").click();
  await site.page.locator("#filter").fill(mac(2345));
  await site.row(mac(2345)).locator(".toggle").click();
  await site.chart(1);
  assert.ok(site.questions.at(-1).includes(mac(2345)), "the chosen mote is asked for in detail");
  const drawing = await busy("input[value=F]");
  console.log(`the chart of 4000 motes was drawn in ${Math.round(drawing)} ms (aim: 100)`);
  assert.deepEqual(site.faults, []);
});

test("the list of four thousand motes is taken at once", async () => {
  site = await Site.open();
  await site.chart();
  const [times, thinned] = await site.page.evaluate(async () => {
    const base = document.querySelector("script[type=module]").src.replace("main.js", "");
    const { Motes } = await import(`${base}motes.js`);
    const { Points } = await import(`${base}points.js`);
    const timestamp = new Date().toISOString();
    const latest = Array.from({ length: 4000 }, (_, index) => {
      const mac = `00-17-0d-00-00-50-${(index >> 8).toString(16).padStart(2, "0")}-${(index & 255).toString(16).padStart(2, "0")}`;
      return { mac, label: `mote ${4000 - index}`, state: "ok", pace_seconds: 30, since: timestamp, last: { mac, timestamp, temperature: 20 } };
    });
    const times = [0, 1, 2].map(() => {
      const motes = new Motes();
      const begun = performance.now();
      motes.setLatest(latest);
      return performance.now() - begun;
    });
    // A day left open: the points of a mote have a bound.
    const points = new Points();
    for (let index = 0; index < 100_000; index += 1) points.append(index * 30_000, 20);
    return [times, points.times.length];
  });
  console.log(`setLatest of 4000 motes took ${times.map(Math.round).join(", ")} ms (aim: 50)`);
  assert.ok(Math.min(...times) < 1000, `${times}`);
  assert.ok(thinned <= 2400, `${thinned} points`);
  await site.row(MACS[0]).waitFor();
});
