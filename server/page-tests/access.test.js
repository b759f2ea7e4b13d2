// The page for those who cannot see it, or not well.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { afterEach, test } from "node:test";
import { openMesh } from "./mesh.js";
import { mac, many } from "./network.js";
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
  ["the network", { hash: "#network", mesh: 20, drawn: "#map .mote" }],
  ["the network in the dark", { hash: "#network?unused&heard", colorScheme: "dark", mesh: 20, drawn: "#map .mote" }],
  ["the network on a phone", { ...PHONE, hash: "#network", mesh: 20, drawn: "#map .mote" }],
  ["no network", { fill: false, hash: "#network", drawn: "#network-none" }],
  ["a mote's own page", { hash: `#mote/${mac(1)}`, mesh: 5, drawn: "#quantities button", press: "#quantities button" }],
  ["a mote's own page on a phone, in the dark", { ...PHONE, colorScheme: "dark", hash: `#mote/${mac(1)}`, mesh: 5, drawn: "#mote-links td", press: "#quantities button" }],
]) {
  test(`no accessibility fault: ${name}`, async () => {
    const { mesh, drawn = options.fill === false ? "#empty" : "#motes tr", press, ...rest } = options;
    site = mesh ? await openMesh(Site, mesh, rest) : await Site.open(rest);
    await site.page.locator(drawn).first().waitFor();
    if (press) await site.page.locator(press).first().click();
    // Evaluated rather than added as a script, which the page's policy forbids.
    await site.page.evaluate(await readFile(AXE, "utf8"));
    const { violations } = await site.page.evaluate(() => window.axe.run(document));
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`), []);
    const wide = await site.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.equal(wide, false, "the page scrolls sideways");
  });
}
