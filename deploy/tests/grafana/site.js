import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { deploy } from "./files.js";

const SERVER = process.env.CLOUDDATA_SERVER ?? "clouddata-server";

/** An engine with its settings of `deploy`, our server storing in it, and their folder. */
export class Site {
  #processes = [];
  folder = mkdtempSync(join(tmpdir(), "grafana-"));

  static async influxdb() {
    const site = new Site();
    const [port, rpc] = [await freePort(), await freePort()];
    const settings = readFileSync(join(deploy, "influxdb/clouddata.conf"), "utf8").matchAll(
      /^Environment=(\w+)=(.*)$/gm,
    );
    const environment = {
      ...Object.fromEntries([...settings].map(([, name, value]) => [name, value])),
      INFLUXDB_META_DIR: join(site.folder, "meta"),
      INFLUXDB_DATA_DIR: join(site.folder, "data"),
      INFLUXDB_DATA_WAL_DIR: join(site.folder, "wal"),
      INFLUXDB_BIND_ADDRESS: `127.0.0.1:${rpc}`,
      INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
    };
    await site.#engine(port, "influxd", ["-config", "/etc/influxdb/influxdb.conf"], environment);
    execFileSync(join(deploy, "influxdb/make-database.sh"), [site.folder, site.engine], { stdio: "ignore" });
    const password = ["--influx-password-file", join(site.folder, "influx_password")];
    await site.#serve(["--influx-username", "clouddata", ...password]);
    return site;
  }

  static async victoriametrics() {
    const site = new Site();
    const port = await freePort();
    const options = ["-search.latencyOffset=0s", "-dedup.minScrapeInterval=1ms", "-deleteAuthKey=secret"];
    const places = [`-storageDataPath=${join(site.folder, "data")}`, `-httpListenAddr=127.0.0.1:${port}`];
    await site.#engine(port, "victoria-metrics", [...places, ...options]);
    await site.#serve(["--influx-engine", "victoriametrics"]);
    return site;
  }

  async #engine(port, program, options, environment = {}) {
    this.#run(program, options, environment, "ignore");
    this.engine = `http://127.0.0.1:${port}`;
    await soon(async () => (await fetch(`${this.engine}/ping`)).ok, `${program} does not answer`);
  }

  async #serve(options) {
    const store = ["--store", "influx1", "--influx-url", this.engine, ...options];
    const place = ["--listen", "127.0.0.1:0", "--data-dir", join(this.folder, "server")];
    const server = this.#run(SERVER, [...place, ...store], { RUST_LOG: "info", NO_COLOR: "1" }, "pipe");
    for await (const line of createInterface({ input: server.stderr })) {
      this.server = /url="(http:[^"]*)\/"/.exec(line)?.[1];
      if (this.server) break;
    }
    server.stderr.resume();
    if (!this.server) throw new Error("the server does not start");
  }

  #run(program, options, environment, stderr) {
    const child = spawn(program, options, {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", stderr],
    });
    child.on("error", (error) => {
      throw error;
    });
    this.#processes.unshift(child);
    return child;
  }

  async store(records, path = "oap") {
    const body = JSON.stringify(records);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${this.server}/api/v1/${path}`, { method: "POST", headers, body });
    if (answer.status !== 204) throw new Error(`${answer.status} ${await answer.text()}`);
  }

  async close() {
    for (const child of this.#processes) {
      if (child.exitCode !== null) continue;
      child.kill("SIGKILL"); // what it has not written yet goes with the folder
      await once(child, "exit");
    }
    rmSync(this.folder, { recursive: true });
  }
}

/** Until it holds, for a minute. */
export async function soon(holds, complaint) {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error(complaint);
}

/** One that was free a moment ago: these engines cannot say which one they took. */
async function freePort() {
  const socket = createServer().listen(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}
