// The points of one mote in the stretch of time shown.

/** Means a mote has on the chart at most, and as many live readings on top of them. */
export const MOST = 600;

/** Reports missed before a line has a gap. */
const GAP = 4;

export class Points {
  /** In ms, ascending. */
  times = [];
  /** One for each time, in the quantity's unit: temperatures in °C. */
  values = [];
  /** The extremes of all readings behind the points. */
  min = Infinity;
  max = -Infinity;

  append(time, value) {
    this.times.push(time);
    this.values.push(value);
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    if (this.times.length > 4 * MOST) this.#thin();
  }

  /** The index of the first point that is not before `time`. */
  indexOf(time) {
    let [low, high] = [0, this.times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The index of the point that is nearest to `time`; -1 without points. */
  nearest(time) {
    const after = this.indexOf(time);
    if (after === this.times.length) return after - 1;
    return after > 0 && time - this.times[after - 1] < this.times[after] - time ? after - 1 : after;
  }

  /** The time between two points, in ms, from which on the line has a gap. */
  gap(pace) {
    return GAP * Math.max(pace ?? 0, this.#medianStep());
  }

  #medianStep() {
    const steps = [];
    // Some forty of them tell as much as all.
    const skip = Math.max(1, Math.floor(this.times.length / 40));
    for (let index = 1; index < this.times.length; index += skip) {
      steps.push(this.times[index] - this.times[index - 1]);
    }
    steps.sort((a, b) => a - b);
    return steps.length > 2 ? steps[steps.length >> 1] : Infinity;
  }

  /** Every second point goes: what lies between two refreshes must not grow for ever. */
  #thin() {
    this.times = this.times.filter((_, index) => index % 2 === 0);
    this.values = this.values.filter((_, index) => index % 2 === 0);
  }
}
