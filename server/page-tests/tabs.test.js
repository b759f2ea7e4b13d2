// Many tabs of one browser, and those that nobody looks at.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { MACS, Site } from "./site.js";

let site;

afterEach(async () => {
  await site.close();
});

/** How many streams the server has open. */
async function streams() {
  const text = await (await fetch(`${site.url}/metrics`)).text();
  return Number(/^\w*stream_listeners (\d+)$/m.exec(text)[1]);
}

async function untilStreams(count) {
  while ((await streams()) !== count) await site.page.waitForTimeout(100);
}

test("eight tabs are all live, by one stream", async () => {
  site = await Site.open();
  const tabs = [site.page];
  while (tabs.length < 8) {
    const tab = await site.context.newPage();
    site.watch(tab);
    await tab.goto(site.url);
    tabs.push(tab);
  }
  for (const tab of tabs) await tab.locator("#status", { hasText: "live" }).waitFor();
  await site.post({ mac: MACS[0], temperature: 33.33 });
  for (const tab of tabs) await tab.locator("#motes .last", { hasText: "33.33" }).waitFor();
  assert.equal(await streams(), 1);
  assert.deepEqual(site.faults, []);
});

test("a tab that nobody sees has no stream, and shows what it missed when it is seen again", async () => {
  site = await Site.open();
  await site.chart();
  await untilStreams(1);
  const hide = (hidden) => site.page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
  await hide(true);
  await untilStreams(0);
  await site.post({ mac: MACS[0], temperature: 44.44 });
  await hide(false);
  await site.row(MACS[0]).locator(".last", { hasText: "44.44" }).waitFor();
  await untilStreams(1);
  await site.page.locator("#status", { hasText: "live" }).waitFor();
});

test("what comes between the answers and the stream's begin shows, and its points", async () => {
  site = await Site.open({ fill: false });
  await site.fill();
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await site.page.route("**/api/v1/stream", async (route) => {
    await held;
    await route.continue();
  });
  // The stream of a shared worker could not be held.
  await site.page.addInitScript(() => { delete window.SharedWorker; });
  await site.page.reload();
  await site.chart();
  const count = site.questions.length;
  await site.post({ mac: MACS[0], temperature: 77.77 });
  await site.post({ mac: "00-17-0d-00-00-30-5d-ff", temperature: 1 });
  release();
  await site.row(MACS[0]).locator(".last", { hasText: "77.77" }).waitFor();
  await site.chart(MACS.length + 1);
  assert.equal(site.questions.length, count + 1);
  // And when there is nothing between, the points are not asked for twice.
  await site.page.unrouteAll();
  site.questions.length = 0;
  await site.page.reload();
  await untilStreams(1);
  await site.page.waitForTimeout(1000);
  assert.equal(site.questions.length, 1);
  assert.deepEqual(site.faults, []);
});

test("a page that is left open keeps its size", async () => {
  site = await Site.open({ fill: false });
  const devtools = await site.context.newCDPSession(site.page);
  await site.page.locator("#empty").waitFor();
  const begin = Date.now() - 3_500_000;
  /** As many readings of each mote as come in some hours. */
  const hours = async (first) => {
    for (let step = first; step < first + 2500; step += 500) {
      await site.post(Array.from({ length: 500 }, (_, index) => MACS.map((mac) => ({
        mac, temperature: 20 + Math.sin(step + index), timestamp: new Date(begin + (step + index) * 200).toISOString(),
      }))).flat());
      const newest = (20 + Math.sin(step + 499)).toFixed(2);
      await site.row(MACS[0]).locator(".last", { hasText: newest }).waitFor();
    }
    await devtools.send("HeapProfiler.collectGarbage");
    const { usedSize } = await devtools.send("Runtime.getHeapUsage");
    return { usedSize, nodes: await site.page.evaluate(() => document.querySelectorAll("*").length) };
  };
  const first = await hours(0);
  await hours(2500);
  const last = await hours(5000);
  console.log(`the heap was ${(first.usedSize / 1e6).toFixed(1)} MB, and after three times as many readings ${(last.usedSize / 1e6).toFixed(1)} MB`);
  assert.ok(last.usedSize < first.usedSize + 2_000_000, `${first.usedSize} ${last.usedSize}`);
  assert.ok(last.nodes < first.nodes + 50, `${first.nodes} ${last.nodes}`);
  assert.deepEqual(site.faults, []);
});
