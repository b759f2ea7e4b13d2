// What motes are called, wherever one is spoken of.

const labels = new Map();

/** Takes what the server says of motes. */
export function learn(motes) {
  for (const { mac, label } of motes) labels.set(mac, label || "");
}

/** A mote's label, or its mac. */
export function name(mac) {
  return labels.get(mac) || mac;
}

/** The same where there is little room: the first half of macs is the same in most motes. */
export function shortName(mac) {
  return labels.get(mac) || mac.slice(15);
}
