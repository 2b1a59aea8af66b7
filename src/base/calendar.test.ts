import { expect, it } from 'vitest';
import { isoWeek, parseUtcStamp, utcDay, utcMonth } from './calendar.ts';
import { utcStamp } from './units.ts';

it.each([
  ['a day begins at midnight', utcDay, '2026-11-26T23:59:59.999Z', '2026-11-27T00:00:00Z'],
  ['a week begins on Monday', isoWeek, '2026-11-22T23:59:59.999Z', '2026-11-23T00:00:00Z'],
  ['a week of the leap year', isoWeek, '2024-03-03T23:00:00Z', '2024-03-04T00:00:00Z'],
  ['a month begins on its first', utcMonth, '2026-11-30T23:59:59.999Z', '2026-12-01T00:00:00Z'],
  ['a year begins with its first month', utcMonth, '2026-12-31T23:59:59Z', '2027-01-01T00:00:00Z'],
  ['before the epoch, too', isoWeek, '1969-12-28T23:59:59Z', '1969-12-29T00:00:00Z'],
])('%s', (_what, of, last, first) => {
  expect(of(Date.parse(first))).toBe(of(Date.parse(last)) + 1);
});

it('the first days of a year belong to the week that the old one ended with', () => {
  expect(isoWeek(Date.parse('2027-01-03T12:00:00Z'))).toBe(isoWeek(Date.parse('2026-12-28')));
});

it('a stamp is read back as it was written, and what is none is none', () => {
  const at = Date.parse('2026-11-27T07:00:09Z');
  expect(parseUtcStamp(utcStamp(at))).toBe(at);
  for (const text of ['20260431T000000Z', '20261301T000000Z', '20261127T250000Z', '', '2026'])
    expect(parseUtcStamp(text)).toBeUndefined();
});
