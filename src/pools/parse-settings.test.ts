/** Settings as they come back from Redis: whole, or not at all. */
import { expect, test } from 'vitest';
import { parseSettings } from './parse-settings.ts';

const SOUND = {
  ...{ min: 1, max: 20, perHostMax: 20, concurrency: 10, waitP95Ms: 1_000, isolation: 'none' },
  ...{ weight: 1, mode: 'auto', idleAfterMs: 60_000, startMs: 100, efficacy: 'off' },
  schedule: [{ cron: '0 8 * * *', timeZone: 'UTC', forMs: 3_600_000, min: 5 }],
};

test('sound settings come back as they are', () => {
  expect(parseSettings(JSON.stringify(SOUND))).toEqual(SOUND);
});

test.each([
  { min: 21 },
  { min: -1 },
  { max: 1.5 },
  { max: null },
  { max: '20' },
  { waitP95Ms: 'soon' },
  { weight: -1 },
  { mode: 'manual' },
  { efficacy: true },
])('with %o they are none', (fields) => {
  expect(parseSettings(JSON.stringify({ ...SOUND, ...fields }))).toBeUndefined();
});

test.each(['', 'x', 'null', '[]', '7', '{}'])('%s is none', (text) => {
  expect(parseSettings(text)).toBeUndefined();
});

test('a floor that cannot be read is left out', () => {
  const schedule = [...SOUND.schedule, { cron: 5 }, null, { cron: '* * * * *' }];
  expect(parseSettings(JSON.stringify({ ...SOUND, schedule }))?.schedule).toEqual(SOUND.schedule);
});
