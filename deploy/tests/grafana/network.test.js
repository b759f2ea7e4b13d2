// Every query of the dashboard Network, as Grafana sends it, to the real engine with health, links and
// events in it that our server has stored.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { askInflux, askVictoria, belongTogether, MINUTE, panelsOf, span } from "./panels.js";
import { Site, soon } from "./site.js";

const now = Math.floor(Date.now() / 1000) * 1000;
const [accessPoint, near, far] = ["38", "39", "3a"].map((last) => `00-17-0d-00-00-30-5d-${last}`);
const time = (ago) => new Date(now - ago * MINUTE).toISOString();

// Four health reports of two motes, a quarter of an hour apart.
const reports = [50, 35, 20, 5];
const readings = reports.flatMap((ago, report) =>
  [near, far].map((mac, mote) => ({
    mac,
    timestamp: time(ago),
    battery_voltage: 2950 - 10 * report + mote,
    hop_depth: mote + 1,
  })),
);
const links = reports.flatMap((ago, report) => [
  { mac: near, neighbour: accessPoint, kind: "used", timestamp: time(ago), attempts: 200, failures: 10 * report, rssi: -60 },
  // In this interval nothing was sent, so nothing was measured.
  { mac: far, neighbour: near, kind: "used", timestamp: time(ago), attempts: report === 1 ? 0 : 100, failures: 0 },
  { mac: far, neighbour: near, kind: "path", direction: "upstream", timestamp: time(ago), rssi: -70 - report },
]);
const events = [
  { event: "moteLost", number: 7, mac: far, timestamp: time(30) },
  { event: "moteJoin", number: 8, mac: far, timestamp: time(28) },
  { event: "pathCreate", number: 9, mac: far, neighbour: near, direction: "upstream", timestamp: time(27) },
  { event: "networkReset", number: 10, timestamp: time(52) },
];
const at = (ago) => now - ago * MINUTE;
const told = [
  [at(52), "networkReset", null],
  [at(30), "moteLost", far],
  [at(28), "moteJoin", far],
];

async function store(site) {
  await site.store(readings);
  await site.store(links, "links");
  await site.store(events, "events");
}

describe("InfluxDB", () => {
  const { board, source, panel, left } = panelsOf("influxdb", "network");
  let site;
  before(async () => {
    site = await Site.influxdb();
    await store(site);
  });
  after(() => site?.close());

  async function ask(query, range) {
    const filled = query.replaceAll("$timeFilter", `time >= ${now - range}ms and time <= ${now}ms`);
    // A dollar is left as the end of an expression only.
    assert.doesNotMatch(filled, /\$\w/, "a macro that is not filled in");
    return askInflux(site, source, filled);
  }
  async function series(title) {
    const { targets, ...found } = panel(title);
    assert.equal(targets.length, 1);
    return ask(targets[0].query, span(board, found));
  }

  test("the dashboard's data source is the one that is provisioned", () => belongTogether({ board, source }));

  test("Battery and Hops: each mote's", async () => {
    for (const [title, quantity] of [
      ["Battery", "battery_voltage"],
      ["Hops", "hop_depth"],
    ]) {
      const found = await series(title);
      const expected = [near, far].map((mac) => [
        mac,
        readings.filter((one) => one.mac === mac).map((one) => [Date.parse(one.timestamp), one[quantity]]),
      ]);
      assert.deepEqual(
        found.map(({ tags, values }) => [tags.mac, values]),
        expected,
        title,
      );
    }
  });

  test("Stability: of what was sent, and of nothing else", async () => {
    const found = await series("Stability");
    assert.deepEqual(
      found.map(({ tags, values }) => [tags.mac, tags.neighbour, values]),
      [
        [near, accessPoint, reports.map((ago, report) => [at(ago), 1 - (10 * report) / 200])],
        [far, near, [50, 20, 5].map((ago) => [at(ago), 1])],
      ],
    );
  });

  test("RSSI: of paths alone", async () => {
    const found = await series("RSSI");
    assert.deepEqual(
      found.map(({ tags, values }) => [tags.mac, tags.neighbour, values]),
      [[far, near, reports.map((ago, report) => [at(ago), -70 - report])]],
    );
  });

  test("no panel is left out", () => assert.deepEqual(left(), []));

  test("the annotations are what befell motes and network", async () => {
    const [{ query, textColumn, tagsColumn }, ...more] = board.annotations.list;
    assert.deepEqual(more, []);
    const [{ columns, values }] = await ask(query, span(board, {}));
    const [text, tags] = [textColumn, tagsColumn].map((name) => columns.indexOf(name));
    assert.equal(columns[0], "time");
    assert.deepEqual(
      values.map((row) => [row[0], row[text], row[tags]]),
      told,
    );
  });
});

