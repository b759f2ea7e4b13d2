// Every query of the dashboards, as Grafana sends it, to the real engine with readings in it that
// our server has stored.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { askInflux, askVictoria, belongTogether, HOUR, MINUTE, panelsOf, span } from "./panels.js";
import { Site, soon } from "./site.js";

// Two motes that report, and one that has been silent for twenty minutes. Whole seconds, so that
// no engine rounds them.
const now = Math.floor(Date.now() / 1000) * 1000;
const [first, second, silent] = ["39", "3a", "3b"].map((last) => `00-17-0d-00-00-30-5d-${last}`);
const until = { [first]: now - 10_000, [second]: now - 20_000, [silent]: now - 20 * MINUTE };
const readings = Object.entries(until).flatMap(([mac, end], mote) =>
  Array.from({ length: 240 }, (_, report) => ({
    mac,
    temperature: 20 + mote + (report % 8) / 4,
    time: end - report * 30_000,
  })),
);
const of = (mac) => readings.filter((reading) => reading.mac === mac);
const latest = (mac) => of(mac)[0];
const all = readings.map(({ mac, temperature, time }) => ({
  mac,
  temperature,
  timestamp: new Date(time).toISOString(),
}));

describe("InfluxDB", () => {
  const { board, source, panel, left } = panelsOf("influxdb", "temperature");
  let site;
  before(async () => {
    site = await Site.influxdb();
    await site.store(all);
  });
  after(() => site?.close());

  const ask = (query) => askInflux(site, source, query);
  async function series(title) {
    const { targets, ...found } = panel(title);
    assert.equal(targets.length, 1);
    const range = `time >= ${now - span(board, found)}ms and time <= ${now}ms`;
    const query = targets[0].query.replaceAll("$timeFilter", range);
    assert.doesNotMatch(query, /\$/, "a macro that is not filled in");
    return ask(query);
  }

  test("the dashboard's data source is the one that is provisioned", () => belongTogether({ board, source }));

  test("Temperature: the original query gives each mote's readings", async () => {
    const original = 'SELECT "value" from "temperature" WHERE $timeFilter GROUP BY "mac"';
    assert.equal(panel("Temperature").targets[0].query, original);
    const found = await series("Temperature");
    assert.deepEqual(
      found.map(({ tags, values }) => [tags.mac, values.length]),
      [first, second, silent].map((mac) => [mac, 240]),
    );
    for (const { tags, values } of found) {
      assert.deepEqual(
        values,
        of(tags.mac)
          .map(({ time, temperature }) => [time, temperature])
          .reverse(),
      );
    }
  });

  test("Last value of each mote: each once, with its time", async () => {
    const found = await series("Last value of each mote");
    assert.deepEqual(
      found.map(({ tags, columns, values }) => [tags.mac, columns, values]),
      [first, second, silent].map((mac) => [
        mac,
        ["time", "Temperature"],
        [[latest(mac).time, latest(mac).temperature]],
      ]),
    );
  });

  test("Silent motes: the silent one alone", async () => {
    const found = await series("Silent motes");
    assert.deepEqual(
      found.map(({ tags, columns }) => [tags.mac, columns]),
      [[silent, ["time", "recent"]]],
    );
  });

  test("Readings a minute: all are counted", async () => {
    const [{ columns, values }, ...more] = await series("Readings a minute");
    assert.deepEqual([columns, more], [["time", "count"], []]);
    assert.equal(
      values.reduce((sum, [, count]) => sum + count, 0),
      readings.length,
    );
    assert.ok(
      values.every(([, count]) => count <= 6),
      "no minute has more than three motes send",
    );
  });

  test("no panel is left out", () => assert.deepEqual(left(), []));

  test("before the first reading, and for motes that are gone, the answer is empty and no error", async () => {
    assert.deepEqual(await ask("SELECT value FROM nothing"), []);
  });
});

describe("VictoriaMetrics", () => {
  const { board, source, panel, left } = panelsOf("victoriametrics", "temperature");
  let site;
  before(async () => {
    site = await Site.victoriametrics();
    await site.store(all);
    // It answers before what it was given can be found, and remembers for ten seconds that it was not.
    await sleep(2000);
    const counted = 'sum(count_over_time(temperature_value{db="grafana"}[12h]))';
    await soon(
      async () => (await ask({ expr: counted, instant: true }))[0]?.value[1] === String(readings.length),
      "not found",
    );
  });
  after(() => site?.close());

  const ask = (target, range = HOUR) => askVictoria(site, source, target, now, range);
  // The answer to each of a panel's queries, by mote.
  async function answers(title) {
    const found = panel(title);
    return Promise.all(found.targets.map((target) => ask(target, span(board, found))));
  }
  const byMote = (result) => Object.fromEntries(result.map(({ metric, value }) => [metric.mac, Number(value[1])]));

  test("the dashboard's data source is the one that is provisioned", () => belongTogether({ board, source }));

  test("Temperature: a series for each mote, named by it", async () => {
    const [found] = await answers("Temperature");
    assert.deepEqual(found.map(({ metric }) => metric.mac).sort(), [first, second, silent]);
    for (const { metric, values } of found) {
      const temperatures = new Set(of(metric.mac).map(({ temperature }) => temperature));
      assert.ok(values.length >= 238, `${values.length} values of ${metric.mac}`);
      assert.ok(
        values.every(([, value]) => temperatures.has(Number(value))),
        metric.mac,
      );
    }
  });

  test("Last value of each mote: each once, with its time", async () => {
    const [values, times] = (await answers("Last value of each mote")).map(byMote);
    for (const mac of [first, second, silent]) {
      assert.equal(values[mac], latest(mac).temperature);
      assert.equal(times[mac], latest(mac).time);
    }
    assert.equal(Object.keys(values).length, 3);
  });

  test("Silent motes: the silent one alone, and for how long", async () => {
    const [found] = (await answers("Silent motes")).map(byMote);
    assert.deepEqual(found, { [silent]: (20 * MINUTE) / 1000 });
  });

  test("Readings a minute: all are counted", async () => {
    const [[{ values }, ...more]] = await answers("Readings a minute");
    assert.deepEqual(more, []);
    // Two of each mote: of three, and of two since one is silent. The engine aligns the ends to its steps.
    const counts = values.map(([, count]) => Number(count));
    assert.equal(Math.max(...counts), 6);
    assert.deepEqual(new Set(counts.slice(-30, -3)), new Set([4]));
  });

  test("no panel is left out", () => assert.deepEqual(left(), []));

  test("what a visitor can reach through Grafana deletes nothing", async () => {
    const all = new URLSearchParams({ "match[]": "temperature_value" });
    const answer = await fetch(`${site.engine}/api/v1/admin/tsdb/delete_series?${all}`);
    assert.notEqual(answer.ok, true);
    assert.equal((await ask(panel("Last value of each mote").targets[0])).length, 3);
  });
});
