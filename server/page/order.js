// Which motes the table has, in which order.

const collator = new Intl.Collator(undefined, { numeric: true });

/** What needs a look comes first. */
const RANKS = { silent: 0, late: 1, ok: 2 };

const byName = (a, b) =>
  (b.label !== "") - (a.label !== "") || (a.label && collator.compare(a.label, b.label)) || a.index - b.index;

const ORDERS = {
  name: byName,
  state: (a, b) => RANKS[a.state] - RANKS[b.state] || byName(a, b),
  value: (a, b) => (a.last?.temperature ?? -Infinity) - (b.last?.temperature ?? -Infinity) || a.index - b.index,
  age: (a, b) => (b.last?.time ?? -Infinity) - (a.last?.time ?? -Infinity) || a.index - b.index,
};

/** Those whose label or mac has the filter's words in it, sorted. */
export function ordered(motes, { filter, sort, descending }) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = motes.filter((mote) => {
    const text = `${mote.label} ${mote.mac}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  found.sort(ORDERS[sort]);
  return descending ? found.reverse() : found;
}
