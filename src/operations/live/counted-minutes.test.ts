import { expect, test } from 'vitest';
import { NO_TREND, TREND_MINUTES } from '../../health/trend.ts';
import { CountedMinutes, lastMinute } from './counted-minutes.ts';

test('a minute is over a moment after its end', () => {
  expect(lastMinute(10 * 60_000 + 1_000)).toBe(8);
  expect(lastMinute(10 * 60_000 + 2_000)).toBe(9);
});

test('at first all minutes are missing, then those since', () => {
  const counted = new CountedMinutes();
  expect(counted.missing('a', 100)).toBe(TREND_MINUTES);
  counted.add('a', 100, Array(TREND_MINUTES).fill(1));
  expect(counted.missing('a', 100)).toBe(0);
  expect(counted.missing('a', 99)).toBe(0); // A clock that was set back.
  counted.add('a', 102, [null, 5]);
  expect(counted.of('a').slice(-3)).toEqual([1, null, 5]);
  expect(counted.of('a')).toHaveLength(TREND_MINUTES);
  expect(counted.missing('a', 500)).toBe(TREND_MINUTES);
});

test('where nothing was counted, all is still missing', () => {
  const counted = new CountedMinutes();
  counted.add('a', 100, []);
  expect(counted.missing('a', 100)).toBe(TREND_MINUTES);
  expect(counted.of('a')).toEqual(NO_TREND);
});

test('queues that are gone are let go of', () => {
  const counted = new CountedMinutes();
  counted.add('a', 100, [1]);
  counted.add('b', 100, [1]);
  counted.keep(new Set(['b']));
  expect([counted.missing('a', 100), counted.missing('b', 100)]).toEqual([TREND_MINUTES, 0]);
});
