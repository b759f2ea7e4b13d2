// The page under a thumb.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { many } from "./network.js";
import { MACS, PHONE, Site } from "./site.js";

let site;

afterEach(async () => {
  await site.close();
});

/** Moves fingers from and to places on the chart ([across, down], in parts of its size), in steps. */
async function fingers(from, to) {
  const devtools = await site.context.newCDPSession(site.page);
  const box = await site.page.locator("#chart").boundingBox();
  const points = (parts) => parts.map(([across, down], id) => ({ id, x: box.x + across * box.width, y: box.y + down * box.height }));
  const send = (type, parts) => devtools.send("Input.dispatchTouchEvent", { type, touchPoints: points(parts) });
  await send("touchStart", from.slice(0, 1));
  if (from.length > 1) await send("touchStart", from);
  for (let step = 1; step <= 10; step += 1) {
    await send("touchMove", from.map((place, finger) => place.map((part, axis) => part + ((to[finger][axis] - part) * step) / 10)));
  }
  await send("touchEnd", []);
}

test("a thumb on the chart scrolls the page and leaves the chart alone", async () => {
  site = await Site.open({ ...PHONE, fill: many(6, 60) });
  await site.chart(6);
  const before = await site.axis();
  await fingers([[0.5, 0.8]], [[0.5, 0.2]]);
  await site.page.waitForFunction(() => window.scrollY > 100);
  assert.equal(await site.page.locator("#unzoom").isVisible(), false);
  assert.ok(Math.abs((await site.axis()).length - before.length) < 1);
});

test("two fingers zoom and pan, one tells values, and a button is the way back", async () => {
  site = await Site.open({ ...PHONE, hash: "#range=60" });
  await site.chart();
  await fingers([[0.4, 0.5], [0.6, 0.5]], [[0.2, 0.5], [0.8, 0.5]]);
  await site.page.locator("#unzoom").waitFor();
  const zoomed = await site.axis();
  assert.ok(Math.abs(zoomed.length - 20) < 2, `${zoomed.length} min`);
  assert.equal(await site.page.evaluate(() => window.visualViewport.scale), 1, "the page itself is not zoomed");
  await fingers([[0.3, 0.5], [0.5, 0.5]], [[0.6, 0.5], [0.8, 0.5]]);
  const panned = await site.axis();
  assert.ok(Math.abs(panned.length - zoomed.length) < 1 && Math.abs(zoomed.from - panned.from - 6) < 1.5, JSON.stringify([zoomed, panned]));
  await site.page.locator("#later").tap();
  assert.ok((await site.axis()).from > panned.from + 5);
  await site.page.locator("#unzoom").tap();
  await site.page.locator("#unzoom").waitFor({ state: "hidden" });
  const box = await site.page.locator("#chart").boundingBox();
  await site.page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
  await site.page.locator(".told", { hasText: "°C" }).waitFor();
  assert.deepEqual(site.faults, []);
});

test("nothing is cut, nothing too small for a finger, nothing hidden until hovered", async () => {
  site = await Site.open(PHONE);
  await site.chart();
  const { wide, cut, small, covered } = await site.page.evaluate(() => {
    const seen = (element) => element.checkVisibility() && !element.closest(".hidden");
    const box = (element) => element.getBoundingClientRect();
    const name = (element) => `${element.id || element.className.baseVal || element.className || element.textContent} ${Math.round(box(element).width)}×${Math.round(box(element).height)}`;
    const plot = box(document.querySelector("#chart svg"));
    const all = [...document.querySelectorAll("body *")].filter(seen);
    const pressed = all.filter((element) => element.matches("button, a, input:not([type=radio]), .segments label"));
    return {
      wide: all.filter((element) => box(element).right > 360.5 || box(element).left < -0.5).map(name),
      cut: [...document.querySelectorAll("#chart text")].filter((text) => box(text).left < plot.left - 0.5 || box(text).right > plot.right + 0.5 || box(text).bottom > plot.bottom + 0.5).map(name),
      covered: [...document.querySelectorAll(".rename")].filter((pencil) => box(pencil.parentElement.querySelector(".mac")).right > box(pencil).left + 0.5).map(name),
      small: pressed.filter((element) => box(element).width < 43.9 || box(element).height < 43.9).map(name),
    };
  });
  assert.deepEqual({ wide, cut, small, covered }, { wide: [], cut: [], small: [], covered: [] });
  const pencil = site.row(MACS[0].slice(12)).locator(".rename");
  assert.ok(await pencil.isVisible());
  assert.equal(await pencil.evaluate((button) => getComputedStyle(button).opacity), "1");
  await pencil.tap();
  await site.page.keyboard.type("A name that is too long for a phone");
  await site.page.keyboard.press("Enter");
  await site.row("A name that is").waitFor();
  assert.equal(await site.page.evaluate(() => document.documentElement.scrollWidth), 360);
});
