// Pictures of the page for the documentation: node screenshots.js FOLDER

import { join } from "node:path";
import { Site } from "./site.js";

const NAMES = ["Attic", "Cellar", "Greenhouse", "Kitchen", "Server room", ""];

/** Twelve hours of six rooms at 30 s, each with a day, a heater and a sensor's noise of its own. */
function rooms() {
  const now = Date.now();
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  return NAMES.flatMap((name, mote) =>
    Array.from({ length: 1440 }, (_, step) => {
      const hours = (step * 30) / 3600;
      const day = (1 + mote % 3) * Math.sin((hours + mote * 2) / 3.8);
      const heater = 0.35 * Math.sin(hours * (5 + mote)) ** 3;
      return {
        mac: `00-17-0d-00-00-30-5d-${(0x39 + mote).toString(16)}`,
        temperature: Number((17 + 2.1 * mote + day + heater + 0.08 * (random() - 0.5)).toFixed(2)),
        timestamp: new Date(now - (step + random() * 0.2) * 30_000).toISOString(),
      };
    }).filter((_, step) => (mote !== 4 || step >= 45) && (mote !== 1 || step < 500 || step > 700)),
  );
}

const folder = process.argv[2] ?? ".";
for (const [name, options] of [
  ["page-light", {}],
  ["page-dark", { colorScheme: "dark" }],
  ["page-phone", { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }],
]) {
  const site = await Site.open({ ...options, fill: false });
  const readings = rooms();
  for (let start = 0; start < readings.length; start += 5000) await site.post(readings.slice(start, start + 5000));
  for (const [mote, label] of NAMES.entries()) {
    await fetch(`${site.url}/api/v1/motes/00-17-0d-00-00-30-5d-${(0x39 + mote).toString(16)}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ label }),
    });
  }
  await site.page.evaluate(() => localStorage.setItem("range", "720"));
  await site.page.reload();
  await site.chart(NAMES.length);
  await site.page.waitForTimeout(500);
  const path = join(folder, `${name}.png`);
  await site.page.screenshot({ path, fullPage: true });
  console.log(path);
  await site.close();
}
