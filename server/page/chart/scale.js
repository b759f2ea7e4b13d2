// Where a time and a temperature are in the picture.

/** Room above the plot, and below it for the times, in pixels. */
const TOP = 12;
const BOTTOM = 40;

/** The plot shows at least this many degrees, or noise would look like weather. */
const LEAST = 1;

export class Scale {
  /** @param {number[]} values lowest and highest in the unit shown; none, if there are none. */
  constructor(width, height, from, to, values) {
    const [low = 20, high = 22] = values;
    const margin = Math.max((high - low) * 0.08, (LEAST - (high - low)) / 2);
    Object.assign(this, { width, height, from, to, low: low - margin, high: high + margin });
    this.empty = values.length === 0;
    this.bottom = height - BOTTOM;
  }

  /** The plot is as wide as the picture: a tenth of the one is a tenth of the other. */
  x(time) {
    return ((time - this.from) / (this.to - this.from)) * this.width;
  }

  timeAt(x) {
    return this.from + (x / this.width) * (this.to - this.from);
  }

  y(value) {
    return TOP + ((this.high - value) / (this.high - this.low)) * (this.bottom - TOP);
  }
}
