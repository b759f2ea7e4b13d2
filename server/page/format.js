// How values are written.

/** °C in the unit shown. */
export function inUnit(celsius, unit) {
  return unit === "F" ? celsius * 1.8 + 32 : celsius;
}

export function temperature(celsius, unit) {
  return Number.isFinite(celsius) ? inUnit(celsius, unit).toFixed(2) : "–";
}

/** How temperatures are shown, as a chart takes it. */
export function degrees(unit) {
  return {
    suffix: ` °${unit}`,
    least: 1,
    shown: (celsius) => inUnit(celsius, unit),
    text: (celsius) => `${temperature(celsius, unit)} °${unit}`,
  };
}

/** How values of another quantity are shown, which stay in their unit. */
export function measure(unit) {
  const suffix = unit && ` ${unit}`;
  return { suffix, least: 0.1, shown: (value) => value, text: (value) => `${plain(value)}${suffix}` };
}

/** A number with its decimals, but no more than tell something. */
export function plain(value) {
  return Number.isFinite(value) ? String(Number(value.toFixed(2))) : "–";
}

/** A duration in ms, as people say it. */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100 && minutes !== 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.round(hours / 24)} days`;
}

/** "1 mote", "2 motes". */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
