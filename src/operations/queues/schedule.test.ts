/** Which schedules are taken, and how they are said. */
import { expect, test } from 'vitest';
import { InputError } from '../../errors.ts';
import { checkSchedule, inWords, type Schedule } from './schedule.ts';

const NOW = Date.UTC(2026, 0, 5, 12);

function pointerOf(schedule: Schedule): string | undefined {
  try {
    checkSchedule(schedule, NOW);
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.pointer;
    throw error;
  }
}

test('patterns of five and six fields, intervals and time zones are taken', () => {
  expect(pointerOf({ pattern: '0 9 * * 1-5' })).toBeUndefined();
  expect(pointerOf({ pattern: '30 0 9 * * 1-5', timeZone: 'Europe/Berlin' })).toBeUndefined();
  expect(pointerOf({ pattern: '0 0 29 2 *' })).toBeUndefined();
  expect(pointerOf({ everyMs: 1_000 })).toBeUndefined();
});

test('a pattern that never fires or cannot be read is refused at its field', () => {
  const patterns = [
    ...['0 0 31 2 *', '0 0 30 2 *', '0 0 31 4,6,9,11 *', '* * * *', '* * * * * * *', 'hello', ''],
    ...['1-59999 * * * *', '@yearly', '* * * * \n*', `${'1,'.repeat(200)}1 * * * *`, '-1 * * * *'],
    ...['*/0 * * * *', '60 * * * *', '* * * * __proto__', '$(reboot) * * * *'],
  ];
  for (const pattern of patterns) expect(pointerOf({ pattern }), pattern).toBe('/pattern');
});

test('both or neither, and a time zone that is none, are refused', () => {
  expect(pointerOf({ pattern: '* * * * *', everyMs: 5_000 })).toBe('/every');
  expect(pointerOf({})).toBe('/pattern');
  expect(pointerOf({ pattern: '* * * * *', timeZone: 'Mars/Olympus' })).toBe('/timeZone');
});

test('a schedule is said in words', () => {
  expect(inWords({ pattern: '0 9 * * 1-5', timeZone: 'Europe/Berlin' })).toBe(
    'At 09:00, Monday through Friday (Europe/Berlin)',
  );
  expect(inWords({ everyMs: 90_000 })).toBe('Every 1m 30s');
  expect(inWords({ pattern: 'what is this' })).toBe('what is this');
  expect(inWords({})).toBe('No schedule that this version can read');
});
