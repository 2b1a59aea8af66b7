import { expect, test } from 'vitest';
import type { PoolFloor } from '../workers/pool-settings.ts';
import { Occurrences, scheduleFloor } from './schedule-floor.ts';

const HOUR = 3_600_000;
const at = (time: string): number => Date.parse(time);

function floor(cron: string, forMs: number, min: number, timeZone = 'UTC'): PoolFloor {
  return { cron, timeZone, forMs, min };
}

const office = [floor('0 9 * * 1-5', 8 * HOUR, 10, 'Europe/Berlin')];

test.each([
  // Thursday in winter: 9:00 in Berlin is 8:00 UTC.
  ['a millisecond before it begins', '2026-11-26T07:59:59.999Z', 0],
  ['in its first moment', '2026-11-26T08:00:00.000Z', 10],
  ['in its last moment', '2026-11-26T15:59:59.999Z', 10],
  ['when it has ended', '2026-11-26T16:00:00.000Z', 0],
  ['on a Saturday', '2026-11-28T10:00:00.000Z', 0],
  // In summer it is 7:00 UTC.
  ['before it begins in summer', '2026-07-23T06:59:59.999Z', 0],
  ['in summer', '2026-07-23T07:00:00.000Z', 10],
])('a floor by the clock of its time zone: %s', (_when, time, expected) => {
  expect(scheduleFloor(office, at(time), 0)).toBe(expected);
});

test('slots that start slowly are asked for ahead of time', () => {
  expect(scheduleFloor(office, at('2026-11-26T07:59:29Z'), 30_000)).toBe(0);
  expect(scheduleFloor(office, at('2026-11-26T07:59:30Z'), 30_000)).toBe(10);
});

const night = [floor('30 2 * * *', HOUR, 4, 'Europe/Berlin')];

test.each([
  // 2027-03-28: the clocks go from 2:00 to 3:00, at 1:00 UTC.
  ['a time that is left out in spring is held an hour later', '2027-03-28T01:30:00Z', 4],
  ['and not before', '2027-03-28T01:29:59Z', 0],
  ['and as long as always', '2027-03-28T02:29:59Z', 4],
  ['and not longer', '2027-03-28T02:30:00Z', 0],
  // 2026-10-25: the clocks go from 3:00 back to 2:00, at 1:00 UTC.
  ['a time that comes twice in autumn is held the first time', '2026-10-25T00:30:00Z', 4],
  ['and not the second time', '2026-10-25T01:30:00Z', 0],
])('%s', (_what, time, expected) => {
  expect(scheduleFloor(night, at(time), 0)).toBe(expected);
});

test('a floor over a change of the clocks lasts as long as it says', () => {
  // From midnight in Berlin, 22:00 UTC, for four hours of real time.
  const over = [floor('0 0 25 10 *', 4 * HOUR, 3, 'Europe/Berlin')];
  expect(scheduleFloor(over, at('2026-10-25T01:59:59Z'), 0)).toBe(3);
  expect(scheduleFloor(over, at('2026-10-25T02:00:00Z'), 0)).toBe(0);
});

test('the highest of several floors counts, and one that is renewed before it ends goes on', () => {
  const several = [
    floor('0 * * * *', 2 * HOUR, 2),
    floor('0 12 * * *', HOUR, 7),
    floor('0 12 * * *', HOUR, 5),
  ];
  expect(scheduleFloor(several, at('2026-11-26T11:59:00Z'), 0)).toBe(2);
  expect(scheduleFloor(several, at('2026-11-26T12:30:00Z'), 0)).toBe(7);
  expect(scheduleFloor([], at('2026-11-26T12:30:00Z'), 0)).toBe(0);
});

test('a floor that cannot be read is none, and the others still count', () => {
  const garbage = [floor('at noon', HOUR, 9), floor('* * * * *', HOUR, 9, 'Mars/Base')];
  expect(scheduleFloor([...garbage, floor('* * * * *', HOUR, 1)], at('2026-11-26T12:00Z'), 0)).toBe(
    1,
  );
});

test('what is remembered answers as if it were found anew, also when the clock jumps', () => {
  const kept = new Occurrences();
  const floors = [...office, ...night, floor('*/7 * * * *', 90_000, 1)];
  let time = at('2027-03-26T22:00:00Z');
  const steps = [...Array.from({ length: 400 }, () => 451_000), -40 * HOUR, 90 * HOUR, -1, 1];
  for (const step of steps) {
    time += step;
    expect(scheduleFloor(floors, time, 5_000, kept)).toBe(scheduleFloor(floors, time, 5_000));
  }
});

test('a time is found once, however often it is asked for', () => {
  const asked: number[] = [];
  class Counting extends Occurrences {
    override next(...args: Parameters<Occurrences['next']>): number {
      const next = super.next(...args);
      asked.push(next);
      return next;
    }
  }
  const kept = new Counting();
  const start = at('2026-11-26T08:00:00Z');
  for (let second = 0; second < 3_600; second += 1)
    scheduleFloor(office, start + second * 1_000, 0, kept);
  expect(new Set(asked).size).toBe(1);
});
