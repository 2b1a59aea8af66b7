import { expect, test } from 'vitest';
import { backoffDelay, isWorthTelling } from './backoff.ts';

const bounds = { minDelayMs: 50, maxDelayMs: 2_000 };

test('the delay doubles from the minimum up to the cap', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 60].map((attempt) => backoffDelay(attempt, bounds, 0));
  expect(delays).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
});

test('jitter takes away at most half of the delay and never adds to it', () => {
  for (let i = 0; i < 1_000; i += 1) {
    const delay = backoffDelay(4, bounds);
    expect(delay).toBeGreaterThanOrEqual(200);
    expect(delay).toBeLessThanOrEqual(400);
  }
});

test('the 1st, 2nd, 4th and 8th occurrence are told', () => {
  const told = Array.from({ length: 17 }, (_, i) => i).filter(isWorthTelling);
  expect(told).toEqual([1, 2, 4, 8, 16]);
});
