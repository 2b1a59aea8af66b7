import { expect, test } from 'vitest';
import { judgeQueue } from './queue-health.ts';
import type { BurnWindows, QueueSignals, RecentFigures, WindowCounts } from './queue-signals.ts';

const MIN = 60_000;
const NOTHING_LIMITED = {
  stuckAfterMs: undefined,
  degradedErrorRatio: undefined,
  unhealthyErrorRatio: undefined,
};
const NOTHING_PROMISED = { waitP95Ms: undefined, errorRatio: undefined };
const PULSE = {
  due: 0,
  dueForMs: null,
  sinceProgressMs: 500,
  isHeld: null,
  concurrency: null,
  isLimited: false,
};
const RECENT: RecentFigures = {
  spanMs: 5 * MIN,
  source: 'measured',
  finished: 1_000,
  dead: 0,
  failedAttempts: 0,
  waitP95Ms: 200,
  waits: 1_000,
  runMeanMs: 1_500,
  throughputPerMinute: 200,
  arrivalsPerMinute: 200,
};

interface Change {
  readonly waiting?: number;
  readonly prioritized?: number;
  readonly delayed?: number;
  readonly active?: number;
  readonly paused?: boolean;
  readonly oldest?: number | null;
  readonly workers?: number;
  readonly slots?: number;
  readonly pulse?: Partial<NonNullable<QueueSignals['pulse']>> | null;
  readonly recent?: Partial<RecentFigures> | null;
  readonly windows?: BurnWindows;
  readonly promised?: Partial<NonNullable<QueueSignals['objectives']>>;
  readonly limits?: Partial<NonNullable<QueueSignals['limits']>>;
}

/** A busy queue that is well, but for what is changed. */
function signals(change: Change = {}): QueueSignals {
  const { waiting = 0, prioritized = 0, delayed = 0, active = 0, paused = false } = change;
  const { oldest = waiting + prioritized > 0 ? 500 : null, workers = 2, slots = 4 } = change;
  return {
    queue: 'q',
    counts: {
      waiting,
      active,
      prioritized,
      delayed,
      'waiting-children': 0,
      completed: 0,
      failed: 0,
    },
    isPaused: paused,
    oldestWaitingMs: oldest,
    workers,
    slots,
    pulse: change.pulse === null ? null : { ...PULSE, ...change.pulse },
    recent: change.recent === null ? null : { ...RECENT, ...change.recent },
    windows: change.windows ?? null,
    trend: [],
    objectives: { ...NOTHING_PROMISED, ...change.promised },
    limits: { ...NOTHING_LIMITED, ...change.limits },
  };
}

const IDLE = { finished: 0, dead: 0, waitP95Ms: null, waits: 0, runMeanMs: null };
const QUIET = { recent: IDLE, pulse: { sinceProgressMs: 12 * MIN } };
const NOBODY = { workers: 0, slots: 0, recent: IDLE, pulse: { sinceProgressMs: 12 * MIN } };

type Row = [what: string, change: Change, status: string, reason: RegExp | null];

