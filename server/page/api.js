// What the server answers.

import * as clock from "./clock.js";
import { urlOf } from "./here.js";
import { MOST_MOTES } from "./motes.js";
import * as names from "./names.js";
import { MOST, Points } from "./points.js";

/** A wait has an end, also for an answer that never comes, in ms. */
const PATIENCE = 60_000;

/** Means of all motes that the page asks for at a time: some megabytes. */
const MOST_MEANS = 240_000;

/** Whether each of so many motes has all its points, and not the chosen ones only. */
export function inDetail(count) {
  return count * MOST <= MOST_MEANS;
}

/** Most motes that a query can name. */
export const MAX_MACS = 100;

/** An answer that is none of those asked for. */
export class Refusal extends Error {
  constructor(status, text) {
    super(text.trim().slice(0, 200) || `the server answered ${status}`);
    this.status = status;
  }
}

/** Asks for what is at a path; throws a `Refusal` if there is none. */
export async function get(url, signal) {
  const patience = AbortSignal.timeout(PATIENCE);
  const response = await fetch(url, {
    headers: { accept: "application/json" },
    signal: signal ? AbortSignal.any([signal, patience]) : patience,
  });
  if (!response.ok) throw new Refusal(response.status, await response.text());
  return response;
}

/** Each mote with its label, state and latest reading, and whether these are all. */
export async function motes() {
  const motes = [];
  let url = urlOf("api/v1/motes");
  while (url && motes.length < MOST_MOTES) {
    const response = await get(url);
    motes.push(...(await response.json()));
    url = next(response);
  }
  names.learn(motes);
  return { motes, complete: !url };
}

/** Where the rest of a list is; null if that was all. */
export function next(response) {
  const url = /<([^>]+)>;\s*rel="?next"?/.exec(response.headers.get("link") ?? "")?.[1];
  return url ? new URL(url, response.url) : null;
}

/** The gateways and what each says of its manager; none from a server that does not know. */
export async function gateways() {
  try {
    return await (await get(urlOf("api/v1/gateways"))).json();
  } catch (error) {
    if (error.status === 404) return [];
    throw error;
  }
}

/**
 * The points of each mote from `from` to `to` (ms), or of the last `minutes`. Of many motes each has
 * fewer points, and the `chosen` ones have all of theirs; of too many only the chosen ones have any.
 * Answers the points by mac, and the beginning of the stretch that they are of.
 */
export async function points({ minutes, from, to }, count, chosen, signal) {
  const query = new URLSearchParams({ from: from === undefined ? `-${minutes}min` : new Date(from).toISOString() });
  if (to !== undefined) query.set("to", new Date(to).toISOString());
  const buckets = Math.min(MOST, Math.floor(MOST_MEANS / Math.max(count, 1)));
  const detail = !inDetail(count) && chosen.length > 0;
  const [all, some] = await Promise.all([
    count < MOST_MOTES ? means(query, buckets, [], signal) : null,
    detail ? means(query, MOST, chosen.slice(0, MAX_MACS), signal) : null,
  ]);
  const series = new Map([...(all?.series ?? []), ...(some?.series ?? [])]);
  return { series, from: (all ?? some)?.from ?? from ?? clock.now() - minutes * 60_000 };
}

/** The points of another quantity of one mote, from `from` to `to` (ms; now, if there is none). */
export async function series(quantity, mac, from, to, signal) {
  const query = new URLSearchParams({ quantity, from: new Date(from).toISOString() });
  if (to) query.set("to", new Date(to).toISOString());
  return (await means(query, MOST, [mac], signal)).series.get(mac) ?? new Points();
}

/** When a quantity was first there since `from` (ms), to a part of that stretch; null if it never was. */
export async function first(quantity, from, signal) {
  const query = new URLSearchParams({ quantity, from: new Date(from).toISOString() });
  const { series } = await means(query, MOST, [], signal);
  const half = (clock.now() - from) / MOST / 2;
  const firsts = [...series.values()].filter(({ times }) => times.length > 0).map(({ times }) => times[0] - half);
  return firsts.length > 0 ? Math.min(...firsts) : null;
}

/** Means in so many parts of the stretch. The server makes fewer of them, if it finds them too many. */
async function means(query, buckets, macs, signal) {
  const parameters = new URLSearchParams(query);
  parameters.set("buckets", buckets);
  if (macs.length > 0) parameters.set("mac", macs.join(","));
  const asked = Date.now();
  const response = await get(urlOf(`api/v1/readings?${parameters}`), signal);
  const told = Date.now();
  const answer = await response.json();
  clock.set(Date.parse(answer.now), asked, told);
  const from = Date.parse(answer.from);
  const width = answer.bucket_seconds * 1000;
  return { from, series: new Map(answer.series.map((series) => [series.mac, toPoints(series, from, width)])) };
}

function toPoints({ means, min, max }, from, width) {
  const points = Object.assign(new Points(), { min, max });
  means.forEach((mean, bucket) => {
    if (mean === null) return;
    points.times.push(from + (bucket + 0.5) * width);
    points.values.push(mean);
  });
  return points;
}

/** The readings of a stretch (ms) as a file; of all motes, if `macs` is null. */
export function csvUrl(from, to, macs) {
  const [start, end] = [from, to].map((time) => new Date(time).toISOString());
  const query = new URLSearchParams({ format: "csv", from: start, to: end });
  if (macs) query.set("mac", macs.join(","));
  return urlOf(`api/v1/readings?${query}`);
}

/** Labels a mote. */
export async function label(mac, label, token) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const signal = AbortSignal.timeout(PATIENCE);
  const response = await fetch(urlOf(`api/v1/motes/${mac}`), { method: "PUT", headers, body: JSON.stringify({ label }), signal });
  if (!response.ok) throw new Refusal(response.status, await response.text());
}
