/**
 * The bounds of the histograms that a scraper reads, and counting into them. Pure.
 *
 * Fixed, so that histograms of many processes add up. They grow for the life of the process.
 */

/** Upper bounds, in ms. */
export const BUCKETS_MS: readonly number[] = [
  5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000, 30_000, 60_000,
  300_000, 1_800_000,
];
const BOUNDS = Float64Array.from(BUCKETS_MS);

/** Counts of durations up to each bound of `BUCKETS_MS`, and beyond the last. */
export class Histogram {
  readonly #counts: Float64Array = new Float64Array(BOUNDS.length + 1);
  #sumMs = 0;

  /** Counts a duration; what is not a number of ms is ignored. */
  add(ms: number): void {
    if (!Number.isFinite(ms)) return;
    let [low, high] = [0, BOUNDS.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ms <= BOUNDS[middle]!) high = middle;
      else low = middle + 1;
    }
    this.#counts[low]! += 1;
    if (ms > 0) this.#sumMs += ms;
  }

  /** Of each bucket alone; the last is what lies beyond all bounds. */
  get counts(): readonly number[] {
    return [...this.#counts];
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  get sumMs(): number {
    return this.#sumMs;
  }
}