test.each<Row>([
  ['that runs as it should', {}, 'healthy', null],
  ['with a backlog that moves', { waiting: 17, oldest: 30_000 }, 'healthy', null],
  [
    'that nobody has used for days',
    { ...NOBODY, pulse: { sinceProgressMs: null } },
    'healthy',
    null,
  ],
  ['with delayed jobs only, and no worker', { ...NOBODY, delayed: 9 }, 'healthy', null],
  ['of which nothing at all is known', { pulse: null, recent: null }, 'healthy', null],

  ['that is paused with jobs', { paused: true, waiting: 17 }, 'paused', /^paused: 17 jobs wait$/],
  ['that is paused and empty', { paused: true }, 'paused', /^paused: nothing waits$/],
  [
    'that is paused while jobs run',
    { paused: true, waiting: 1, active: 2 },
    'paused',
    /^paused: 1 job waits, 2 still run$/,
  ],
  [
    'that is paused and nobody is there',
    { ...NOBODY, paused: true, waiting: 3, oldest: 60 * MIN },
    'paused',
    /^paused: 3 jobs wait$/,
  ],
  [
    'that is paused after many failures: paused, and they are told',
    { paused: true, recent: { dead: 500 } },
    'paused',
    /^paused: nothing waits\n500 of 1000 jobs \(50 %\) failed/,
  ],

  [
    'whose jobs nobody takes',
    { ...NOBODY, waiting: 2, oldest: 5_000 },
    'no-workers',
    /^2 jobs wait, the oldest for 5 s, and no worker is there/,
  ],
  [
    'of prioritized jobs that nobody takes',
    { ...NOBODY, prioritized: 1, oldest: 5_000 },
    'no-workers',
    /^1 job waits for 5 s, and no worker/,
  ],
  [
    'whose delayed jobs are due, and nobody takes them',
    { ...NOBODY, delayed: 3, pulse: { due: 1, dueForMs: 90_000, sinceProgressMs: null } },
    'no-workers',
    /^1 job waits for 2 min/,
  ],
  [
    'whose killed worker has left jobs in the active list',
    { ...NOBODY, waiting: 2, active: 4, pulse: { sinceProgressMs: 5 * MIN, isHeld: false } },
    'no-workers',
    /no worker is there/,
  ],
  [
    'with workers without Drover, seen by a live lock',
    { ...NOBODY, waiting: 2, active: 1, pulse: { sinceProgressMs: 5 * MIN, isHeld: true } },
    'healthy',
    null,
  ],
  [
    'with workers without Drover, seen by a job that ended',
    { ...NOBODY, waiting: 2, pulse: { sinceProgressMs: 3_000 } },
    'healthy',
    null,
  ],
  [
    'with workers without Drover that remove what ends, seen by figures',
    { workers: 0, waiting: 2, recent: { source: 'derived' }, pulse: { sinceProgressMs: null } },
    'healthy',
    null,
  ],
  [
    'whose last worker was killed, though it had ended jobs in the last minutes',
    { workers: 0, waiting: 2, pulse: { sinceProgressMs: 3 * MIN } },
    'no-workers',
    /no worker is there/,
  ],
  [
    'with active jobs, where nothing else can be known',
    { workers: 0, waiting: 2, active: 1, pulse: null, recent: null },
    'healthy',
    null,
  ],

  [
    'that stands still beside its workers',
    { ...QUIET, waiting: 17, oldest: 11 * MIN },
    'stuck',
    /^17 jobs wait, the oldest for 11 min, and none has started or ended for 12 min$/,
  ],
  [
    'that has never moved',
    { waiting: 1, oldest: 11 * MIN, recent: IDLE, pulse: { sinceProgressMs: null } },
    'stuck',
    /^1 job waits for 11 min, and none is known to have started or ended$/,
  ],
  [
    'whose lost jobs fill the slots',
    { ...QUIET, waiting: 1, active: 4, oldest: 11 * MIN, pulse: { ...QUIET.pulse, isHeld: false } },
    'stuck',
    /12 min/,
  ],
  [
    'whose due jobs nobody promotes',
    { recent: IDLE, delayed: 5, pulse: { due: 2, dueForMs: 11 * MIN, sinceProgressMs: 12 * MIN } },
    'stuck',
    /^2 jobs wait, the oldest for 11 min/,
  ],
  [
    'with a threshold of its own',
    {
      recent: IDLE,
      waiting: 1,
      oldest: 31_000,
      pulse: { sinceProgressMs: 40_000 },
      limits: { stuckAfterMs: 30_000 },
    },
    'stuck',
    /^1 job waits for 31 s, and none has started or ended for 40 s$/,
  ],
  [
    'that got a job after an hour of rest',
    { recent: IDLE, waiting: 1, oldest: 2_000, pulse: { sinceProgressMs: 60 * MIN } },
    'healthy',
    null,
  ],
  [
    'with free slots beside jobs that wait',
    {
      recent: IDLE,
      waiting: 3,
      active: 1,
      oldest: 2 * MIN,
      pulse: { sinceProgressMs: 2 * MIN, isHeld: true },
    },
    'degraded',
    /^3 jobs wait, the oldest for 2 min, and none has started or ended for 2 min although 3 of 4 slots are free$/,
  ],
  [
    'whose slots are all taken by long jobs',
    { ...QUIET, waiting: 3, active: 4, oldest: 11 * MIN, pulse: { ...QUIET.pulse, isHeld: true } },
    'degraded',
    /: 4 long jobs take every slot$/,
  ],
  [
    'whose limit of concurrency is reached by long jobs',
    {
      ...QUIET,
      waiting: 3,
      active: 1,
      oldest: 11 * MIN,
      pulse: { ...QUIET.pulse, isHeld: true, concurrency: 1 },
    },
    'degraded',
    /: 1 long job takes every slot$/,
  ],
  [
    'whose slots have been taken for two minutes',
    {
      recent: IDLE,
      waiting: 3,
      active: 4,
      oldest: 2 * MIN,
      pulse: { sinceProgressMs: 2 * MIN, isHeld: true },
    },
    'healthy',
    null,
  ],
  [
    'that its limiter holds back',
    { ...QUIET, waiting: 3, oldest: 11 * MIN, pulse: { ...QUIET.pulse, isLimited: true } },
    'healthy',
    /the limiter holds them back$/,
  ],
  [
    'with an old failed job, whose jobs are removed as they end',
    { waiting: 3, oldest: 11 * MIN, pulse: { sinceProgressMs: 3 * 24 * 60 * MIN } },
    'healthy',
    null,
  ],
  [
    'of which nobody knows when a job last ended',
    { waiting: 3, oldest: 11 * MIN, pulse: null, recent: null },
    'healthy',
    /^not known: when a job/,
  ],

  [
    'of which 1 of 2 jobs failed',
    { recent: { finished: 2, dead: 1 } },
    'healthy',
    /^not known: .* 1 of 2 did/,
  ],
  ['of which 1 of 100 failed', { recent: { finished: 100, dead: 1 } }, 'healthy', null],
  ['of which 10 of 1000 failed: not more than 1 %', { recent: { dead: 10 } }, 'healthy', null],
  [
    'of which 11 of 1000 failed',
    { recent: { dead: 11 } },
    'degraded',
    /^11 of 1000 jobs \(1.1 %\) failed for good in the last 5 min: more than 1 %$/,
  ],
  ['of which 50 of 1000 failed', { recent: { dead: 50 } }, 'degraded', /more than 1 %$/],
  [
    'of which 51 of 1000 failed',
    { recent: { dead: 51 } },
    'unhealthy',
    /\(5.1 %\).*more than 5 %$/,
  ],
  [
    'that promised more',
    { recent: { dead: 5 }, promised: { errorRatio: 0.001 } },
    'degraded',
    /more than 0.1 %$/,
  ],
  ['that promised less', { recent: { dead: 90 }, promised: { errorRatio: 0.1 } }, 'healthy', null],
  [
    'that promised less, and fails by the half',
    { recent: { dead: 510 }, promised: { errorRatio: 0.1 } },
    'unhealthy',
    /more than 50 %$/,
  ],
  [
    'with limits of its own',
    { recent: { dead: 30 }, limits: { degradedErrorRatio: 0.001, unhealthyErrorRatio: 0.02 } },
    'unhealthy',
    /more than 2 %$/,
  ],
  [
    'whose attempts fail and are tried again',
    { recent: { finished: 20, failedAttempts: 80 } },
    'degraded',
    /^80 of 100 attempts \(80 %\) failed in the last 5 min$/,
  ],
  [
    'that promised few errors, and nobody measures',
    { recent: { source: 'absent', finished: null, dead: null }, promised: { errorRatio: 0.01 } },
    'healthy',
    /^not known: how many jobs fail/,
  ],

  [
    'that lets wait longer than promised',
    { recent: { waitP95Ms: 4_200 }, promised: { waitP95Ms: 2_000 } },
    'degraded',
    /^5 of 100 jobs waited longer than 4.2 s in the last 5 min: 2 s are promised$/,
  ],
  [
    'that waits as promised',
    { recent: { waitP95Ms: 2_000 }, promised: { waitP95Ms: 2_000 } },
    'healthy',
    null,
  ],
  [
    'of which few jobs tell how long they waited',
    { recent: { waitP95Ms: 4_200, waits: 19 }, promised: { waitP95Ms: 2_000 } },
    'healthy',
    null,
  ],
  [
    'whose oldest job waits longer than promised',
    { waiting: 1, oldest: 3_000, promised: { waitP95Ms: 2_000 } },
    'degraded',
    /^the oldest job has been waiting for 3 s: 2 s are promised$/,
  ],
  [
    'that is paused, whatever was promised',
    { paused: true, waiting: 1, oldest: 3_000, promised: { waitP95Ms: 2_000 } },
    'paused',
    /^paused: 1 job waits$/,
  ],
  [
    'that promised short waits, and nobody measures',
    { recent: null, promised: { waitP95Ms: 2_000 } },
    'healthy',
    /^not known: how long jobs have waited/,
  ],
  [
    'that is bad already, and grows',
    { waiting: 9, recent: { dead: 51, arrivalsPerMinute: 300 } },
    'unhealthy',
    /5.1 %[^\n]*\nthe queue grows: 300 jobs come in a minute, and 200 end$/,
  ],
])('a queue %s', (_what, change, status, reason) => {
  const verdict = judgeQueue(signals(change));
  const text = verdict.reasons.map(({ message }) => message).join('\n');
  expect({ status: verdict.status, text }).toEqual({
    status,
    text: reason === null ? '' : expect.stringMatching(reason),
  });
});

