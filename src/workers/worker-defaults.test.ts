import { expect, test } from 'vitest';
import { withWorkerDefaults } from './worker-defaults.ts';

test('locks are long and renewed early, and the jobs of a dead process are looked for soon', () => {
  expect(withWorkerDefaults({})).toEqual({
    lockDuration: 30_000,
    lockRenewTime: 4_000,
    stalledInterval: 10_000,
    maxStalledCount: 10,
  });
});

test("the user's own options win", () => {
  const own = {
    lockDuration: 60_000,
    lockRenewTime: 9_000,
    stalledInterval: 1,
    maxStalledCount: 2,
  };
  expect(withWorkerDefaults(own)).toEqual(own);
});

test('a short lock is still renewed before it runs out', () => {
  expect(withWorkerDefaults({ lockDuration: 1_500 }).lockRenewTime).toBe(750);
});
