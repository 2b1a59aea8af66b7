import { expect, test } from 'vitest';
import { BUCKETS_MS, Histogram } from './buckets.ts';

test('a duration falls into the first bucket that holds it, the bound included', () => {
  const histogram = new Histogram();
  for (const bound of BUCKETS_MS) {
    histogram.add(bound);
    histogram.add(bound + 0.001);
  }
  histogram.add(0);
  expect(histogram.counts).toEqual([2, ...Array(BUCKETS_MS.length - 1).fill(2), 1]);
  expect(histogram.count).toBe(2 * BUCKETS_MS.length + 1);
});

test('what is no duration is not counted, and no clock makes the sum smaller', () => {
  const histogram = new Histogram();
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, -5, 12]) histogram.add(ms);
  expect([histogram.count, histogram.sumMs]).toEqual([2, 12]);
});