const counts = (finished: number, dead: number): WindowCounts => ({
  ...{ finished, dead, waits: finished, longWaits: dead },
});

test.each<[string, BurnWindows, Change['promised'], string, RegExp | null]>([
  [
    'errors burn fast, and still do',
    { '5m': counts(100, 16), '30m': counts(600, 96), '1h': counts(1_200, 192), '6h': null },
    { errorRatio: 0.01 },
    'unhealthy',
    /^jobs failed for good 16 times as often .* over the last hour, and it goes on$/,
  ],
  [
    'errors burnt fast, and it is over',
    { '5m': counts(100, 5), '30m': counts(600, 30), '1h': counts(1_200, 192), '6h': null },
    { errorRatio: 0.01 },
    'healthy',
    null,
  ],
  [
    'errors burn slowly, and still do',
    {
      '5m': counts(100, 7),
      '30m': counts(600, 42),
      '1h': counts(1_200, 84),
      '6h': counts(7_200, 504),
    },
    { errorRatio: 0.01 },
    'degraded',
    /^jobs failed for good 7 times as often .* last 6 h/,
  ],
  [
    'two bad ones in the short window are bad luck',
    { '5m': counts(10, 2), '30m': counts(10, 2), '1h': counts(100, 16), '6h': null },
    { errorRatio: 0.01 },
    'healthy',
    null,
  ],
  [
    'a window that nobody measured is not known',
    { '5m': counts(100, 50), '30m': null, '1h': null, '6h': null },
    { errorRatio: 0.01 },
    'healthy',
    null,
  ],
  [
    'three of four jobs wait too long',
    { '5m': counts(100, 75), '30m': counts(600, 450), '1h': counts(1_200, 900), '6h': null },
    { waitP95Ms: 5_000 },
    'unhealthy',
    /^jobs waited too long 15 times as often/,
  ],
  [
    'nothing was promised',
    { '5m': counts(100, 100), '30m': counts(100, 100), '1h': counts(100, 100), '6h': null },
    {},
    'healthy',
    null,
  ],
])('burn: %s', (_what, windows, promised, status, reason) => {
  const verdict = judgeQueue(signals({ windows, promised: promised ?? {} }));
  const text = verdict.reasons.map(({ message }) => message).join('\n');
  expect(verdict.status).toBe(status);
  expect(text).toEqual(reason === null ? '' : expect.stringMatching(reason));
});

