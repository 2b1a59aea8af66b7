/** Estimates are right on average, and as far off as they say. */
import { expect, test } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { addUp, estimateTotal, spread } from './estimate.ts';

test('a sample of all is exact', () => {
  expect(estimateTotal([10, 20, 60], 3)).toEqual({
    ...{ bytes: 90, standardErrorBytes: 0, sampled: 3, of: 3 },
  });
});

test('nothing is 0, and what nobody has looked at is not known', () => {
  expect(estimateTotal([], 0)).toMatchObject({ bytes: 0, standardErrorBytes: 0 });
  expect(estimateTotal([], 5)).toBeUndefined();
  expect(estimateTotal([100], 5)).toMatchObject({ bytes: 500, standardErrorBytes: null });
});

test('the error that is told is the error that is made', () => {
  const random = createSeededRandom(3);
  const all = Array.from({ length: 5_000 }, () => Math.round(500 + 8_000 * random() ** 4));
  const total = all.reduce((sum, size) => sum + size, 0);
  let [within, sum] = [0, 0];
  const tries = 400;
  for (let i = 0; i < tries; i += 1) {
    const sizes = spread(all.length, 50, random).map((at) => all[at]!);
    const { bytes, standardErrorBytes } = estimateTotal(sizes, all.length)!;
    sum += bytes;
    if (Math.abs(bytes - total) < standardErrorBytes!) within += 1;
  }
  expect(Math.abs(sum / tries / total - 1)).toBeLessThan(0.01);
  expect(within / tries).toBeGreaterThan(0.6);
  expect(within / tries).toBeLessThan(0.78);
});

test('a sample is spread over all, repeats nothing and leaves nothing out', () => {
  const random = createSeededRandom(4);
  for (const of of [0, 1, 2, 49, 50, 51, 99, 1_000]) {
    const at = spread(of, 50, random);
    expect(new Set(at).size).toBe(Math.min(of, 50));
    for (const [i, place] of at.entries()) {
      expect(place).toBeGreaterThanOrEqual(Math.floor((i * of) / at.length));
      expect(place).toBeLessThan(of);
    }
  }
});

test('errors of parts add up as independent ones, and one that is unknown stays unknown', () => {
  const part = (standardErrorBytes: number | null) => ({
    ...{ bytes: 100, standardErrorBytes, sampled: 2, of: 4 },
  });
  expect(addUp([part(30), part(40)])).toEqual({
    ...{ bytes: 200, standardErrorBytes: 50, sampled: 4, of: 8 },
  });
  expect(addUp([part(30), part(null)]).standardErrorBytes).toBeNull();
});
