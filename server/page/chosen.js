// Which motes are drawn as lines.

/** With more motes than this the chart opens as a band, with no line before one is chosen. */
export const FEW = 12;

/** Most lines that are drawn at a time. */
export const MOST_LINES = 100;

export class Chosen {
  /** Only these, or all but these; if both are null, all of few motes and none of many. */
  #only = null;
  #except = null;

  has(mac, count) {
    if (this.#only) return this.#only.has(mac);
    if (this.#except) return !this.#except.has(mac);
    return count <= FEW;
  }

  /** Whether it is this mote and no other. */
  isOnly(mac) {
    return this.#only?.size === 1 && this.#only.has(mac);
  }

  toggle(mac, count) {
    if (!this.#only && !this.#except) {
      if (count <= FEW) this.#except = new Set();
      else this.#only = new Set();
    }
    const set = this.#only ?? this.#except;
    if (!set.delete(mac)) set.add(mac);
  }

  only(macs) {
    [this.#only, this.#except] = [new Set(macs), null];
  }

  all() {
    [this.#only, this.#except] = [null, new Set()];
  }

  usual() {
    [this.#only, this.#except] = [null, null];
  }

  /** As it is written in the page's address. */
  write(parameters) {
    const short = (macs) => [...macs].map((mac) => mac.replaceAll("-", "")).join(",");
    if (this.#only) parameters.set("show", this.#only.size ? short(this.#only) : "none");
    else if (this.#except) parameters.set(...(this.#except.size ? ["hide", short(this.#except)] : ["show", "all"]));
  }

  read(parameters) {
    const macs = (text) => text.split(",").filter((mac) => /^[0-9a-f]{16}$/.test(mac)).map((mac) => mac.match(/../g).join("-"));
    const [show, hide] = [parameters.get("show"), parameters.get("hide")];
    this.usual();
    if (show === "all") this.all();
    else if (show !== null) this.only(macs(show));
    else if (hide !== null) [this.#only, this.#except] = [null, new Set(macs(hide))];
  }
}
