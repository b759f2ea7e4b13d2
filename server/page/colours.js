// A colour, and a dash once the colours are used up, for each mote.

/** page.css has as many, for light and for dark. */
const COLOURS = 10;
const DASHES = ["", "2 4", "7 4", "14 5", "10 4 2 4"];

export function colour(index) {
  return `var(--mote-${index % COLOURS})`;
}

/** A stroke-dasharray. */
export function dash(index) {
  return DASHES[Math.floor(index / COLOURS) % DASHES.length];
}
