// The page for those who cannot see it, or not well.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { afterEach, test } from "node:test";
import { many } from "./network.js";
import { PHONE, Site } from "./site.js";

const AXE = createRequire(import.meta.url).resolve("axe-core");

let site;

afterEach(async () => {
  await site.close();
});

for (const [name, options] of [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["on a phone", PHONE],
  ["a hundred motes", { fill: many(100, 3) }],
  ["looking at the past", { hash: `#from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date().toISOString()}` }],
  ["empty", { fill: false }],
]) {
  test(`no accessibility fault: ${name}`, async () => {
    site = await Site.open(options);
    await site.page.locator(options.fill === false ? "#empty" : "#motes tr").first().waitFor();
    // Evaluated rather than added as a script, which the page's policy forbids.
    await site.page.evaluate(await readFile(AXE, "utf8"));
    const { violations } = await site.page.evaluate(() => window.axe.run(document));
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`), []);
    const wide = await site.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.equal(wide, false, "the page scrolls sideways");
  });
}
