import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** The folder of `deploy`. */
export const deploy = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(deploy, "grafana");

export const engines = ["influxdb", "victoriametrics"];

export const dashboards = ["temperature", "network"];

export const dashboard = (engine, name) => JSON.parse(readFileSync(join(folder, engine, `${name}.json`)));
export const dataSources = (engine) => yaml(join(engine, "datasource.yaml"));
export const providers = () => yaml("dashboards.yaml");

// A key that is there twice, and what is no YAML 1.2, is an error.
const yaml = (path) => parse(readFileSync(join(folder, path), "utf8"), { strict: true, uniqueKeys: true });
