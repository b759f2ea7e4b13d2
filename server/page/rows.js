// The rows of a table that change while somebody looks at them.

/** A text that is the same is left alone: each change costs a layout. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A list's elements, one for each item; what stays in the list keeps its element, and the focus. */
export class Rows {
  #body;
  #make;
  #rows = new Map();

  /** @param {function} make makes an item's row: its `element`, and `draw`, which takes the item. */
  constructor(body, make) {
    this.#body = body;
    this.#make = make;
  }

  /** Draws these items, in this order. @param {function} key what tells an item from the others. */
  draw(items, key) {
    const gone = new Set(this.#rows.keys());
    const focused = this.#body.contains(document.activeElement) ? document.activeElement : null;
    items.forEach((item, index) => {
      const id = key(item);
      gone.delete(id);
      if (!this.#rows.has(id)) this.#rows.set(id, this.#make(item));
      const row = this.#rows.get(id);
      row.draw(item);
      if (this.#body.children[index] !== row.element) this.#body.insertBefore(row.element, this.#body.children[index] ?? null);
    });
    for (const id of gone) {
      this.#rows.get(id).element.remove();
      this.#rows.delete(id);
    }
    if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  /** The row of the item with that key. */
  get(key) {
    return this.#rows.get(key);
  }
}
