// The files against the shapes that Grafana takes. TypeScript refuses a key that a shape does not
// have, at any depth, so long as it is written out as a literal; that is shown with keys planted.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { dashboard, dashboards, dataSources, deploy, engines, providers } from "./files.js";

const here = join(deploy, "tests/grafana");

const files = [
  ...engines.flatMap((engine) => [
    ...dashboards.map((name) => ({ name: `${engine}/${name}.json`, shape: "Dashboard", content: dashboard(engine, name) })),
    { name: `${engine}/datasource.yaml`, shape: "DataSources", content: dataSources(engine) },
  ]),
  { name: "dashboards.yaml", shape: "DashboardProviders", content: providers() },
];

// Every place where an object is, but for maps whose keys are anybody's.
function* objects(value, path = []) {
  if (typeof value !== "object" || value === null || path.at(-1)?.endsWith?.("ByName")) return;
  if (!Array.isArray(value)) yield path;
  for (const [key, inner] of Object.entries(value)) yield* objects(inner, [...path, key]);
}

const at = (value, path) => path.reduce((inner, key) => inner[key], value);

// Copies of a file with something wrong in each, and what is to be complained of.
function* faults({ name, shape, content }) {
  for (const path of objects(content)) {
    const copy = structuredClone(content);
    at(copy, path).planted = 1;
    yield {
      name: `${name} with a key at ${path.join(".") || "its top"}`,
      shape,
      content: copy,
      complaint: /planted|never/,
    };
  }
  for (const path of objects(content)) {
    for (const [key, value] of Object.entries(at(content, path))) {
      if (typeof value !== "string" || key === "value") continue;
      const copy = structuredClone(content);
      at(copy, path)[key] = 1;
      yield {
        name: `${name} with a number at ${[...path, key].join(".")}`,
        shape,
        content: copy,
        complaint: /number|'1'|type/,
      };
    }
  }
}

let folder;
before(() => {
  // Inside this folder, so that the schema is found.
  folder = mkdtempSync(join(here, "literals-"));
});
after(() => rmSync(folder, { recursive: true }));

// The compiler's complaints of each of them.
function complaints(literals) {
  literals.forEach(({ shape, content }, index) => {
    writeFileSync(
      join(folder, `${index}.ts`),
      `import type { ${shape} } from '../shapes';\nexport const literal: ${shape} = ${JSON.stringify(content, null, 1)};\n`,
    );
  });
  const { stdout, stderr, error } = spawnSync(
    join(here, "node_modules/.bin/tsc"),
    [
      ...["--noEmit", "--strict", "--skipLibCheck", "--ignoreConfig", "--pretty", "false", "--types", ""],
      ...["--module", "esnext", "--moduleResolution", "bundler", "--target", "esnext"],
      ...literals.map((_, index) => join(folder, `${index}.ts`)),
    ],
    { encoding: "utf8", cwd: here },
  );
  assert.ifError(error);
  const lines = (stdout + stderr).split("\n").filter(Boolean);
  const elsewhere = lines.filter((line) => !/^(\s|literals-\w+\/\d+\.ts\()/.test(line));
  assert.deepEqual(elsewhere, [], "the compiler complains of something else");
  const found = literals.map(() => "");
  let index;
  for (const line of lines) {
    index = line.match(/^literals-\w+\/(\d+)\.ts\(/)?.[1] ?? index;
    found[index] += `${line}\n`;
  }
  return found;
}

test("every file has a shape that Grafana takes", () => {
  complaints(files).forEach((complaint, index) => assert.equal(complaint, "", files[index].name));
});

test("a key that Grafana does not know, and a value of another type, is found wherever it is", () => {
  const wrong = files.flatMap((file) => [...faults(file)]);
  assert.ok(wrong.length > 200, `only ${wrong.length} faults were tried`);
  complaints(wrong).forEach((complaint, index) => assert.match(complaint, wrong[index].complaint, wrong[index].name));
});
