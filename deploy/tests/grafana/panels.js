import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dashboard, dataSources } from "./files.js";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A panel's own time range in ms, or the dashboard's. */
export const span = ({ time }, panel) => Number(/^(?:now-)?(\d+)h$/.exec(panel.timeFrom ?? time.from)[1]) * HOUR;

/** A dashboard for an engine, and which of its panels nobody has asked for. */
export function panelsOf(engine, name) {
  const board = dashboard(engine, name);
  const [source] = dataSources(engine).datasources;
  const asked = new Set();
  const panel = (title) => {
    const found = board.panels.find((one) => one.title === title);
    assert.ok(found, `no panel ${title}`);
    asked.add(title);
    return found;
  };
  const left = () => board.panels.map(({ title }) => title).filter((title) => !asked.has(title));
  return { board, source, panel, left };
}

/** The dashboard and the data source are each other's. */
export function belongTogether({ board, source }) {
  const annotations = board.annotations?.list ?? [];
  for (const { datasource, targets = [] } of [...board.panels, ...annotations]) {
    for (const used of [datasource, ...targets.map((target) => target.datasource)]) {
      assert.deepEqual(used, { type: source.type, uid: source.uid });
    }
  }
}

/** Grafana's data source adds the database and the wish for milliseconds, and fills in its macros. */
export async function askInflux(site, source, query) {
  const password = readFileSync(join(site.folder, "influx_grafana_password"), "utf8").trim();
  const answer = await fetch(
    `${site.engine}/query?${new URLSearchParams({ db: source.jsonData.dbName, epoch: "ms" })}`,
    {
      method: source.jsonData.httpMode,
      headers: { authorization: `Basic ${btoa(`${source.user}:${password}`)}` },
      body: new URLSearchParams({ q: query }),
    },
  );
  const { results, error } = await answer.json();
  assert.equal(error ?? results[0].error, undefined, query);
  return results[0].series ?? [];
}

/** The same for a query over a range of ms up to `now`, or of that moment. */
export async function askVictoria(site, source, { expr, instant }, now, range, step = 30) {
  const [path, when] = instant
    ? ["query", { time: now / 1000 }]
    : ["query_range", { start: (now - range) / 1000, end: now / 1000, step }];
  const answer = await fetch(`${site.engine}/api/v1/${path}`, {
    method: source.jsonData.httpMode,
    body: new URLSearchParams({ query: expr, ...when }),
  });
  const { status, data, error } = await answer.json();
  assert.equal(status, "success", `${expr}: ${error}`);
  return data.result;
}
