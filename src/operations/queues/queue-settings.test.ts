/** How long a limiter holds a queue, as far as its keys tell. */
import { expect, test } from 'vitest';
import { limitedForMs } from './queue-settings.ts';

test('a limit of the whole fleet holds the queue once it is used up', () => {
  expect(limitedForMs(10, 9, 5_000)).toBe(0);
  expect(limitedForMs(10, 10, 5_000)).toBe(5_000);
});

test('without a window nothing is held', () => {
  expect(limitedForMs(10, null, -2)).toBe(0);
  expect(limitedForMs(null, null, -2)).toBe(0);
  expect(limitedForMs(10, 10, 0)).toBe(0);
});

test('a limit that only workers know leaves it open, a hold by hand does not', () => {
  expect(limitedForMs(null, 3, 5_000)).toBeNull();
  expect(limitedForMs(null, Number.MAX_SAFE_INTEGER, 5_000)).toBe(5_000);
});
