// Where motes are drawn, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { across, APART, arrange, rowsOf } from "../page/network/layout.js";
import { look, shown } from "../page/network/look.js";
import { parents } from "./mesh.js";
import { mac } from "./network.js";

const COLUMNS = 13;

/** A network as the server says it: the motes' hops and the ways to their parents. */
function network(count, { without = [], hops = {} } = {}) {
  const motes = [{ mac: "ap", access_point: true, hops: 0 }];
  const links = [];
  for (let mote = 0; mote < count; mote += 1) {
    if (without.includes(mote)) continue;
    const name = mac(mote);
    const above = parents(mote, count);
    const own = above[0] < 0 ? 1 : parents(above[0], count)[0] < 0 ? 2 : 3;
    motes.push({ mac: name, access_point: false, hops: name in hops ? hops[name] : own });
    for (const parent of above) links.push({ a: name, b: parent < 0 ? "ap" : mac(parent), direction: "upstream" });
  }
  return { motes, links };
}

const spot = ({ layer, row, column }) => `${layer} ${row} ${column}`;

for (const count of [1, 5, 20, 100]) {
  test(`each of ${count} motes has a place of its own, in the layer of its hops`, () => {
    const { motes, links } = network(count);
    const places = arrange({ motes, links }, COLUMNS);
    assert.equal(new Set([...places.values()].map(spot)).size, count + 1);
    for (const { mac, hops } of motes) {
      const { layer, column } = places.get(mac);
      assert.equal(layer, hops);
      assert.ok(column >= 0 && column < COLUMNS, `${column}`);
    }
    assert.equal(places.get("ap").column, (COLUMNS - 1) / 2, "the access point is in the middle");
    // No more rows than are needed.
    for (const [layer, rows] of rowsOf(places)) {
      assert.equal(rows, Math.ceil(motes.filter(({ hops }) => hops === layer).length / COLUMNS));
    }
  });
}

test("the order in which the server says them changes nothing", () => {
  const { motes, links } = network(100);
  const places = arrange({ motes, links }, COLUMNS);
  const again = arrange({ motes: motes.toReversed(), links: links.toReversed() }, COLUMNS);
  assert.deepEqual(new Map([...again].sort()), new Map([...places].sort()));
});

test("a mote keeps its place while others come, go and move", () => {
  let places = arrange(network(100), COLUMNS);
  const [gone, moved] = [mac(50), mac(20)];
  const later = network(100, { without: [50], hops: { [moved]: 3 } });
  const next = arrange(later, COLUMNS, places);
  for (const [each, place] of next) {
    if (each === moved) assert.equal(place.layer, 3);
    else assert.deepEqual(place, places.get(each), each);
  }
  assert.equal(next.has(gone), false);
  // A newcomer takes a free place and nobody's.
  places = next;
  const back = arrange(network(100), COLUMNS, places);
  assert.equal(new Set([...back.values()].map(spot)).size, 101);
  for (const [each, place] of places) if (each !== moved) assert.deepEqual(back.get(each), place, each);
});

test("a layer that is full gets another row", () => {
  const motes = (count) => Array.from({ length: count }, (_, mote) => ({ mac: mac(mote), access_point: false, hops: 1 }));
  const places = arrange({ motes: motes(3), links: [] }, 3);
  assert.deepEqual([...rowsOf(places)], [[1, 1]]);
  const more = arrange({ motes: motes(4), links: [] }, 3, places);
  assert.deepEqual([...rowsOf(more)], [[1, 2]]);
  for (const [each, place] of places) assert.deepEqual(more.get(each), place);
});

test("a mote of which no way is known is below the others", () => {
  const motes = [{ mac: "a", access_point: false, hops: null }, { mac: "b", access_point: false, hops: 4 }];
  const places = arrange({ motes, links: [] }, COLUMNS);
  assert.equal(places.get("a").layer, APART);
  assert.deepEqual([...rowsOf(places).keys()], [4, APART]);
});

test("children are in the order of their parents: their ways do not cross", () => {
  const motes = ["b0", "b1", "b2"].map((mac) => ({ mac, access_point: false, hops: 1 }));
  // By their macs the children are the other way round.
  const children = ["c0", "c1", "c2"].map((mac) => ({ mac, access_point: false, hops: 2 }));
  const links = children.map(({ mac }, index) => ({ a: mac, b: `b${2 - index}`, direction: "upstream" }));
  const places = arrange({ motes: [...motes, ...children], links }, COLUMNS);
  const x = (mac) => across(places.get(mac));
  assert.ok(x("b0") < x("b1") && x("b1") < x("b2"));
  assert.ok(x("c2") < x("c1") && x("c1") < x("c0"));
});

const NOTHING = { direction: "upstream", used: false, heard: false, stability_ab: null, stability_ba: null, quality: null, rssi_ab: null, rssi_ba: null };

test("what a link looks like is what was measured of it", () => {
  const measured = (there, back) => look({ ...NOTHING, stability_ab: there, stability_ba: back, attempts_ab: 300, failures_ab: 300 * (1 - there), attempts_ba: 100, failures_ba: 100 * (1 - back) });
  assert.deepEqual(measured(1, 1), { pieces: ["good"], text: "100 %" });
  // Of both directions together it is what became of all packets.
  assert.deepEqual(measured(0.8, 0.6), { pieces: ["good"], text: "75 %" });
  // More than 20 points apart they are told apart, exactly 20 not.
  assert.deepEqual(measured(0.9, 0.69), { pieces: ["good", "fair"], text: "90 % ↑ 69 % ↓" });
  assert.deepEqual(measured(0.9, 0.7).pieces, ["good"]);
  assert.deepEqual(look({ ...NOTHING, stability_ab: 0.499, stability_ba: null }), { pieces: ["fair"], text: "50 %" });
  assert.deepEqual(look({ ...NOTHING, stability_ab: null, stability_ba: 0 }), { pieces: ["poor"], text: "0 %" });
  assert.deepEqual(look({ ...NOTHING, quality: 74 }), { pieces: ["estimated"], text: "about 74 %" });
  assert.deepEqual(look({ ...NOTHING, rssi_ba: -80 }), { pieces: ["estimated"], text: "-80 dBm" });
});

test("only used links are shown unless the others are wanted", () => {
  const [upstream, unused, heard] = [{ ...NOTHING }, { ...NOTHING, direction: "unused" }, { ...NOTHING, direction: "none", heard: true }];
  const seen = (options) => [upstream, unused, heard].map((link) => shown(link, options));
  assert.deepEqual(seen({ unused: false, heard: false }), [true, false, false]);
  assert.deepEqual(seen({ unused: true, heard: false }), [true, true, false]);
  assert.deepEqual(seen({ unused: false, heard: true }), [true, false, true]);
});
