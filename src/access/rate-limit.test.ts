import { expect, test } from 'vitest';
import { RateLimit } from './rate-limit.ts';

test('a burst is allowed, then as many as come back with time', () => {
  const limit = new RateLimit({ burst: 3, perSecond: 2 });
  expect([0, 0, 0].map((now) => limit.take('ann', now))).toEqual([0, 0, 0]);
  expect(limit.take('ann', 0)).toBe(500);
  expect(limit.take('ann', 499)).toBeGreaterThan(0);
  expect(limit.take('ann', 500)).toBe(0);
  expect(limit.take('ann', 500)).toBe(500);
});

test('being refused costs nothing, and no key pays for another', () => {
  const limit = new RateLimit({ burst: 1, perSecond: 1 });
  limit.take('ann', 0);
  for (let i = 0; i < 100; i += 1) limit.take('ann', 0);
  expect(limit.take('ann', 1_000)).toBe(0);
  expect(limit.take('bob', 0)).toBe(0);
});

test('asking how long to wait takes nothing', () => {
  const limit = new RateLimit({ burst: 1, perSecond: 1 });
  expect([limit.wait('ann', 0), limit.wait('ann', 0), limit.take('ann', 0)]).toEqual([0, 0, 0]);
  expect(limit.wait('ann', 0)).toBe(1_000);
});

test('never more than the burst comes back, and a clock that goes back gives nothing', () => {
  const limit = new RateLimit({ burst: 2, perSecond: 1 });
  limit.take('ann', 10_000);
  limit.take('ann', 10_000);
  expect(limit.take('ann', 5_000)).toBe(1_000);
  expect([1, 2, 3].map(() => limit.take('ann', 1_000_000))).toEqual([0, 0, 1_000]);
});

test('the number of keys is bounded: the one that asked longest ago is forgotten', () => {
  const limit = new RateLimit({ burst: 1, perSecond: 1, mostKeys: 2 });
  limit.take('ann', 0);
  limit.take('bob', 0);
  limit.take('ann', 0);
  limit.take('cleo', 0);
  expect(limit.wait('ann', 0)).toBe(1_000);
  expect(limit.wait('bob', 0)).toBe(0);
});
