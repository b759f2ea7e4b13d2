// A site's page: found by a link, and of that site alone.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { afterEach, test } from "node:test";
import { promisify } from "node:util";
import { MACS, Site } from "./site.js";

const BINARY = process.env.CLOUDDATA_SERVER ?? "clouddata-server";

let site;

afterEach(async () => {
  await site.close();
});

/** What the program prints that is told to do this on the site's server. */
async function tell(...words) {
  const { stdout } = await promisify(execFile)(BINARY, ["--data-dir", site.folder, ...words]);
  return stdout.trim();
}

/** Sends something with a token; tries again while the server does not know it yet. */
async function send(token, method, path, body) {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  for (let tries = 0; tries < 100; tries += 1) {
    const response = await fetch(site.url + path, { method, headers, body: JSON.stringify(body) });
    if (response.status === 204) return;
    assert.equal(response.status, 401);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  throw new Error(`${path} stays 401`);
}

/** A site with one mote and tokens to look and to write. */
async function add(name, mac, temperature) {
  await tell("site", "add", name);
  const read = await tell("token", "add", name, "viewer", "--scope", "read");
  const write = await tell("token", "add", name, "sender", "--scope", "write");
  const admin = await tell("token", "add", name, "boss", "--scope", "admin");
  await send(write, "POST", `/s/${name}/api/v1/oap`, { mac, temperature });
  return { read, write, admin };
}

test("a link opens a site's page, which is live and shows its motes alone", async () => {
  site = await Site.open({ fill: false });
  const north = await add("north", MACS[0], 11.25);
  const south = await add("south", MACS[1], 22.5);
  await site.post({ mac: MACS[2], temperature: 33.75 });
  const { page } = site;
  await page.goto(`${site.url}/s/north/?token=${north.read}`);
  assert.match(page.url(), /\/s\/north\/(#.*)?$/);
  await page.locator("#status", { hasText: "live" }).waitFor();
  await site.row(MACS[0]).locator(".last", { hasText: "11.25" }).waitFor();

  // What is new comes by the stream, and what is new elsewhere does not.
  await send(south.write, "POST", "/api/v1/oap", { mac: MACS[0], temperature: 66.5 });
  await site.post({ mac: MACS[0], temperature: 77.5 });
  await send(north.write, "POST", "/api/v1/oap", { mac: MACS[0], temperature: 44.25 });
  await site.row(MACS[0]).locator(".last", { hasText: "44.25" }).waitFor();
  const text = await page.locator("body").innerText();
  for (const foreign of [MACS[1], MACS[2], "66.5", "77.5"]) assert.ok(!text.includes(foreign), foreign);
  assert.equal(await page.locator("#motes tr").count(), 1);

  // The other views, the file and the label are the site's too.
  await page.goto(`${site.url}/s/north/#network`);
  await page.locator("#network").waitFor();
  await page.goto(`${site.url}/s/north/#mote/${MACS[0]}`);
  await page.locator("#quantities button").first().waitFor();
  const csv = await page.evaluate(async () => (await fetch(document.getElementById("csv").href)).text());
  assert.equal(csv.trim().split("\n").length, 3);
  assert.ok(csv.includes(",44.25") && !csv.includes("66.5"), csv);
  assert.deepEqual(site.faults, []);
});

test("tabs of two sites each have their own stream", async () => {
  site = await Site.open({ fill: false });
  const north = await add("north", MACS[0], 11.25);
  const south = await add("south", MACS[0], 22.5);
  const { page } = site;
  const other = await site.context.newPage();
  site.watch(other);
  await page.goto(`${site.url}/s/north/?token=${north.read}`);
  await other.goto(`${site.url}/s/south/?token=${south.read}`);
  for (const tab of [page, other]) await tab.locator("#status", { hasText: "live" }).waitFor();
  await send(north.write, "POST", "/api/v1/oap", { mac: MACS[0], temperature: 12.25 });
  await send(south.write, "POST", "/api/v1/oap", { mac: MACS[0], temperature: 23.5 });
  await page.locator("#motes .last", { hasText: "12.25" }).waitFor();
  await other.locator("#motes .last", { hasText: "23.5" }).waitFor();
  assert.deepEqual(site.faults, []);
});

test("a mote is named with an admin's token, which the page asks for", async () => {
  site = await Site.open({ fill: false });
  const north = await add("north", MACS[0], 11.25);
  const { page } = site;
  await page.goto(`${site.url}/s/north/?token=${north.read}`);
  await site.row(MACS[0]).waitFor();
  await site.row(MACS[0]).locator(".rename").click();
  await page.keyboard.type("attic");
  await page.keyboard.press("Enter");
  await page.locator("#token-value").fill(north.admin);
  await page.keyboard.press("Enter");
  await site.row(MACS[0]).filter({ hasText: "attic" }).waitFor();
});
