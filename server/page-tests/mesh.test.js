// The view of the network: picture, table, events, and the way back in time.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { AP, mesh, openMesh, parents, postMesh } from "./mesh.js";
import { mac } from "./network.js";
import { PHONE, Site } from "./site.js";

let site;

afterEach(async () => {
  await site.close();
});

/** A network of so many motes, drawn. */
async function open(count, options = {}) {
  site = await openMesh(Site, count, { hash: "#network", ...options });
  await drawn(count);
}

/** Waits until so many motes and the access point are drawn. */
function drawn(count) {
  return site.page.waitForFunction((count) => document.querySelectorAll("#map .mote").length === count, count + 1);
}

/** Where each mote is, by mac. */
function spots() {
  return site.page.locator("#map .mote").evaluateAll((motes) =>
    Object.fromEntries(motes.map((mote) => [mote.dataset.mac, mote.getAttribute("transform").match(/[\d.]+/g).map(Number)])));
}

/** The boxes of names that touch another's, and those that are cut. */
function faultyLabels() {
  return site.page.evaluate(() => {
    const boxes = [...document.querySelectorAll("#map .mote .label")].map((label) => [label.textContent, label.getBoundingClientRect()]);
    const plot = document.querySelector("#map").getBoundingClientRect();
    const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    const pairs = boxes.flatMap(([one, a], index) => boxes.slice(index + 1).filter(([, b]) => touch(a, b)).map(([other]) => `${one} on ${other}`));
    const cut = boxes.filter(([text, box]) => text === "" || box.left < plot.left || box.right > plot.right || box.bottom > plot.bottom);
    return [...pairs, ...cut.map(([text]) => `${text} is cut`)];
  });
}

for (const count of [5, 20, 100]) {
  test(`each of ${count} motes is below its parents, with a name that can be read`, async () => {
    await open(count);
    assert.deepEqual(await faultyLabels(), []);
    const places = await spots();
    for (let mote = 0; mote < count; mote += 1) {
      for (const parent of parents(mote, count)) {
        const [above, below] = [places[parent < 0 ? AP : mac(parent)][1], places[mac(mote)][1]];
        assert.ok(above < below, `${mote} at ${below}, its parent at ${above}`);
      }
    }
    // A line for each way to a parent, and none else.
    const ways = Array.from({ length: count }, (_, mote) => parents(mote, count).length).reduce((sum, each) => sum + each, 0);
    assert.equal(await site.page.locator("#map .link").count(), ways);
    assert.equal(await site.page.locator("#network-table tbody tr").count(), count + 1);
    assert.match(await site.page.locator("#network-when").innerText(), new RegExp(`^${count} motes, reliability 99.9 %, stability 88 %, latency 1200 ms$`));
    assert.deepEqual(site.faults, []);
  });
}

test("a line is what was measured, and dashed where nothing was", async () => {
  await open(5);
  const link = (a, b) => site.page.locator(`#map .link[data-ends="${a} ${b}"] path`);
  const classes = (a, b) => link(a, b).evaluateAll((paths) => paths.map((path) => path.getAttribute("class")));
  // Mote 0 is heard well by the access point and hears it badly; mote 1 is as good both ways.
  assert.deepEqual(await classes(mac(0), AP), ["good", "poor"]);
  assert.deepEqual(await classes(mac(1), AP), ["good"]);
  const [last] = parents(4, 5);
  assert.deepEqual(await classes(mac(4), mac(last)), ["estimated"]);
  const dash = (a, b) => link(a, b).first().evaluate((path) => getComputedStyle(path).strokeDasharray);
  assert.notEqual(await dash(mac(4), mac(last)), "none");
  assert.equal(await dash(mac(1), AP), "none");
  // Without their colours good and poor still differ.
  const widths = await link(mac(0), AP).evaluateAll((paths) => paths.map((path) => parseFloat(getComputedStyle(path).strokeWidth)));
  assert.ok(widths[1] >= 2 * widths[0], `${widths}`);
  assert.deepEqual(await site.page.locator(`#map .word[data-ends="${mac(0)} ${AP}"]`).textContent(), "98 % ↑ 10 % ↓");
});

