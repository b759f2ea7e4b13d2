// The page where clocks are not those of Greenwich.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, test } from "node:test";
import { MACS, Site } from "./site.js";
import { apart, wallClock } from "./wall-clock.js";

let site;

afterEach(async () => {
  await site.close();
});

/** All places of the lines, in the order in which they are drawn. */
function places(page) {
  return page.evaluate(() => [...document.querySelectorAll("#chart .line")].map((line) =>
    line.getAttribute("d").split(/[ML]/).slice(1).map((place) => place.split(" ").map(Number))));
}

for (const timezoneId of ["America/New_York", "Asia/Kolkata", "Europe/Berlin", "UTC"]) {
  test(`the axis is the wall clock's, and a drag asks for what it marks: ${timezoneId}`, async () => {
    site = await Site.open({ timezoneId });
    await site.chart();
    assert.ok(apart((await site.axis()).to, wallClock(timezoneId)) < 1, JSON.stringify(await site.axis()));
    assert.ok((await site.page.locator("#zone").innerText()).includes(timezoneId));
    await site.drag(0.3, 0.7);
    await site.page.locator("#unzoom").waitFor();
    const { from, to } = site.asked();
    assert.ok(Math.abs(from - 42) < 0.5 && Math.abs(to - 18) < 0.5, `asked for ${from} to ${to} minutes ago`);
    await site.page.waitForFunction(() => document.getElementById("chart").ariaBusy === "false");
    const axis = await site.axis();
    assert.ok(apart(axis.to, wallClock(timezoneId, Date.now() - 18 * 60_000)) < 1, JSON.stringify(axis));
    const [line] = await places(site.page);
    const width = (await site.page.locator("#chart").boundingBox()).width;
    assert.ok(line.length > 40 && line[0][0] < width * 0.05 && line.at(-1)[0] > width * 0.95, `${line.length} points`);
    assert.match(await site.page.locator("#csv").innerText(), /UTC/);
    const [download] = await Promise.all([site.page.waitForEvent("download"), site.page.locator("#csv").click()]);
    const rows = (await readFile(await download.path(), "utf8")).trim().split("\r\n").slice(1);
    assert.ok(rows.length > 40 && rows.every((row) => /^[^,]+,\d{4}-\d\d-\d\dT[\d:.]+Z,/.test(row)), rows[0]);
    assert.deepEqual(site.faults, []);
  });
}

/** The latest moment at which clocks in a zone were set back. */
function setBack(timeZone) {
  const half = 1_800_000;
  let time = Math.floor(Date.now() / half) * half - 24 * 2 * half;
  // Half an hour later than 02:30 it is 02:00 once more.
  while (apart(wallClock(timeZone, time - half) - 30, wallClock(timeZone, time)) > 1) time -= half;
  return time;
}

for (const timezoneId of ["Europe/Berlin", "America/New_York"]) {
  test(`in the night when summer time ends no line runs backwards: ${timezoneId}`, async () => {
    const change = setBack(timezoneId);
    const fill = Array.from({ length: 481 }, (_, index) => ({
      mac: MACS[0],
      temperature: 20 + index / 100,
      timestamp: new Date(change + (index - 240) * 30_000).toISOString(),
    }));
    const [from, to] = [-2, 2].map((hours) => new Date(change + hours * 3_600_000).toISOString());
    site = await Site.open({ timezoneId, fill, hash: `#from=${from}&to=${to}`, options: ["--retention", "400d"] });
    await site.chart(1);
    const [line] = await places(site.page);
    assert.ok(line.length > 400, `${line.length} points`);
    for (const [index, [x, y]] of line.slice(1).entries()) assert.ok(x >= line[index][0] && y <= line[index][1], `${index}: ${x} ${y}`);
    // An hour comes twice on the axis, and the two have different names.
    const texts = await site.page.locator("#chart .time").allTextContents();
    const hours = texts.map((text) => text.split(" ")[0]);
    const twice = hours.filter((hour, index) => hours.indexOf(hour) !== index);
    assert.ok(twice.length > 0 && new Set(texts).size === texts.length, texts.join(", "));
    // The minute before the change is left of the change, though its clock shows more.
    await site.page.locator("#chart").focus();
    const told = async (x) => {
      const box = await site.page.locator("#chart").boundingBox();
      await site.page.mouse.move(box.x + x * box.width, box.y + 20);
      return (await site.page.locator(".told strong").innerText()).split(", ")[1];
    };
    assert.ok((await told(0.49)) > (await told(0.51)));
    assert.deepEqual(site.faults, []);
  });
}
