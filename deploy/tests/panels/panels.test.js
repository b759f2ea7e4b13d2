// The dashboards' tables as Grafana's own code makes them of a data source's frames: which columns
// there are, in which order and under which names, and what is in their cells.
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const grafana = require("@grafana/data");
const { firstValueFrom } = require("rxjs");

// What it looks for in a browser while it works. When it is loaded it must not be there.
globalThis.window = globalThis;
globalThis.navigator ??= { language: "en-GB", languages: ["en-GB"] };

// What Grafana registers when it starts: its transformations, and the options of a field.
const transformations = new Map(Object.values(grafana.standardTransformers).map((one) => [one.id, one]));
grafana.standardTransformersRegistry.setInit(() =>
  [...transformations.values()].map((one) => ({ id: one.id, name: one.name, transformation: async () => one })),
);
const options = ["unit", "decimals", "noValue"].map((id) => ({
  ...{ id, path: id, name: id, settings: {} },
  process: (value) => value,
  shouldApply: () => true,
}));
grafana.standardFieldConfigEditorRegistry.setInit(() => options);

async function table(engine, title, frames) {
  const path = join(__dirname, "../../grafana", engine, "temperature.json");
  const panel = JSON.parse(readFileSync(path)).panels.find((one) => one.title === title);
  const context = { interpolate: (text) => text };
  const transformed = await firstValueFrom(
    grafana.transformDataFrame(panel.transformations, frames.map(grafana.toDataFrame), context),
  );
  const data = grafana.applyFieldOverrides({
    data: transformed,
    fieldConfig: panel.fieldConfig,
    fieldConfigRegistry: new grafana.Registry(() => options),
    replaceVariables: (text) => text,
    theme: grafana.createTheme(),
    timeZone: "utc",
  });
  assert.ok(data.length <= 1, "a table shows one frame");
  return data.flatMap((frame) =>
    frame.fields.map((field) => [
      grafana.getFieldDisplayName(field, frame, data),
      ...Array.from(field.values, (value) => grafana.formattedValueToString(field.display(value))),
    ]),
  );
}

const now = Date.now();
const [first, second] = ["00-17-0d-00-00-30-5d-39", "00-17-0d-00-00-30-5d-3a"];
const { time, string, number } = grafana.FieldType;

// As Grafana's data source makes them of InfluxDB's series in the format of a table …
const influx = (name, times, values) => ({
  refId: "A",
  name: "temperature",
  fields: [
    { name: "Time", type: time, values: times, config: {} },
    { name: "mac", type: string, values: [first, second], config: { displayNameFromDS: "mac" } },
    { name, type: number, values, config: { displayNameFromDS: name } },
  ],
});
// … and of an instant query of PromQL, whose value is named by the query if there are several.
const prometheus = (refId, name, values) => ({
  refId,
  meta: { type: "table" },
  fields: [
    { name: "Time", type: time, values: [now, now], config: {} },
    { name: "mac", type: string, values: [first, second], config: {} },
    { name, type: number, values, config: {} },
  ],
});
const heard = [now - 5000, now - 20 * 60_000];

test("InfluxDB: last value of each mote", async () => {
  assert.deepEqual(await table("influxdb", "Last value of each mote", [influx("Temperature", heard, [22.971, 20])]), [
    ["Mote", first, second],
    ["Temperature", "22.97 °C", "20.00 °C"],
    ["Heard", "a few seconds ago", "20 minutes ago"],
  ]);
});

test("InfluxDB: silent motes", async () => {
  assert.deepEqual(await table("influxdb", "Silent motes", [influx("recent", heard, [0, 0])]), [
    ["Mote", first, second],
  ]);
});

test("InfluxDB: no silent mote", async () => {
  assert.deepEqual(await table("influxdb", "Silent motes", []), []);
});

test("VictoriaMetrics: last value of each mote", async () => {
  const frames = [prometheus("A", "Value #A", [22.971, 20]), prometheus("B", "Value #B", heard)];
  assert.deepEqual(await table("victoriametrics", "Last value of each mote", frames), [
    ["Mote", first, second],
    ["Temperature", "22.97 °C", "20.00 °C"],
    ["Heard", "a few seconds ago", "20 minutes ago"],
  ]);
});

test("VictoriaMetrics: silent motes, and for how long", async () => {
  assert.deepEqual(await table("victoriametrics", "Silent motes", [prometheus("A", "Value", [1200, 4000])]), [
    ["Mote", first, second],
    ["Silent for", "20 mins", "1.11 hours"],
  ]);
});
