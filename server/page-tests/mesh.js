// A network with its paths, health and events, as gateways post them.

import { mac } from "./network.js";

export const AP = "00-17-0d-00-00-40-ff-00";

/** Failures of a hundred attempts, by mote and parent: good, good, fair and poor links. */
const FAILURES = [2, 10, 40, 60];

/** The hops of a mote in a network of so many: a third has one, nearly half has two, the rest three. */
function hopsOf(mote, count) {
  return mote < count / 3 ? 1 : mote < count * 0.8 ? 2 : 3;
}

/** The parents of a mote, by number; -1 is the access point. */
export function parents(mote, count) {
  const hops = hopsOf(mote, count);
  if (hops === 1) return [-1];
  const above = Array.from({ length: count }, (_, each) => each).filter((each) => hopsOf(each, count) === hops - 1);
  return [...new Set([above[(mote * 5) % above.length], above[(mote * 5 + 2) % above.length]])];
}

/** What is posted of a network of `count` motes at a moment in ms. */
export function mesh(count, at = Date.now()) {
  const timestamp = new Date(at).toISOString();
  const motes = Array.from({ length: count }, (_, mote) => mote);
  const name = (mote) => (mote < 0 ? AP : mac(mote));
  const links = motes.flatMap((mote) => [
    ...parents(mote, count).flatMap((parent, index) => {
      const ends = { mac: name(mote), neighbour: name(parent), timestamp };
      const back = { mac: ends.neighbour, neighbour: ends.mac, timestamp };
      const failures = FAILURES[(mote + index) % FAILURES.length];
      return [
        { ...ends, kind: "path", direction: "upstream", rssi: -60, rssi_back: -62, quality: 100 - failures },
        // What the last mote does with its first parent nobody has measured.
        ...(mote === count - 1 && index === 0 ? [] : [
          { ...ends, kind: "used", rssi: -60, attempts: 100, failures, received: 40 },
          // Every fifth link is much worse on the way back.
          { ...back, kind: "used", rssi: -62, attempts: 50, failures: mote % 5 === 0 ? 45 : failures / 2, received: 90 },
        ]),
      ];
    }),
    { mac: name(mote), neighbour: name((mote + 2) % count), kind: "path", direction: "unused", rssi: -70, rssi_back: -71, quality: 74, timestamp },
    { mac: name(mote), neighbour: name((mote + 3) % count), kind: "heard", rssi: -80, received: 5, timestamp },
  ]).filter(({ mac, neighbour }) => mac !== neighbour);
  const readings = [
    { mac: AP, timestamp, access_point: 1, mote_id: 1, mote_state: 4, network_motes: count, network_reliability: 99.9, network_stability: 88, network_latency: 1200 },
    ...motes.flatMap((mote) => [
      { mac: name(mote), timestamp, temperature: 20 + mote / 10, access_point: 0, mote_id: mote + 2, mote_state: 4, hop_depth: hopsOf(mote, count),
        battery_voltage: 2950 + mote, joins: 1 + (mote % 2), routing: 1, device_temperature: 21, charge: 100_000 },
      { mac: name(mote), timestamp: new Date(at - 3_600_000).toISOString(), battery_voltage: 2960 + mote, charge: 99_000 },
    ]),
  ];
  const events = motes.flatMap((mote) => [
    { event: "moteJoin", number: 2 * mote, mac: name(mote), timestamp: new Date(at - 600_000 + mote * 1000).toISOString() },
    { event: "moteOperational", number: 2 * mote + 1, mac: name(mote), timestamp: new Date(at - 540_000 + mote * 1000).toISOString() },
  ]);
  return { readings, links, events };
}

/** A server that knows a network of so many motes, and then a browser on the view that `hash` names. */
export async function openMesh(Site, count, { hash, ...options }) {
  const site = await Site.open({ fill: false, ...options });
  await postMesh(site, mesh(count));
  await site.page.evaluate((hash) => { location.hash = hash; }, hash);
  return site;
}

/** Posts it. */
export async function postMesh(site, { readings, links, events }) {
  for (const [path, list] of [["oap", readings], ["links", links], ["events", events]]) {
    const response = await site.send("POST", `/api/v1/${path}`, list);
    if (response.status !== 204) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
}
