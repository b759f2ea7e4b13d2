// What the server says of the network.

import { get, next } from "../api.js";
import { urlOf } from "../here.js";
import * as names from "../names.js";

/** The state of a mote that the manager has lost, whatever came from it a moment ago. */
const LOST = 0;

const iso = (time) => new Date(time).toISOString();

/** The network at a moment in ms, or now (null). */
export async function network(at, signal) {
  const query = at === null ? "" : `?at=${encodeURIComponent(iso(at))}`;
  const network = await (await get(urlOf(`api/v1/network${query}`), signal)).json();
  names.learn(network.motes);
  for (const mote of network.motes) {
    if (mote.mote_state === LOST) mote.state = "lost";
  }
  return network;
}

/** Events, the newest first, and where older ones are: of one mote, of one kind, up to a moment, each if not null. */
export async function events({ mac, kind, to }, signal) {
  const query = new URLSearchParams({ limit: 100 });
  if (mac) query.set("mac", mac);
  if (kind) query.set("event", kind);
  if (to !== null) query.set("to", iso(to));
  return page(urlOf(`api/v1/events?${query}`), signal);
}

/** A page of events at an address that an earlier one has named. */
export async function page(url, signal) {
  const response = await get(url, signal);
  return { events: await response.json(), older: next(response) };
}

/** Everything known of a mote; `capacity` is its battery's in mAh, or null. */
export async function mote(mac, capacity, signal) {
  const query = capacity === null ? "" : `?capacity_mah=${capacity}`;
  return (await get(urlOf(`api/v1/motes/${mac}${query}`), signal)).json();
}

let listed = null;

/** What quantities there are, by name. */
export async function quantities() {
  listed ??= await (await get(urlOf("api/v1/quantities"))).json();
  return new Map(listed.map((quantity) => [quantity.name, quantity]));
}
