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

export const MACS = [0x39, 0x3a, 0x3b].map((last) => `00-17-0d-00-00-30-5d-${last.toString(16)}`);

export class Site {
  /** Errors on the page's console, and requests that left the server's host. */
  faults = [];
  /** Octets that came over the network, by URL. */
  weights = new Map();

  static async open({ viewport = { width: 1280, height: 900 }, colorScheme = "light", fill = true } = {}) {
    const site = new Site();
    site.folder = await mkdtemp(join(tmpdir(), "page-"));
    await site.start();
    if (fill) await site.fill();
    site.browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
    site.context = await site.browser.newContext({ viewport, colorScheme, deviceScaleFactor: viewport.width < 600 ? 2 : 1 });
    site.page = await site.context.newPage();
    site.watch(site.page);
    await site.page.goto(site.url);
    return site;
  }

  watch(page) {
    page.on("pageerror", (error) => this.faults.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.faults.push(message.text());
    });
    page.on("request", (request) => {
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

  async post(readings) {
    const response = await fetch(`${this.url}/api/v1/oap`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(readings),
    });
    if (response.status !== 204) throw new Error(`${response.status} ${await response.text()}`);
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
    const lines = this.page.locator("#chart .scatterlayer .trace");
    await lines.nth(count - 1).waitFor({ state: "attached" });
    await this.page.waitForFunction(
      (count) => document.querySelectorAll("#chart .scatterlayer .trace").length === count,
      count,
    );
  }

  /** The chart's time range in ms of the axis. */
  range() {
    return this.page.evaluate(() => document.getElementById("chart")._fullLayout.xaxis.range.map((value) => Date.parse(value)));
  }
}
