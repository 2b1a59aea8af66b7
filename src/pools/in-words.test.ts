/** Sentences about targets: every reason, every cap, the numbers they were decided by. */
import { expect, test } from 'vitest';
import type { DecidedBy, Explanation } from './explanation.ts';
import { inWords } from './in-words.ts';

const BUSY: Explanation = {
  ...{ from: 5, to: 7, decidedBy: 'backlog', feedback: 7, feedForward: 6, standby: null },
  ...{ load: 42, arrivalsPerSecond: 9.8, serviceMs: 650, waitP95Ms: 5_000 },
  ...{ caps: [], advice: null },
};

test('a backlog is told with its work, the promise and the usual load', () => {
  expect(inWords(BUSY)).toBe(
    '5 → 7 slots: 42 jobs in the system need about 27s of work, promised wait 5s; 9.8 jobs/s arrive and take 650ms each',
  );
});

test.each<[DecidedBy, Partial<Explanation>, string]>([
  [
    'load',
    {},
    '5 → 7 slots: 9.8 jobs/s arrive and take 650ms each, which keeps about 6.4 slots busy',
  ],
  ['load', { arrivalsPerSecond: 0 }, '5 → 7 slots: jobs keep arriving'],
  [
    'standby',
    {},
    '5 → 7 slots: kept ready, since new slots take longer to start than jobs may wait (5s)',
  ],
  ['schedule', {}, '5 → 7 slots: the schedule asks for at least 7 at this time'],
  ['min', { to: 1, arrivalsPerSecond: 0 }, '5 → 1 slot: the least that the pool keeps (`min`)'],
  [
    'max',
    { feedback: 12 },
    '5 → 7 slots: the most that the pool may have (`max`); 12 would be needed for 42 jobs in the system, 9.8 jobs/s arrive and take 650ms each',
  ],
  [
    'hold',
    { from: 7, feedback: 3, feedForward: 2 },
    '7 slots: fewer would do (3 by the load), and these are kept until that has lasted for a while',
  ],
  ['idle', { from: 1, to: 0 }, '1 → 0 slots: no job came for a while, so the last slot is freed'],
  ['global-concurrency', {}, "5 → 7 slots: the queue's global concurrency lets no more run"],
  ['rate-limit', {}, "5 → 7 slots: the queue's rate limit lets no more run"],
  ['efficacy', {}, '5 → 7 slots: more slots did not end more jobs, so they are held back'],
  ['pin', {}, '5 → 7 slots: set by hand'],
  [
    'paused',
    { from: 7 },
    '7 slots: the queue is paused, so nothing is changed (42 jobs in the system)',
  ],
  [
    'frozen',
    { from: 7 },
    '7 slots: nothing could be read of the queue or its workers, so nothing is changed',
  ],
])('%s', (decidedBy, fields, sentence) => {
  expect(inWords({ ...BUSY, ...fields, decidedBy })).toBe(sentence);
});

test.each([
  [{ by: 'anna', reason: 'sale' }, ' by anna until 2026-03-01 14:05 UTC (sale)'],
  [{ by: 'anna', reason: null }, ' by anna until 2026-03-01 14:05 UTC'],
  [{ by: null, reason: 'two\n lines' }, ' until 2026-03-01 14:05 UTC (two lines)'],
  [{ by: null, reason: null, until: null }, ''],
  [{ by: 'anna', reason: null, until: 1e99 }, ' by anna'],
])('a pin is told with who has set it, until when and why: %j', (pin, words) => {
  const until = Date.UTC(2026, 2, 1, 14, 5, 59);
  const explanation = { ...BUSY, decidedBy: 'pin', pin: { until, ...pin } } as const;
  expect(inWords(explanation)).toBe(`5 → 7 slots: set by hand${words}`);
});

test('limits beside the one that decided are told, and so is advice', () => {
  const caps: DecidedBy[] = ['max', 'global-concurrency', 'rate-limit', 'efficacy'];
  expect(inWords({ ...BUSY, decidedBy: 'pin', caps, advice: 'Look at the database.' })).toBe(
    "5 → 7 slots: set by hand; held down by its `max` and the queue's global concurrency and the queue's rate limit and what more slots bring; Look at the database",
  );
  expect(inWords({ ...BUSY, decidedBy: 'rate-limit', caps: ['rate-limit'] })).not.toContain('held');
});

test('a pool that is not scaled says so, and what would do', () => {
  const fixed = { ...BUSY, from: 8, to: 8, decidedBy: 'max' } as const;
  expect(inWords(fixed, { mode: 'recommend', recommended: 1 })).toBe(
    '8 slots: the pool is not scaled (mode "recommend"), so all its slots are open; 1 slot would do',
  );
  expect(inWords(fixed, { mode: 'off', recommended: null })).toBe(
    '8 slots: the pool is not scaled (mode "off"), so all its slots are open',
  );
});

test('numbers that cannot be make a sentence all the same, and a reason of a later version is named', () => {
  const odd = { ...BUSY, arrivalsPerSecond: Number.NaN, serviceMs: 0, load: 0.2 };
  expect(inWords({ ...odd, decidedBy: 'backlog' })).toBe(
    '5 → 7 slots: 1 job in the system needs about 0ms of work, promised wait 5s',
  );
  expect(inWords({ ...BUSY, decidedBy: 'forecast' as DecidedBy })).toBe('5 → 7 slots: forecast');
});
