// Where a time and a value are in the picture.

/** Room above the plot, and below it for the times, in pixels. */
const TOP = 12;
const BOTTOM = 40;

export class Scale {
  /**
   * @param {number[]} values lowest and highest in the unit shown; none, if there are none.
   * @param {number} least the plot shows at least so much, or noise would look like weather.
   */
  constructor(width, height, from, to, values, least = 1) {
    const [low = 20, high = 22] = values;
    const margin = Math.max((high - low) * 0.08, (least - (high - low)) / 2);
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
