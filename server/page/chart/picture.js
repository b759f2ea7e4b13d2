// The chart as a picture to keep.

import { save, standalone } from "../standalone.js";

/** Pixels of the picture for one on the screen. */
const SHARP = 2;

/** Room for the title and the names, in pixels of the screen. */
const LINE = 22;
const EDGE = 12;

/** Saves what the chart shows as a PNG file, under a title, with the names of its lines. */
export async function savePicture(chart, title) {
  const { svg, names } = chart.picture();
  const { width, height } = chart.scale;
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(standalone(svg, SHARP * width, SHARP * height))}`;
  await image.decode();
  const style = getComputedStyle(chart.element);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const rows = arrange(context, names, width);
  canvas.width = SHARP * (width + 2 * EDGE);
  canvas.height = SHARP * (height + LINE * (1 + rows.at(-1).row + 1) + 2 * EDGE);
  context.scale(SHARP, SHARP);
  context.fillStyle = style.getPropertyValue("--card");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.font = `13px ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.fillText(title, EDGE, EDGE + 13);
  context.drawImage(image, EDGE, EDGE + LINE, width, height);
  for (const { name, stroke, x, row } of rows) {
    const y = EDGE + LINE * (row + 2) + height;
    context.fillStyle = stroke;
    context.fillRect(EDGE + x, y - 6, 16, 3);
    context.fillStyle = style.color;
    context.fillText(name, EDGE + x + 22, y);
  }
  save(await new Promise((resolve) => { canvas.toBlob(resolve); }), "temperature.png");
}

/** Names beside each other, in as many rows as they need. */
function arrange(context, names, width) {
  let [x, row] = [0, 0];
  context.font = "13px sans-serif";
  const placed = names.map(({ name, stroke }) => {
    const room = context.measureText(name).width + 46;
    if (x > 0 && x + room > width) [x, row] = [0, row + 1];
    x += room;
    return { name, stroke, x: x - room, row };
  });
  return placed.length > 0 ? placed : [{ name: "", stroke: "transparent", x: 0, row: 0 }];
}
