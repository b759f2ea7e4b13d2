// Where each mote is drawn: on a grid, in layers by its hops from the access point. A mote keeps its
// place as long as it stays in its layer, so that what moves on the picture has moved in the network.

/** The layer of motes of which no way to the access point is known. */
export const APART = Infinity;

/** The layer of a mote: its hops. */
export function layerOf({ access_point: accessPoint, hops }) {
  if (accessPoint) return 0;
  return Number.isFinite(hops) ? Math.max(1, hops) : APART;
}

/**
 * The place of each mote, by mac: its layer, and its row and column there. A layer has as many rows as
 * it needs. Those in `before` that are still in the same layer stay where they are; the others are put
 * below their parents, once.
 * @param {{motes: Array, links: Array}} network
 * @param {number} columns how many motes have room beside each other; the same as for `before`.
 */
export function arrange({ motes, links }, columns, before = new Map()) {
  const parents = parentsOf(links);
  const places = new Map();
  const layers = grouped(motes);
  for (const layer of [...layers.keys()].sort((a, b) => a - b)) {
    const taken = new Set();
    const fresh = [];
    for (const { mac } of layers.get(layer).toSorted((a, b) => (a.mac < b.mac ? -1 : 1))) {
      const place = before.get(mac);
      if (place?.layer !== layer) fresh.push(mac);
      else {
        places.set(mac, place);
        taken.add(`${place.row} ${place.column}`);
      }
    }
    const wishes = fresh.map((mac) => ({ mac, wish: middle(mac, parents, places, columns) })).sort((a, b) => a.wish - b.wish);
    if (taken.size === 0) spread(wishes, layer, columns, places);
    else for (const each of wishes) fit(each, layer, columns, taken, places);
  }
  return places;
}

/** How far to the right a place is, in columns: every second row is half a column farther. */
export function across({ row, column }) {
  return column + (row % 2) / 2;
}

/** How many rows each layer has, by layer, in their order. */
export function rowsOf(places) {
  const rows = new Map();
  for (const { layer, row } of places.values()) rows.set(layer, Math.max(rows.get(layer) ?? 0, row + 1));
  return new Map([...rows].sort(([a], [b]) => a - b));
}

function grouped(motes) {
  const layers = new Map();
  for (const mote of motes) layers.set(layerOf(mote), [...(layers.get(layerOf(mote)) ?? []), mote]);
  return layers;
}

function parentsOf(links) {
  const parents = new Map();
  for (const { a, b, direction } of links) {
    if (direction === "upstream") parents.set(a, [...(parents.get(a) ?? []), b]);
  }
  return parents;
}

/** Where a mote would be best: in the middle of its parents that have a place. */
function middle(mac, parents, places, columns) {
  const above = (parents.get(mac) ?? []).map((parent) => places.get(parent)).filter(Boolean).map(across);
  return above.length ? above.reduce((sum, each) => sum + each, 0) / above.length : (columns - 1) / 2;
}

/** Spreads the motes of an empty layer evenly, in their order, over as few rows as they need. */
function spread(wishes, layer, columns, places) {
  const rows = Math.ceil(wishes.length / columns);
  wishes.forEach(({ mac }, index) => {
    const row = index % rows;
    const inRow = Math.ceil((wishes.length - row) / rows);
    const column = Math.floor(((Math.floor(index / rows) + 0.5) * columns) / inRow);
    places.set(mac, { layer, row, column });
  });
}

/** Gives a newcomer the free place that is nearest to where it would be best. */
function fit({ mac, wish }, layer, columns, taken, places) {
  const rows = 1 + Math.max(...[...taken].map((key) => parseInt(key, 10)));
  const free = [];
  for (let row = 0; row <= rows; row += 1) {
    // Only where no place is left there is another row.
    if (row === rows && free.length > 0) break;
    for (let column = 0; column < columns; column += 1) {
      if (!taken.has(`${row} ${column}`)) free.push({ layer, row, column });
    }
  }
  const distance = (place) => Math.abs(across(place) - wish);
  const place = free.reduce((best, each) => (distance(each) < distance(best) ? each : best));
  taken.add(`${place.row} ${place.column}`);
  places.set(mac, place);
}
