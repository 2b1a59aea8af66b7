/**
 * A sketch as the list of its percentiles: what a span of time is kept as once nothing more is added to it.
 *
 * The counts of buckets are mostly noise, and noise does not compress: a busy hour would take a kilobyte. Which
 * bucket each listed percentile falls into takes fifty bytes, however many jobs there were, and the listed
 * percentiles stay as exact as they were. What lies between two of them is spread by a rule. Pure.
 */

/**
 * Each from p50 to p95, since those are asked for; then closer and closer to the end, where a step in rank is a long
 * way.
 */
const FINE: readonly number[] = [
  ...[0.01, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.225, 0.25, 0.275, 0.3, 0.325],
  ...[0.35, 0.375, 0.4, 0.425, 0.45, 0.475],
  ...Array.from({ length: 46 }, (_, i) => (i + 50) / 100),
  ...[0.955, 0.96, 0.965, 0.97, 0.974, 0.978, 0.982, 0.985, 0.9875, 0.99, 0.991, 0.992, 0.993],
  ...[0.994, 0.995, 0.9957, 0.9964, 0.997, 0.9975, 0.998, 0.9984, 0.9987, 0.999, 0.9995, 0.9999],
];
/** For queues with many job names. */
const COARSE: readonly number[] = [
  ...[0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75],
  ...[0.8, 0.84, 0.875, 0.9, 0.92, 0.935, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995],
  ...[0.997, 0.999],
];
/** The bucket of zero; below all others. */
export const ZERO: number = -1_024;
/** Two percentiles that are further apart than this, a factor of 3.6, are taken to have nothing between them. */
const WIDEST_SPREAD = 64;

/** Which percentiles are listed. */
export type Fineness = 'fine' | 'coarse';

/** Non-empty buckets, ascending. */
export type Buckets = readonly (readonly [index: number, count: number])[];

/** How many there are in a list. */
export function tableLength(fineness: Fineness): number {
  return sharesOf(fineness).length;
}

/** The bucket that each listed percentile falls into; `zeros` counts values in the bucket of zero. */
export function toTable(zeros: number, buckets: Buckets, fineness: Fineness): number[] {
  const all: Buckets = zeros > 0 ? [[ZERO, zeros], ...buckets] : buckets;
  const count = all.reduce((sum, [, each]) => sum + each, 0);
  let place = 0;
  let seen = all[0]?.[1] ?? 0;
  return sharesOf(fineness).map((share) => {
    const rank = rankOf(share, count);
    while (seen < rank) {
      place += 1;
      seen += all[place]![1];
    }
    return all[place]![0];
  });
}

/** Buckets of which the listed percentiles are those of `table`, with `count` values; `last` holds the greatest. */
export function fromTable(
  table: readonly number[],
  count: number,
  last: number,
  fineness: Fineness,
): Map<number, number> {
  const buckets = new Map<number, number>();
  const put = (index: number, values: number): void => {
    if (values > 0) buckets.set(index, (buckets.get(index) ?? 0) + values);
  };
  const points = table.map((index, i) => ({ index, rank: rankOf(sharesOf(fineness)[i]!, count) }));
  let before = { index: table[0]!, rank: 0 };
  for (const point of [...points, { index: Math.max(last, table.at(-1)!), rank: count }]) {
    spread(before, point, count, put);
    before = point;
  }
  return buckets;
}

/**
 * Puts the values between two percentiles where they are likely to be. The percentiles themselves stay: the last
 * bucket always gets one.
 */
function spread(
  from: Point,
  to: Point,
  count: number,
  put: (index: number, values: number) => void,
): void {
  const width = to.index - from.index;
  const values = to.rank - from.rank;
  if (values <= 0) return;
  if (width > WIDEST_SPREAD) {
    const near = Math.floor(values / 2);
    put(from.index, near);
    put(to.index, values - near);
    return;
  }
  // What lies beyond a value falls by the same factor with each bucket: true for heavy tails, near enough elsewhere.
  const factor = Math.max(0.5, count - to.rank) / (count - from.rank);
  let placed = 0;
  for (let i = 1; i < width; i += 1) {
    const beyond = (count - from.rank) * factor ** (i / width);
    const reached = Math.min(values - 1, Math.floor(count - from.rank - beyond));
    put(from.index + i, reached - placed);
    placed = Math.max(placed, reached);
  }
  put(to.index, values - placed);
}

interface Point {
  readonly index: number;
  readonly rank: number;
}

function sharesOf(fineness: Fineness): readonly number[] {
  return fineness === 'fine' ? FINE : COARSE;
}

/** As `Sketch.quantile` counts. */
function rankOf(share: number, count: number): number {
  return Math.max(1, Math.ceil(share * count));
}
