// Pages of several servers at once, for the cluster's bench (server/benches/load/cluster/pages.rs):
//
//   node opinions.js FRONT SERVER...
//
// At each line on stdin it waits until all pages are live, posts a reading to FRONT, and looks until each page
// shows it and all say the same of each mote. A JSON object a line says how long that took, in ms, and what they
// said when it had taken long; else what is wrong.

import { createInterface } from "node:readline";
import { browse } from "./site.js";

/** Until something is taken for not coming, in ms. */
const PATIENCE = 90_000;
/** What is longer than is hoped for, in ms. */
const LONG = 1_500;
/** A mote beside those of the simulated manager. */
const MAC = "00-17-0d-00-00-31-ff-01";

const [front, ...servers] = process.argv.slice(2);
const browsers = [];
for (const server of servers) {
  const { browser, page } = await browse({ viewport: { width: 1280, height: 900 } });
  browsers.push({ browser, page });
  await page.goto(server);
}
const pages = browsers.map(({ page }) => page);

/** Posts as a gateway does: until it is answered. */
async function deliver(temperature) {
  for (const begun = Date.now(); Date.now() - begun < PATIENCE; ) {
    const body = JSON.stringify({ mac: MAC, temperature });
    const answer = await fetch(`${front}/api/v1/oap`, { method: "POST", headers: { "content-type": "application/json" }, body }).catch(() => null);
    if (answer?.status === 204) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("a reading is not answered");
}

/** Which motes a page has, each with its state, and what it shows of ours. */
const opinion = (page) =>
  page.evaluate((mac) => {
    const rows = [...document.querySelectorAll("#motes tr")];
    const states = rows.map((row) => `${row.dataset.mac} ${row.dataset.state}`).sort();
    const own = rows.find((row) => row.dataset.mac === mac);
    return { states: states.join(), last: own?.querySelector(".last").textContent ?? "" };
  }, MAC);

/** What each page shows of ours, and of the motes of which not all say the same. */
function differences(opinions) {
  const said = opinions.map(({ states }) => states.split(","));
  return opinions.map(({ last }, page) => [last, ...said[page].filter((state) => !said.every((other) => other.includes(state)))].join());
}

let number = 0;
async function look() {
  const begun = Date.now();
  await Promise.all(pages.map((page) => page.waitForFunction(() => document.getElementById("status").dataset.state === "live", null, { timeout: PATIENCE, polling: 50 })));
  const live = Date.now() - begun;
  number += 1;
  const shown = `${(20 + number / 100).toFixed(2)} °C`;
  await deliver(20 + number / 100);
  const posted = Date.now();
  let opinions;
  let differed;
  while (Date.now() - posted < PATIENCE) {
    opinions = await Promise.all(pages.map(opinion));
    if (opinions.every(({ last, states }) => last === shown && states === opinions[0].states)) return { live, agreed: Date.now() - posted, differed };
    if (Date.now() - posted > LONG) differed ??= differences(opinions);
    await new Promise((done) => setTimeout(done, 20));
  }
  return { live, shown, opinions };
}

for await (const _ of createInterface({ input: process.stdin })) {
  const answer = await look().catch(async (error) => ({ error: error.message, status: await Promise.all(pages.map((page) => page.locator("#status").textContent())) }));
  console.log(JSON.stringify(answer));
}
for (const { browser } of browsers) await browser.close();
