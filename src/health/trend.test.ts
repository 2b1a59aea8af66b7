import { expect, test } from 'vitest';
import { WindowRecord } from '../metrics/window-record.ts';
import { NO_TREND, parseTrend, TREND_MINUTES, toTrend, writeTrend } from './trend.ts';

/** A minute with a worker of Drover, in which so many jobs ended. */
function measured(completed: number, dead: number): WindowRecord {
  const record = new WindowRecord();
  record.slotMs = 60_000;
  Object.assign(record.tally('job'), { completed, dead, retried: 7 });
  return record;
}

test('what ended in each minute, oldest first; where nobody was there it is not known', () => {
  const minutes = new Map([
    [100, measured(5, 2)],
    [99, measured(0, 0)],
    [71, measured(1, 0)],
    [70, measured(9, 9)], // Too long ago.
  ]);
  const trend = toTrend(minutes, 100);
  expect(trend).toHaveLength(TREND_MINUTES);
  expect(trend.slice(0, 2)).toEqual([1, null]);
  expect(trend.slice(-3)).toEqual([null, 0, 7]);
});

test('what is written is what is read, and nothing known is nothing written', () => {
  const trend = NO_TREND.map((_, i) => (i % 3 === 0 ? null : i * 1_000));
  expect(parseTrend(writeTrend(trend))).toEqual(trend);
  expect(writeTrend(NO_TREND)).toBeNull();
});

test.each([null, undefined, '', '1,2', `${'1,'.repeat(TREND_MINUTES - 1)}x`, `1${','.repeat(99)}`])(
  'the text %j is no trend',
  (text) => expect(parseTrend(text)).toBeNull(),
);