test('rates of burning are multiples of the budget, and null where too little is known', () => {
  const windows = { '5m': counts(9, 9), '30m': counts(100, 3), '1h': counts(0, 0), '6h': null };
  const { burn } = judgeQueue(signals({ windows, promised: { errorRatio: 0.01 } }));
  expect(burn).toEqual({
    errors: { '5m': null, '30m': expect.closeTo(3), '1h': null, '6h': null },
    wait: null,
  });
});

test('what is not known is null, and never 0', () => {
  expect(judgeQueue(signals({ recent: null, waiting: 2 }))).toMatchObject({
    errorRate: null,
    avgProcessingTimeMs: null,
    throughputPerMinute: null,
    arrivalsPerMinute: null,
    drainMs: null,
    burn: { errors: null, wait: null },
  });
  expect(judgeQueue(signals({ recent: IDLE })).errorRate).toBeNull();
  expect(judgeQueue(signals({ recent: { dead: 20 } }))).toMatchObject({
    errorRate: 0.02,
    avgProcessingTimeMs: 1_500,
  });
});

test.each<[string, Change, number | null]>([
  ['nothing waits', {}, 0],
  ['twice as many end as come', { waiting: 100, recent: { arrivalsPerMinute: 100 } }, MIN],
  ['as many come as end', { waiting: 100 }, null],
  ['it is paused', { waiting: 100, paused: true, recent: { arrivalsPerMinute: 0 } }, null],
])('time to drain when %s', (_what, change, drainMs) => {
  expect(judgeQueue(signals(change)).drainMs).toBe(drainMs);
});

test('the reason of the status comes first, what only explains last', () => {
  const { status, reasons } = judgeQueue(
    signals({
      ...{ waiting: 50, oldest: 60_000, promised: { waitP95Ms: 1_000, errorRatio: 0.01 } },
      windows: {
        ...{ '5m': counts(100, 60), '30m': counts(600, 300) },
        ...{ '1h': counts(1_200, 600), '6h': counts(1_200, 600) },
      },
      recent: { arrivalsPerMinute: 300, waitP95Ms: 5_000 },
    }),
  );
  expect(status).toBe('unhealthy');
  expect(reasons.map(({ code }) => code)).toEqual([
    ...['burn-errors', 'wait-objective', 'oldest-waiting', 'burn-wait', 'growing'],
  ]);
});