test("unused paths and heard neighbours are a click away each, and in the address", async () => {
  await open(20);
  const links = () => site.page.locator("#map .link").count();
  const used = await links();
  await site.page.locator("#show-unused").click();
  const more = await links();
  assert.ok(more > used, `${more} of ${used}`);
  await site.page.locator("#show-heard").focus();
  await site.page.keyboard.press("Enter");
  const all = await links();
  assert.ok(all > more, `${all} of ${more}`);
  await site.page.reload();
  await drawn(20);
  assert.equal(await links(), all);
  assert.match(site.page.url(), /#network\?unused&heard$/);
  await site.page.locator("#show-unused").click();
  await site.page.locator("#show-heard").click();
  assert.equal(await links(), used);
  assert.deepEqual(site.faults, []);
});

test("what is new is drawn by itself, and nobody changes places for it", async () => {
  await open(20);
  await site.page.locator("#status:not([data-state=connecting])").waitFor();
  const before = await spots();
  const [parent, newcomer] = [mac(0), "00-17-0d-00-00-40-77-77"];
  const timestamp = new Date().toISOString();
  await postMesh(site, {
    readings: [{ mac: newcomer, timestamp, battery_voltage: 3001, hop_depth: 2, mote_state: 4 }],
    links: [{ mac: newcomer, neighbour: parent, kind: "path", direction: "upstream", quality: 90, timestamp }],
    events: [{ event: "moteJoin", number: 999, mac: newcomer, timestamp }],
  });
  await drawn(21);
  const { [newcomer]: place, ...others } = await spots();
  assert.deepEqual(others, before);
  assert.ok(place);
  await site.page.locator("#network-events li", { hasText: newcomer }).first().waitFor();
  await site.page.locator(`#network-table tr[data-mac="${newcomer}"]`, { hasText: "3.00 V" }).waitFor();
  assert.deepEqual(site.faults, []);
});

test("a mote that is chosen says what is known of it, and its row the same", async () => {
  await open(20);
  await site.label(mac(9), "Attic <b>");
  const told = site.page.locator("#network-told");
  await site.page.locator(`#map .mote[data-mac="${mac(9)}"]`).click();
  await site.page.locator("#network-told", { hasText: "Attic <b>" }).waitFor();
  for (const part of ["2 hops", "parents: ", "battery 2.96 V", "(2 times)", mac(9)]) assert.ok((await told.innerText()).includes(part), part);
  assert.equal(await site.page.locator("#network b").count(), 0, "a name is no markup");
  const row = site.page.locator(`#network-table tr[data-mac="${mac(9)}"]`, { hasText: "Attic <b>" });
  assert.match(await row.innerText(), /Attic <b>\s+\S+\s+2\s+2\.96 V\s+40-00-\w\w \d+ %/);
  // By keyboard: a row that has the focus raises its mote.
  await site.page.locator(`#network-table tr[data-mac="${mac(12)}"] a`).focus();
  await site.page.locator(`#map .mote.lifted[data-mac="${mac(12)}"]`).waitFor();
  await site.page.keyboard.press("Enter");
  await site.page.locator("#mote-title", { hasText: mac(12) }).waitFor();
  assert.ok(site.page.url().endsWith(`#mote/${mac(12)}`));
  assert.deepEqual(site.faults, []);
});

test("the table is sorted by what its heading says", async () => {
  await open(20);
  const column = async (index) => (await site.page.locator(`#network-table tbody td:nth-child(${index})`).allInnerTexts()).map((text) => parseFloat(text));
  const hops = await column(3);
  assert.deepEqual(hops, hops.toSorted((a, b) => a - b));
  await site.page.locator("#network-table th button", { hasText: "Battery" }).click();
  const ascending = (await column(4)).slice(0, 20);
  assert.deepEqual(ascending, ascending.toSorted((a, b) => a - b));
  await site.page.locator("#network-table th button", { hasText: "Battery" }).click();
  assert.equal(await site.page.locator("#network-table th[aria-sort=descending]").innerText(), "Battery");
});

test("the slider goes back to what the network was", async () => {
  site = await Site.open({ fill: false, hash: "#network" });
  const before = Date.now() - 2 * 3_600_000;
  await postMesh(site, mesh(5, before));
  await postMesh(site, mesh(20));
  await drawn(20);
  const slider = site.page.getByLabel("Time", { exact: true });
  // It reaches back to what is there, and not for the whole month.
  await site.page.reload();
  await drawn(20);
  const oldest = Number(await slider.getAttribute("min"));
  assert.ok(oldest <= -120 && oldest >= -240, `${oldest} min`);
  await slider.focus();
  const steps = 11;
  for (let step = 0; step < steps; step += 1) await site.page.keyboard.press("ArrowLeft");
  await drawn(5);
  await site.page.locator("#network-when", { hasText: "past: " }).waitFor();
  await site.page.waitForFunction(() => location.hash.includes("at="));
  const at = Date.parse(new URLSearchParams(new URL(site.page.url()).hash.split("?")[1]).get("at"));
  assert.ok(Math.abs(Date.now() - at - steps * 600_000) < 90_000, `${at}`);
  // Nothing that came later is told of.
  assert.equal(await site.page.locator("#network-events li").count(), 10);
  await site.page.reload();
  await drawn(5);
  await site.page.locator("#network-now").click();
  await drawn(20);
  assert.ok(!site.page.url().includes("at="));
  // An event leads to its moment.
  await site.page.locator("#network-events li button").last().click();
  await site.page.locator("#network-now").waitFor();
  assert.deepEqual(site.faults, []);
});

test("events are filtered by mote and kind, the newest first, older ones by a button", async () => {
  site = await Site.open({ fill: false, hash: "#network" });
  await postMesh(site, mesh(60));
  const items = site.page.locator("#network-events li");
  await site.page.waitForFunction(() => document.querySelectorAll("#network-events li").length === 100);
  const numbers = async () => (await items.locator(".when").allInnerTexts()).length;
  await site.page.locator("#network-events .older").click();
  await site.page.waitForFunction(() => document.querySelectorAll("#network-events li").length === 120);
  assert.equal(await site.page.locator("#network-events .older").isVisible(), false);
  const times = await items.locator(".when").allInnerTexts();
  assert.deepEqual(times, times.toSorted().reverse());
  await site.page.locator("#network-events .kind").selectOption("moteJoin");
  await site.page.waitForFunction(() => document.querySelectorAll("#network-events li").length === 60);
  await site.page.locator("#network-events .of").selectOption(mac(7));
  await site.page.waitForFunction(() => document.querySelectorAll("#network-events li").length === 1);
  assert.match(await items.innerText(), new RegExp(`moteJoin\\s+${mac(7)}`));
  assert.equal(await numbers(), 1);
  await site.page.locator("#network-events .kind").selectOption("moteLost");
  await site.page.locator("#network-events .none").waitFor();
  assert.deepEqual(site.faults, []);
});

test("the network is saved as a picture", async () => {
  await open(20);
  await site.label(mac(0), "<script>");
  await site.page.locator("#map .label", { hasText: "<script>" }).waitFor();
  const [download] = await Promise.all([site.page.waitForEvent("download"), site.page.locator("#network-svg").click()]);
  const text = await readFile(await download.path(), "utf8");
  assert.equal(download.suggestedFilename(), "network.svg");
  // Another reader of XML takes it for a picture with every mote in it.
  const found = await site.page.evaluate((text) => {
    const { documentElement: root } = new DOMParser().parseFromString(text, "image/svg+xml");
    const line = root.querySelector(".link path");
    return { name: root.localName, motes: root.querySelectorAll(".mote").length, scripts: root.querySelectorAll("script").length, stroke: line.getAttribute("stroke"), width: Number(root.getAttribute("width")) };
  }, text);
  assert.equal(found.name, "svg");
  assert.equal(found.motes, 21);
  assert.equal(found.scripts, 0);
  assert.match(found.stroke, /^rgb/);
  assert.ok(found.width > 1000);
  assert.deepEqual(site.faults, []);
});

test("on a phone a hundred motes are there for a finger", async () => {
  await open(100, { ...PHONE, viewport: { width: 390, height: 844 } });
  assert.deepEqual(await faultyLabels(), []);
  const { wide, small, touching } = await site.page.evaluate(() => {
    const seen = (element) => element.checkVisibility() && !element.closest(".hidden");
    const size = (element) => element.getBoundingClientRect();
    const pressed = [...document.querySelectorAll("button, a, select, input:not([type=radio]), #map .hand")].filter(seen);
    const hands = [...document.querySelectorAll("#map .hand")].map(size);
    return {
      wide: document.documentElement.scrollWidth > window.innerWidth,
      small: pressed.filter((element) => size(element).width < 43.9 || size(element).height < 43.9).map((element) => element.outerHTML),
      touching: hands.filter((a, index) => hands.slice(index + 1).some((b) => a.left < b.right - 0.1 && b.left < a.right - 0.1 && a.top < b.bottom - 0.1 && b.top < a.bottom - 0.1)).length,
    };
  });
  assert.deepEqual({ wide, small, touching }, { wide: false, small: [], touching: 0 });
  await site.page.locator(`#map .mote[data-mac="${mac(50)}"] .hand`).tap();
  await site.page.locator("#network-told", { hasText: mac(50) }).waitFor();
  assert.ok(await site.page.locator("#network-told").evaluate((told) => told.getBoundingClientRect().top < window.innerHeight && told.getBoundingClientRect().bottom > 0), "it is seen");
  assert.deepEqual(site.faults, []);
});

test("a mote that the manager has lost is seen at once", async () => {
  await open(5);
  await postMesh(site, { readings: [{ mac: mac(2), mote_state: 0 }], links: [], events: [] });
  await site.page.locator(`#map .mote[data-mac="${mac(2)}"][data-state=lost] .sign`, { hasText: "×" }).waitFor();
  assert.match(await site.page.locator(`#network-table tr[data-mac="${mac(2)}"]`).innerText(), /lost/);
  assert.deepEqual(site.faults, []);
});

test("nothing known is said, and fills by itself", async () => {
  site = await Site.open({ fill: false, hash: "#network" });
  await site.page.locator("#network-none").waitFor();
  await postMesh(site, mesh(5));
  await drawn(5);
  await site.page.locator("#network-none").waitFor({ state: "hidden" });
  // And back to the temperatures, by keyboard.
  await site.page.locator("#views a").first().focus();
  await site.page.keyboard.press("Enter");
  await site.chart(5);
  assert.equal(await site.page.locator("#map").isVisible(), false);
  assert.deepEqual(site.faults, []);
});
