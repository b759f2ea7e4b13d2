// A colour, and a dash once the colours are used up, for each mote.

const LIGHT = ["#0b6bcb", "#d9480f", "#2b8a3e", "#9c36b5", "#c2255c", "#0c8599", "#8f6b00", "#5f3dc4", "#495057", "#7d4a1e"];
const DARK = ["#4dabf7", "#ff922b", "#69db7c", "#da77f2", "#f783ac", "#3bc9db", "#ffd43b", "#9775fa", "#ced4da", "#d0a070"];
const DASHES = ["solid", "dot", "dash", "longdash", "dashdot"];

const dark = matchMedia("(prefers-color-scheme: dark)");

export function colour(index) {
  const colours = dark.matches ? DARK : LIGHT;
  return colours[index % colours.length];
}

export function dash(index) {
  return DASHES[Math.floor(index / LIGHT.length) % DASHES.length];
}

/** Calls back when the scheme changes between light and dark. */
export function onScheme(changed) {
  dark.addEventListener("change", changed);
}
