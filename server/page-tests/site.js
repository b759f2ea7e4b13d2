// A server of its own with a browser on its page.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const BINARY = process.env.CLOUDDATA_SERVER ?? "clouddata-server";
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

export const MACS = [0x39, 0x3a, 0x3b].map((last) => `00-17-0d-00-00-30-5d-${last.toString(16)}`);

/** A browser with a page. */
export async function browse(options) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
  const context = await browser.newContext(options);
  return { browser, context, page: await context.newPage() };
}

export class Site {
  /** Errors on the page's console, and requests that left the server's host. */
  faults = [];
  /** The questions for points so far, by URL. */
  questions = [];
  /** Octets that came over the network, by URL. */
  weights = new Map();

  /** `fill` posts some readings before the page is asked for: true for three motes', or an array. */
  static async open({ fill = true, hash = "", options = [], viewport = { width: 1280, height: 900 }, ...context } = {}) {
    const site = new Site();
    site.folder = await mkdtemp(join(tmpdir(), "page-"));
    await site.start(options);
    if (fill === true) await site.fill();
    else if (fill) await site.post(fill);
    Object.assign(site, await browse({ viewport, ...context }));
    site.watch(site.page);
    await site.page.goto(`${site.url}/${hash}`);
    return site;
  }

  watch(page) {
    page.on("pageerror", (error) => this.faults.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.faults.push(message.text());
    });
    page.on("request", (request) => {
      if (request.url().includes("buckets=")) this.questions.push(request.url());
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith("http") && origin !== this.url) this.faults.push(`asked ${request.url()}`);
    });
    page.on("requestfinished", async (request) => {
      const sizes = await request.sizes().catch(() => null);
      if (sizes) this.weights.set(request.url(), sizes.responseBodySize);
    });
  }

  /** Starts the server, on the same port as the last time. */
  async start(options = []) {
    const port = this.url ? new URL(this.url).port : 0;
    this.server = spawn(BINARY, ["--listen", `127.0.0.1:${port}`, "--data-dir", this.folder, ...options], {
      env: { ...process.env, RUST_LOG: "info", NO_COLOR: "1" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    for await (const line of createInterface({ input: this.server.stderr })) {
      const url = /url="(http:[^"]*)\/"/.exec(line);
      if (url) {
        this.url = url[1];
        this.server.stderr.resume();
        return;
      }
    }
    throw new Error("the server does not start");
  }

  async stop() {
    if (this.server.exitCode === null) {
      this.server.kill("SIGTERM");
      await once(this.server, "exit");
    }
  }

  async close() {
    await this.browser?.close();
    await this.stop();
    await rm(this.folder, { recursive: true });
  }

  /** Posts readings, in as many requests as they need. */
  async post(readings) {
    const list = [readings].flat();
    for (let start = 0; start < list.length; start += 5000) {
      const response = await this.send("POST", "/api/v1/oap", list.slice(start, start + 5000));
      if (response.status !== 204) throw new Error(`${response.status} ${await response.text()}`);
    }
  }

  /** Names a mote, as somebody elsewhere does. */
  async label(mac, label) {
    const response = await this.send("PUT", `/api/v1/motes/${mac}`, { label });
    if (response.status !== 204) throw new Error(`${response.status} ${await response.text()}`);
  }

  send(method, path, body) {
    return fetch(this.url + path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  }

  /** The readings of a stretch (dates) as the server has them. */
  async readings(from, to, mac) {
    const query = new URLSearchParams({ from, to, mac, format: "json" });
    return (await fetch(`${this.url}/api/v1/readings?${query}`)).json();
  }

  /** Two hours of three motes at 30 s; one is late, by 4 reports, and one silent, for 20 minutes. */
  async fill() {
    const now = Date.now();
    const readings = MACS.flatMap((mac, index) =>
      Array.from({ length: 240 }, (_, step) => ({
        mac,
        temperature: Number((20 + 2 * index + Math.sin(step / 20 + index)).toFixed(2)),
        timestamp: new Date(now - (step + 0.3) * 30_000).toISOString(),
      })).slice([0, 4, 40][index]),
    );
    await this.post(readings);
  }

  row(mac) {
    return this.page.locator("#motes tr", { hasText: mac });
  }

  /** Waits until the chart is drawn with `count` lines. */
  async chart(count = MACS.length) {
    await this.page.waitForFunction(
      (count) => [...document.querySelectorAll("#chart .line")].filter((line) => line.getAttribute("d")).length === count,
      count,
    );
  }

  /** The minutes of the last question for points: how long before the server's now it began and ended. */
  asked() {
    const query = new URL(this.questions.at(-1)).searchParams;
    const ago = (name) => (query.get(name) ? (Date.now() - Date.parse(query.get(name))) / 60_000 : 0);
    return { from: /^-(\d+)min$/.test(query.get("from")) ? parseInt(query.get("from").slice(1), 10) : ago("from"), to: ago("to") };
  }

  /** The axis as it is read: the local minutes of the day at its left and its right end. */
  axis() {
    return this.page.evaluate(() => {
      const { width } = document.querySelector("#chart svg").getBoundingClientRect();
      const ticks = [...document.querySelectorAll("#chart .time")].map((tick) => {
        const [hours, minutes, seconds = 0] = tick.textContent.split(" ")[0].split(":").map(Number);
        return { x: Number(tick.getAttribute("x")), minutes: hours * 60 + minutes + seconds / 60 };
      });
      const [first, last] = [ticks[0], ticks.at(-1)];
      const across = (last.minutes - first.minutes + 1440) % 1440;
      const perPixel = across / (last.x - first.x);
      return { from: first.minutes - first.x * perPixel, to: last.minutes + (width - last.x) * perPixel, length: width * perPixel };
    });
  }

  /** Drags with the mouse over parts of the chart's width. */
  async drag(from, to) {
    const box = await this.page.locator("#chart").boundingBox();
    const y = box.y + box.height / 2;
    await this.page.mouse.move(box.x + box.width * from, y);
    await this.page.mouse.down();
    await this.page.mouse.move(box.x + box.width * to, y, { steps: 5 });
    await this.page.mouse.up();
  }
}
