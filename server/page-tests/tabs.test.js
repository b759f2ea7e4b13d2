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
