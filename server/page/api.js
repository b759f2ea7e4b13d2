// What the server answers.

async function json(url) {
  const response = await fetch(url, { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** The latest reading of each mote. */
export function motes() {
  return json("/api/v1/motes");
}

/**
 * The means of each mote from `from` to `to`, which are dates or durations before now ("-3h").
 * Returns the server's time and, by mac, times in ms, temperatures in °C, and their extremes.
 */
export async function means(from, to, buckets) {
  const query = new URLSearchParams({ from, buckets });
  if (to) query.set("to", to);
  const answer = await json(`/api/v1/readings?${query}`);
  const start = Date.parse(answer.from);
  const width = answer.bucket_seconds * 1000;
  const series = new Map();
  for (const { mac, means, min, max } of answer.series) {
    const points = { times: [], temperatures: [], min, max };
    means.forEach((mean, bucket) => {
      if (mean === null) return;
      points.times.push(start + (bucket + 0.5) * width);
      points.temperatures.push(mean);
    });
    series.set(mac, points);
  }
  return { now: Date.parse(answer.now), series };
}

/** Most motes that a query can name. */
export const MAX_MACS = 100;

/** The readings of a stretch of time (dates) as a file; of all motes, if `macs` is null. */
export function csvUrl(from, to, macs) {
  const query = new URLSearchParams({ format: "csv", from, to });
  if (macs) query.set("mac", macs.join(","));
  return `/api/v1/readings?${query}`;
}

/** Labels a mote; answers the response's status. */
export async function label(mac, label, token) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(`/api/v1/motes/${mac}`, { method: "PUT", headers, body: JSON.stringify({ label }) });
  return response.status;
}

/** How long the stream may be silent before it counts as broken; the server says "alive" every 10 s. */
const SILENCE = 25_000;

/** Pause before the stream is asked for again. */
const RETRY = 2_000;

/**
 * Follows new readings for ever.
 * @param {{readings: function, connected: function, lagged: function, disconnected: function}} on
 */
export function follow(on) {
  const source = new EventSource("/api/v1/stream");
  let watchdog;
  const again = () => {
    clearTimeout(watchdog);
    source.close();
    on.disconnected();
    setTimeout(() => follow(on), RETRY);
  };
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(again, SILENCE);
  };
  source.onopen = () => {
    alive();
    on.connected();
  };
  source.onmessage = (event) => {
    alive();
    on.readings(JSON.parse(event.data));
  };
  source.addEventListener("alive", alive);
  source.addEventListener("lagged", on.lagged);
  source.onerror = again;
}
