/**
 * Durations, kept as counts in buckets whose width grows with the value, so that every percentile is off by
 * at most one per cent of itself, whatever the data looks like.
 *
 * Two sketches add up to what one would have been that had seen all values, in any order, so figures of many
 * processes and minutes merge without a loss. `collapse` joins neighbouring buckets: half the buckets, twice
 * the error, which each sketch knows of itself. Count, mean and greatest value are exact. Pure.
 */

/** Ratio of a bucket's upper bound to its lower one, for an error of 1 %. */
const GAMMA = 1.01 / 0.99;
const PER_LOG = 1 / Math.log(GAMMA);
/** Less than this many ms counts as zero: no clock here tells a microsecond. */
const SMALLEST = 0.001;
/** More than three years; what is above counts as this. */
const LARGEST = 1e11;
const GROW_BY = 64;

/** Non-empty buckets, ascending: what a sketch is made of when it is stored. */
export interface SketchParts {
  readonly level: number;
  readonly zeros: number;
  readonly sum: number;
  readonly max: number;
  readonly buckets: readonly (readonly [index: number, count: number])[];
}

/** A mergeable summary of durations in ms. */
export class Sketch {
  /** Of a sketch that was never collapsed. */
  static readonly ERROR_RATIO = 0.01;
  /** Further collapsing would say nothing any more: an error of 45 %. */
  static readonly MOST_LEVELS = 5;

  #level = 0;
  /** `#counts[i]` is the count of bucket `#first + i`. Made with the first value. */
  #counts: Float64Array = new Float64Array(0);
  #first = 0;
  #zeros = 0;
  #count = 0;
  #sum = 0;
  #max = 0;

  /** The sketch whose `parts` these are. */
  static of({ level, zeros, sum, max, buckets }: SketchParts): Sketch {
    const sketch = new Sketch();
    sketch.#level = level;
    sketch.#zeros = zeros;
    sketch.#count = zeros;
    sketch.#sum = sum;
    sketch.#max = max;
    const [first, last] = [buckets[0]?.[0], buckets.at(-1)?.[0]];
    if (first !== undefined && last !== undefined) sketch.#cover(first, last);
    for (const [index, count] of buckets) {
      sketch.#counts[index - sketch.#first]! += count;
      sketch.#count += count;
    }
    return sketch;
  }

  get parts(): SketchParts {
    const buckets: [number, number][] = [];
    for (const [i, count] of this.#counts.entries())
      if (count > 0) buckets.push([this.#first + i, count]);
    return { level: this.#level, zeros: this.#zeros, sum: this.#sum, max: this.#max, buckets };
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Greatest value; 0 when there is none. */
  get max(): number {
    return this.#max;
  }

  /** How often it was collapsed. */
  get level(): number {
    return this.#level;
  }

  /** By how much of itself a percentile may be off. */
  get errorRatio(): number {
    const gamma = GAMMA ** (2 ** this.#level);
    return (gamma - 1) / (gamma + 1);
  }

  /** Counts a duration in ms. Zero and less are zero; what is not a finite number is ignored. */
  add(value: number, count: number = 1): void {
    if (!Number.isFinite(value)) return;
    this.#count += count;
    if (value < SMALLEST) {
      this.#zeros += count;
      return;
    }
    this.#sum += value * count;
    if (value > this.#max) this.#max = value;
    const place = this.#bucketOf(value) - this.#first;
    if (place >= 0 && place < this.#counts.length) this.#counts[place]! += count;
    else {
      const index = place + this.#first;
      this.#cover(index, index);
      this.#counts[index - this.#first]! += count;
    }
  }

  /** Adds all that `other` has seen. The finer of the two takes the coarser one's error. */
  merge(other: Sketch): void {
    while (this.#level < other.#level) this.collapse();
    const shift = this.#level - other.#level;
    const { length } = other.#counts;
    if (length > 0) {
      this.#cover(coarser(other.#first, shift), coarser(other.#first + length - 1, shift));
      for (let i = 0; i < length; i += 1) {
        const count = other.#counts[i]!;
        if (count > 0) this.#counts[coarser(other.#first + i, shift) - this.#first]! += count;
      }
    }
    this.#zeros += other.#zeros;
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Joins each two neighbouring buckets. */
  collapse(): void {
    const old = this.#counts;
    const first = this.#first;
    this.#level += 1;
    this.#counts = new Float64Array(0);
    if (old.length === 0) return;
    this.#cover(coarser(first, 1), coarser(first + old.length - 1, 1));
    for (let i = 0; i < old.length; i += 1)
      this.#counts[coarser(first + i, 1) - this.#first]! += old[i]!;
  }

  /** The smallest value that a share of `q` (0 to 1) of all values do not exceed; undefined when there are none. */
  quantile(q: number): number | undefined {
    if (this.#count === 0) return undefined;
    let left = Math.max(1, Math.ceil(q * this.#count));
    if (left >= this.#count) return this.#max;
    left -= this.#zeros;
    if (left <= 0) return 0;
    for (let i = 0; i < this.#counts.length; i += 1) {
      left -= this.#counts[i]!;
      if (left <= 0) return Math.min(this.#max, this.#valueOf(this.#first + i));
    }
    return this.#max;
  }

  #bucketOf(value: number): number {
    const finest = Math.ceil(Math.log(Math.min(value, LARGEST)) * PER_LOG);
    return this.#level === 0 ? finest : coarser(finest, this.#level);
  }

  /** As far from a bucket's lower bound as from its upper one, in proportion. */
  #valueOf(index: number): number {
    const gamma = GAMMA ** (2 ** this.#level);
    return (2 * gamma ** index) / (gamma + 1);
  }

  /** Makes room for the buckets `from` to `to`. */
  #cover(from: number, to: number): void {
    const { length } = this.#counts;
    if (length > 0 && from >= this.#first && to < this.#first + length) return;
    const first = length > 0 ? Math.min(from, this.#first) : from;
    const last = length > 0 ? Math.max(to, this.#first + length - 1) : to;
    // A little more on the side that grows: values come in no order.
    const below = length > 0 && from < this.#first ? GROW_BY : 0;
    const counts = new Float64Array(last - first + 1 + below + GROW_BY);
    counts.set(this.#counts, length > 0 ? this.#first - first + below : 0);
    this.#counts = counts;
    this.#first = first - below;
  }
}

/** The bucket, `levels` collapses later. */
function coarser(index: number, levels: number): number {
  return -(-index >> levels);
}
