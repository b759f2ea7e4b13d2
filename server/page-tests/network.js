// Readings of networks larger than a kit.

export function mac(mote) {
  const pair = (number) => number.toString(16).padStart(2, "0");
  return `00-17-0d-00-00-40-${pair(mote >> 8)}-${pair(mote & 255)}`;
}

/** So many reports of so many motes, one each `seconds` up to now; no two motes are alike. */
export function many(motes, reports, seconds = 30) {
  const now = Date.now();
  return Array.from({ length: motes }, (_, mote) =>
    Array.from({ length: reports }, (_, report) => ({
      mac: mac(mote),
      temperature: Number((18 + 6 * Math.sin(mote) + 2 * Math.sin((report * seconds) / 5000 + mote)).toFixed(2)),
      timestamp: new Date(now - report * seconds * 1000 - (mote * 137) % (seconds * 900)).toISOString(),
    })),
  ).flat();
}
