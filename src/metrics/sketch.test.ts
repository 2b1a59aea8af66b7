import { describe, expect, it, test } from 'vitest';
import { type Fineness, toTable } from './quantile-table.ts';
import { createRandom, type Draw, draws } from './random-durations.ts';
import { Sketch } from './sketch.ts';

const SHARES = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1];

function exactly(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}

/** Percentiles that are listed whatever the fineness. */
const LISTED = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

function settledAs(sketch: Sketch, fineness: Fineness): Sketch {
  const { zeros, buckets, sum, max } = sketch.parts;
  const table = toTable(zeros, buckets, fineness);
  return Sketch.settled({ fineness, count: sketch.count, sum, max, table });
}

/** The worst relative error over the shares. */
function worstError(
  sketch: Sketch,
  values: readonly number[],
  shares: readonly number[] = SHARES,
): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.max(
    ...shares.map((q) => {
      const exact = exactly(sorted, q);
      const told = sketch.quantile(q)!;
      return exact === 0 ? told : Math.abs(told - exact) / exact;
    }),
  );
}

function sketchOf(values: readonly number[]): Sketch {
  const sketch = new Sketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

const take = (draw: Draw, count: number): number[] => Array.from({ length: count }, draw);

describe.each(Object.entries(draws(createRandom(7))))('durations that are %s', (_name, draw) => {
  it.each([1, 2, 10, 1_000, 50_000])('%i of them: every percentile is within 1 %', (count) => {
    const values = take(draw, count);
    expect(worstError(sketchOf(values), values)).toBeLessThanOrEqual(0.01 + 1e-9);
  });

  it('are the same merged from eight processes as in one', () => {
    const parts = Array.from({ length: 8 }, (_, i) => take(draw, 100 * (i + 1)));
    const merged = new Sketch();
    for (const part of parts) merged.merge(sketchOf(part));
    const one = sketchOf(parts.flat());
    for (const q of SHARES) expect(merged.quantile(q)).toBe(one.quantile(q));
    expect(merged.count).toBe(one.count);
    expect(merged.max).toBe(one.max);
    expect(merged.sum).toBeCloseTo(one.sum, 3);
  });

  it.each(['fine', 'coarse'] as const)(
    'keep their percentiles when they are settled, %s',
    (fineness) => {
      const values = take(draw, 20_000);
      const settled = settledAs(sketchOf(values), fineness);
      expect(settled.errorRatio).toBe(0.01);
      expect(worstError(settled, values, LISTED)).toBeLessThanOrEqual(0.01 + 1e-9);
      expect(settled.count).toBe(20_000);
      expect(settledAs(settled, fineness).parts).toEqual(settled.parts);
    },
  );

  it.each([
    ['fine', 0.07],
    ['coarse', 0.1],
  ] as const)(
    'stay within what they say when a day of settled hours is added up, %s',
    (fineness, ratio) => {
      const hours = Array.from({ length: 24 }, (_, hour) =>
        take(draw, 2_000).map((ms) => ms * (1 + hour / 8)),
      );
      const day = new Sketch();
      for (const hour of hours) day.merge(settledAs(sketchOf(hour), fineness));
      expect(day.errorRatio).toBe(ratio);
      expect(worstError(day, hours.flat(), [0.5, 0.75, 0.95, 0.99])).toBeLessThanOrEqual(ratio);
    },
  );

  it('are the same again from their parts', () => {
    const sketch = sketchOf(take(draw, 300));
    const again = Sketch.of(sketch.parts);
    expect(again.parts).toEqual(sketch.parts);
    expect(again.count).toBe(300);
  });
});

test('nothing has no percentile, and no wait at all is a wait of zero', () => {
  const sketch = new Sketch();
  expect(sketch.quantile(0.5)).toBeUndefined();
  for (const value of [0, -5, 0, 0.0001, 12]) sketch.add(value);
  expect([0, 0.5, 0.8, 1].map((q) => sketch.quantile(q))).toEqual([0, 0, 0, 12]);
  expect([sketch.count, sketch.sum, sketch.max]).toEqual([5, 12, 12]);
});

test('what is no number is not counted', () => {
  const sketch = new Sketch();
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    sketch.add(value);
  expect(sketch.count).toBe(0);
});

test('no value, however great, takes more room than years do', () => {
  const sketch = sketchOf([0.001, 1e11]);
  const { buckets } = sketch.parts;
  sketch.add(Number.MAX_VALUE);
  expect(sketch.parts.buckets.map(([index]) => index)).toEqual(buckets.map(([index]) => index));
  expect(sketch.quantile(0.5)).toBeLessThanOrEqual(1.02e11);
});

test('a value counts as often as it is told to', () => {
  const [once, often] = [new Sketch(), new Sketch()];
  for (let i = 0; i < 7; i += 1) once.add(42);
  often.add(42, 7);
  expect(often.parts).toEqual(once.parts);
});
