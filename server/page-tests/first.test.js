// The first minutes, before there is a reading.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { MACS, Site } from "./site.js";

let site;

afterEach(async () => {
  await site.close();
});

/** Says what a gateway says of itself. */
async function gateway(manager) {
  const response = await site.send("POST", "/api/v1/gateways", { interval_seconds: 30, ...manager });
  assert.equal(response.status, 204, await response.text());
}

test("without a gateway it says how to start one, and fills by itself", async () => {
  site = await Site.open({ fill: false });
  await site.page.locator("#empty", { hasText: `clouddata-gateway --server ${site.url}` }).waitFor();
  await site.page.locator("#here-only", { hasText: "this computer only" }).waitFor();
  assert.equal(await site.page.locator("#status").innerText(), "waiting for readings");
  await site.post({ mac: MACS[0], temperature: 22.97 });
  await site.row(MACS[0]).locator(".last", { hasText: "22.97" }).waitFor();
  assert.equal(await site.page.locator("#empty").isVisible(), false);
  await site.page.locator("#status", { hasText: "live" }).waitFor();
  assert.deepEqual(site.faults, []);
});

test("with a gateway it says how far that is, and not to start one", async () => {
  site = await Site.open({ fill: false });
  const standing = site.page.locator("#standing");
  await site.page.locator("#empty").waitFor();
  for (const [manager, text] of [
    [{ port: null, phase: "searching", motes_known: null, motes_operational: null }, "looks for a manager"],
    [{ port: "/dev/ttyUSB3", phase: "connecting", motes_known: null, motes_operational: null }, "connects to the manager on /dev/ttyUSB3"],
    [{ port: "/dev/ttyUSB3", phase: "connected", motes_known: 5, motes_operational: 0 }, "Manager found on /dev/ttyUSB3. 5 motes known, 0 operational. Motes take some minutes to join"],
    [{ port: "/dev/ttyUSB3", phase: "connected", motes_known: 5, motes_operational: 1 }, "5 motes known, 1 operational. The first report is due within 30 s"],
  ]) {
    await gateway(manager);
    await site.page.locator("#standing", { hasText: text }).waitFor();
    assert.equal(await standing.locator("li").count(), 1);
    assert.equal(await site.page.locator("#how").isVisible(), false);
    assert.equal(await site.page.locator("#status").innerText(), "waiting for readings");
  }
  await site.post({ mac: MACS[0], temperature: 22.97 });
  await site.row(MACS[0]).locator(".last", { hasText: "22.97" }).waitFor();
  assert.deepEqual(site.faults, []);
});

test("a gateway that was there and is away is said to be away", async () => {
  site = await Site.open({ fill: false });
  await gateway({ interval_seconds: 1, port: "/dev/ttyUSB3", phase: "connected", motes_known: 5, motes_operational: 1 });
  await site.page.locator("#standing", { hasText: "The first report is due within 30 s" }).waitFor();
  await site.page.locator("#standing", { hasText: /is away, last heard \d+ s ago/ }).waitFor({ timeout: 120_000 });
  assert.equal(await site.page.locator("#how").isVisible(), false);
  assert.deepEqual(site.faults, []);
});

test("the first readings are dots, and the axis begins with them", async () => {
  site = await Site.open({ fill: false });
  await site.page.locator("#empty").waitFor();
  await site.post({ mac: MACS[0], temperature: 20, timestamp: new Date(Date.now() - 31_000).toISOString() });
  await site.post({ mac: MACS[0], temperature: 21 });
  await site.page.waitForFunction(() => (document.querySelector("#chart .dots")?.getAttribute("d").match(/M/g) ?? []).length >= 2);
  assert.ok((await site.axis()).length < 2);
  await site.page.locator("#stretch", { hasText: "since the first reading" }).waitFor();
});
