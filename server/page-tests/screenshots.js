// Pictures of the page for the documentation: node screenshots.js FOLDER

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { browse, PHONE, Site } from "./site.js";

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

/** What one sees a minute after `clouddata --simulate`. */
async function firstMinute(path) {
  const data = await mkdtemp(join(tmpdir(), "page-"));
  const system = spawn(process.env.CLOUDDATA, ["--simulate", "--listen", "127.0.0.1:0", "--data-dir", data], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const line of createInterface({ input: system.stdout })) {
    const [url] = /http:\S+/.exec(line) ?? [];
    if (!url) continue;
    const { browser, page } = await browse({ viewport: { width: 1280, height: 900 } });
    await page.goto(url);
    await page.waitForTimeout(60_000);
    await page.screenshot({ path, fullPage: true });
    await page.goto(`${url}#network`);
    await page.locator("#map .mote").first().waitFor({ timeout: 60_000 });
    await page.waitForTimeout(1000);
    await page.screenshot({ path: path.replace("first", "network") });
    await browser.close();
    system.kill("SIGTERM");
  }
  if (system.exitCode === null) await once(system, "exit");
  await rm(data, { recursive: true });
  console.log(path);
}

const folder = process.argv[2] ?? ".";
await firstMinute(join(folder, "page-first.png"));
for (const [name, options] of [
  ["page-light", {}],
  ["page-dark", { colorScheme: "dark" }],
  ["page-phone", PHONE],
]) {
  const site = await Site.open({ ...options, fill: false });
  const readings = rooms();
  await site.post(readings);
  for (const [mote, label] of NAMES.entries()) {
    if (label) await site.label(`00-17-0d-00-00-30-5d-${(0x39 + mote).toString(16)}`, label);
  }
  await site.page.getByLabel("12 h").check();
  await site.chart(NAMES.length);
  await site.page.waitForTimeout(500);
  const path = join(folder, `${name}.png`);
  await site.page.screenshot({ path, fullPage: true });
  console.log(path);
  await site.close();
}
