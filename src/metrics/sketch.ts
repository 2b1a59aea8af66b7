/**
 * Durations, kept as counts in buckets whose width grows with the value, so that every percentile is off by
 * at most one per cent of itself, whatever the data looks like.
 *
 * Two sketches add up to what one would have been that had seen all values, in any order, so figures of many
 * processes and minutes merge without a loss. One that is kept for long is settled: it keeps its percentiles and
 * loses what lies between them. Each sketch knows by how much it may be off. Count, mean and greatest value are
 * exact. Pure.
 */
import { type Buckets, type Fineness, fromTable, ZERO } from './quantile-table.ts';

/** Ratio of a bucket's upper bound to its lower one, for an error of 1 %. */
const GAMMA = 1.01 / 0.99;
const PER_LOG = 1 / Math.log(GAMMA);
/** Less than this many ms counts as zero: no clock here tells a microsecond. */
const SMALLEST = 0.001;
/** More than three years; what is above counts as this. */
const LARGEST = 1e11;
const GROW_BY = 64;
/**
 * Of a sketch that settled ones were merged into: the percentiles of a sum are not listed in its parts. The worst
 * of thousands of sums of the shapes in `random-durations.ts`; the median is 1 %.
 */
const SETTLED_ERROR_RATIO = { fine: 0.07, coarse: 0.1 } as const;

/** What a sketch is made of when it is stored. */
export interface SketchParts {
  readonly zeros: number;
  readonly sum: number;
  readonly max: number;
  readonly buckets: Buckets;
}

/** What it is made of when it is settled. */
export interface SettledParts {
  readonly fineness: Fineness;
  readonly count: number;
  readonly sum: number;
  readonly max: number;
  /** Buckets of the listed percentiles: see `toTable`. */
  readonly table: readonly number[];
}

/** A mergeable summary of durations in ms. */
export class Sketch {
  /** Of a percentile, unless settled sketches were merged. */
  static readonly ERROR_RATIO = 0.01;

  /** How finely it was settled; undefined when it never was. */
  #settled: Fineness | undefined;
  #errorRatio: number = Sketch.ERROR_RATIO;
  /** `#counts[i]` is the count of bucket `#first + i`. Made with the first value. */
  #counts: Float64Array = new Float64Array(0);
  #first = 0;
  #zeros = 0;
  #count = 0;
  #sum = 0;
  #max = 0;

  /** The sketch whose `parts` these are. */
  static of({ zeros, sum, max, buckets }: SketchParts): Sketch {
    const sketch = new Sketch();
    sketch.#zeros = zeros;
    sketch.#count = zeros;
    sketch.#sum = sum;
    sketch.#max = max;
    sketch.#put(buckets);
    return sketch;
  }

  /** The sketch that was settled as `parts`. */
  static settled({ fineness, count, sum, max, table }: SettledParts): Sketch {
    const buckets = fromTable(table, count, max < SMALLEST ? ZERO : bucketOf(max), fineness);
    const zeros = buckets.get(ZERO) ?? 0;
    buckets.delete(ZERO);
    const sketch = Sketch.of({ zeros, sum, max, buckets: [...buckets].sort(([x], [y]) => x - y) });
    sketch.#settled = fineness;
    return sketch;
  }

  get parts(): SketchParts {
    const buckets: [number, number][] = [];
    const counts = this.#counts;
    for (let i = 0; i < counts.length; i += 1)
      if (counts[i]! > 0) buckets.push([this.#first + i, counts[i]!]);
    return { zeros: this.#zeros, sum: this.#sum, max: this.#max, buckets };
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

  /** How finely it was settled, or what was merged into it; undefined when nothing was. */
  get fineness(): Fineness | undefined {
    return this.#settled;
  }

  /** By how much of itself a percentile may be off. */
  get errorRatio(): number {
    return this.#errorRatio;
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
    const place = bucketOf(value) - this.#first;
    if (place >= 0 && place < this.#counts.length) this.#counts[place]! += count;
    else {
      const index = place + this.#first;
      this.#cover(index, index);
      this.#counts[index - this.#first]! += count;
    }
  }

  /** Adds all that `other` has seen. */
  merge(other: Sketch): void {
    if (other.#count === 0) return;
    this.#noteSettled(other);
    const { length } = other.#counts;
    if (length > 0) {
      this.#cover(other.#first, other.#first + length - 1);
      for (let i = 0; i < length; i += 1) {
        const count = other.#counts[i]!;
        if (count > 0) this.#counts[other.#first + i - this.#first]! += count;
      }
    }
    this.#zeros += other.#zeros;
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
  }

  /** The share of all values that lie above `value`, to a bucket's width; undefined when there are none. */
  shareAbove(value: number): number | undefined {
    if (this.#count === 0) return undefined;
    if (value >= this.#max) return 0;
    let above = 0;
    for (let i = this.#counts.length - 1; i >= 0; i -= 1) {
      if (middleOf(this.#first + i) <= value) break;
      above += this.#counts[i]!;
    }
    return above / this.#count;
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
      if (left <= 0) return Math.min(this.#max, middleOf(this.#first + i));
    }
    return this.#max;
  }

  /** A sum with a settled part is less exact; a copy of one is not. */
  #noteSettled(other: Sketch): void {
    const isCopy = this.#count === 0;
    if (other.#settled) this.#settled = this.#settled === 'coarse' ? 'coarse' : other.#settled;
    const ratio = isCopy || !this.#settled ? 0 : SETTLED_ERROR_RATIO[this.#settled];
    this.#errorRatio = Math.max(this.#errorRatio, other.#errorRatio, ratio);
  }

  #put(buckets: Buckets): void {
    const [first, last] = [buckets[0]?.[0], buckets.at(-1)?.[0]];
    if (first === undefined || last === undefined) return;
    this.#cover(first, last);
    for (const [index, count] of buckets) {
      this.#counts[index - this.#first]! += count;
      this.#count += count;
    }
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

function bucketOf(value: number): number {
  return Math.ceil(Math.log(Math.min(value, LARGEST)) * PER_LOG);
}

/** As far from a bucket's lower bound as from its upper one, in proportion. */
function middleOf(index: number): number {
  return (2 * GAMMA ** index) / (GAMMA + 1);
}
