import { expect, test } from 'vitest';
import { defineQueue } from '../queues/define-queue.ts';
import { isOutdated, parsePromises, promisesOf, writePromises } from './health-promises.ts';

const defined = defineQueue('q', { objectives: { waitP95: '2s' }, health: { stuckAfter: '1m' } });
const PROMISES = promisesOf(defined)!;
const NOW = 1_764_000_000_000;

test('a queue that is only named promises nothing', () => {
  expect(promisesOf(defineQueue('named'))).toBeNull();
});

test('what is left is what another process reads', () => {
  const text = writePromises(PROMISES, NOW);
  expect(parsePromises(text, NOW)).toEqual(PROMISES);
  expect(parsePromises(text, NOW)?.objectives.waitP95Ms).toBe(2_000);
});

test('a promise is renewed in time, when it changes, and after a jump of the clock', () => {
  const text = writePromises(PROMISES, NOW);
  expect(isOutdated(undefined, PROMISES, NOW)).toBe(true);
  expect(isOutdated(text, PROMISES, NOW + 50_000)).toBe(false);
  expect(isOutdated(text, PROMISES, NOW + 61_000)).toBe(true);
  expect(isOutdated(text, PROMISES, NOW - 61_000)).toBe(true);
  const other = promisesOf(defineQueue('q', { objectives: { waitP95: '3s' } }))!;
  expect(isOutdated(text, other, NOW)).toBe(true);
});

test('a promise that nobody renews, or that cannot be read, is none', () => {
  expect(parsePromises(writePromises(PROMISES, NOW), NOW + 16 * 60_000)).toBeNull();
  for (const text of [undefined, '', '{', '[]', '"x"', '{"at":"soon"}'])
    expect(parsePromises(text, NOW)).toBeNull();
});
