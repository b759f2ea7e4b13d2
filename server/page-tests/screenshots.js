// Pictures of the page for the documentation: node screenshots.js FOLDER

import { join } from "node:path";
import { Site } from "./site.js";

const folder = process.argv[2] ?? ".";
for (const [name, options] of [
  ["page-light", {}],
  ["page-dark", { colorScheme: "dark" }],
  ["page-phone", { viewport: { width: 390, height: 844 } }],
]) {
  const site = await Site.open(options);
  await site.chart();
  await site.page.waitForTimeout(500);
  const path = join(folder, `${name}.png`);
  await site.page.screenshot({ path, fullPage: true });
  console.log(path);
  await site.close();
}