describe("VictoriaMetrics", () => {
  const { board, source, panel, left } = panelsOf("victoriametrics", "network");
  let site;
  before(async () => {
    site = await Site.victoriametrics();
    await store(site);
    await sleep(2000);
    const counted = 'sum(count_over_time(event_number{db="grafana"}[2h]))';
    await soon(
      async () =>
        (await askVictoria(site, source, { expr: counted, instant: true }, now))[0]?.value[1] === String(events.length),
      "not found",
    );
  });
  after(() => site?.close());

  async function series(title) {
    const { targets, ...found } = panel(title);
    assert.equal(targets.length, 1);
    return askVictoria(site, source, targets[0], now, span(board, found), 60);
  }
  // The values that a series has, each once, in the order of time.
  const distinct = ({ values }) =>
    values.map(([, value]) => Number(value)).filter((value, index, all) => value !== all[index - 1]);
  const last = ({ values }) => values.at(-1)[0] * 1000;

  test("the dashboard's data source is the one that is provisioned", () => belongTogether({ board, source }));

  test("Battery and Hops: each mote's", async () => {
    for (const [title, quantity] of [
      ["Battery", "battery_voltage"],
      ["Hops", "hop_depth"],
    ]) {
      const found = await series(title);
      assert.deepEqual(found.map(({ metric }) => metric.mac).sort(), [near, far], title);
      for (const one of found) {
        const values = readings.filter(({ mac }) => mac === one.metric.mac).map((reading) => reading[quantity]);
        assert.deepEqual(distinct(one), [...new Set(values)], title);
        assert.ok(now - last(one) <= MINUTE, "the last report holds until the next");
      }
    }
  });

  test("Stability: of what was sent, and of nothing else", async () => {
    const found = await series("Stability");
    const of = (mac) => found.find(({ metric }) => metric.mac === mac);
    assert.deepEqual(found.map(({ metric }) => `${metric.mac} ${metric.neighbour}`).sort(), [`${near} ${accessPoint}`, `${far} ${near}`]);
    assert.deepEqual(
      distinct(of(near)).map((value) => value.toFixed(3)),
      reports.map((_, report) => (1 - (10 * report) / 200).toFixed(3)),
    );
    assert.deepEqual(distinct(of(far)), [1]);
    const unmeasured = of(far).values.filter(([seconds]) => seconds * 1000 > at(34) && seconds * 1000 < at(21));
    assert.deepEqual(unmeasured, []);
  });

  test("RSSI: of paths alone", async () => {
    const [one, ...more] = await series("RSSI");
    assert.deepEqual(more, []);
    assert.deepEqual([one.metric.mac, one.metric.neighbour], [far, near]);
    assert.deepEqual(distinct(one), [-70, -71, -72, -73]);
  });

  test("no panel is left out", () => assert.deepEqual(left(), []));

  test("the annotations are what befell motes and network", async () => {
    const [{ expr, step, titleFormat, textFormat }, ...more] = board.annotations.list;
    assert.deepEqual([more, titleFormat, textFormat], [[], "{{event}}", "{{mac}}"]);
    const found = await askVictoria(site, source, { expr }, now, span(board, {}), parseInt(step, 10));
    // Grafana marks the steps at which a series is above nothing: within the minute after the event.
    const marks = found.map(({ metric, values }) => {
      assert.ok(values.length >= 1 && values.length <= 2 && values.every(([, value]) => Number(value) > 0), metric.event);
      return [values[0][0] * 1000, metric.event, metric.mac ?? null];
    });
    marks.sort(([a], [b]) => a - b);
    assert.deepEqual(
      marks.map(([, event, mac]) => [event, mac]),
      told.map(([, event, mac]) => [event, mac]),
    );
    marks.forEach(([mark], index) => assert.ok(mark - told[index][0] >= 0 && mark - told[index][0] <= MINUTE, `${mark}`));
  });
});
