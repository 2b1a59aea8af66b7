import { expect, test } from 'vitest';
import { toHealthHash } from '../../health/health-hash.ts';
import type { QueueVerdict } from '../../health/queue-verdict.ts';
import { NO_TREND, TREND_MINUTES, type Trend } from '../../health/trend.ts';
import { POOL_SIZE_FIELDS } from '../../pools/read-pools.ts';
import { HEALTH_FIELDS, type SlowReply, toSlowFigures } from './slow-figures.ts';

const VERDICT: QueueVerdict = {
  ...{ queue: 'q', status: 'degraded', errorRate: 0.02, avgProcessingTimeMs: 5 },
  reasons: [
    { code: 'wait-objective', message: '5 of 100 jobs waited longer than 3 s' },
    { code: 'growing', message: 'the queue grows' },
  ],
  ...{ oldestWaitingMs: 12, waitP95Ms: 3_000, waitObjectiveMs: 2_000, drainMs: null },
  ...{ throughputPerMinute: 40, arrivalsPerMinute: 50, burn: { errors: null, wait: null } },
};
const TREND: Trend = Array(TREND_MINUTES).fill(4);
const COUNTED: Trend = Array(TREND_MINUTES).fill(1);
const POOL_SETTINGS = JSON.stringify({
  ...{ min: 1, max: 8, perHostMax: 8, concurrency: 8, waitP95Ms: 5_000, weight: 1, startMs: 100 },
  ...{ idleAfterMs: 0, mode: 'auto', efficacy: 'off' },
});

function healthOf(verdict: QueueVerdict): SlowReply['health'] {
  const { fields } = toHealthHash(verdict, 1_000, 500, TREND);
  return HEALTH_FIELDS.map((name) => fields[name] ?? null);
}

function poolOf(fields: Readonly<Record<string, string>>): SlowReply['pool'] {
  return POOL_SIZE_FIELDS.map((name) => fields[name] ?? null);
}

const PLAIN: SlowReply = {
  ...{ oldestWaitingAt: 0, completed: 10, failed: 2, completedLately: 3, failedLately: 1 },
  ...{ health: HEALTH_FIELDS.map(() => null), pool: poolOf({}), deadLetters: 0, minutes: [] },
};

test('what the leader has judged is told, with reasons in words and since when', () => {
  expect(toSlowFigures({ ...PLAIN, health: healthOf(VERDICT) }, COUNTED)).toMatchObject({
    ...{ health: 'degraded', healthSince: 500, isJudged: true, errorRatio: 0.02 },
    reasons: ['5 of 100 jobs waited longer than 3 s', 'the queue grows'],
    ...{ waitP95Ms: 3_000, waitObjectiveMs: 2_000, throughputPerMinute: 40, trend: TREND },
  });
});

test('a queue that is healthy has no reasons, whatever the verdict explains', () => {
  const health = healthOf({ ...VERDICT, status: 'healthy' });
  expect(toSlowFigures({ ...PLAIN, health }, COUNTED)).toMatchObject({
    ...{ health: 'healthy', reasons: [], healthSince: 500 },
  });
});

test('where nobody judges, the jobs that are kept tell what they can', () => {
  expect(toSlowFigures(PLAIN, COUNTED)).toEqual({
    ...{ oldestWaitingAt: null, throughputPerMinute: 4, isJudged: false, errorRatio: 0.25 },
    ...{ health: null, reasons: [], healthSince: null, waitP95Ms: null, waitObjectiveMs: null },
    ...{ deadLetters: 0, pool: null, trend: COUNTED },
  });
});

test('a pool is told, and what it is scaled for is the objective where nothing is promised', () => {
  const pool = poolOf({
    ...{ settings: POOL_SETTINGS, currentWorkers: '3', targetWorkers: '5' },
    frozen: 'Redis is away',
  });
  const told = { current: 3, target: 5, min: 1, max: 8, frozenFor: 'Redis is away' };
  expect(toSlowFigures({ ...PLAIN, pool }, NO_TREND)).toMatchObject({
    ...{ pool: told, waitObjectiveMs: 5_000 },
  });
  const health = healthOf(VERDICT);
  expect(toSlowFigures({ ...PLAIN, pool, health }, NO_TREND).waitObjectiveMs).toBe(2_000);
});

test('what may not be read is not known', () => {
  const denied = { ...PLAIN, health: null, pool: null, deadLetters: null };
  expect(toSlowFigures(denied, NO_TREND)).toMatchObject({
    ...{ health: null, pool: null, deadLetters: null, reasons: [], throughputPerMinute: 4 },
  });
});

test.each(['{[', '"x"', '[1]', '[{"code":"stuck"}]', 'null'])(
  'reasons that another hand has written as %s do no harm',
  (reasons) => {
    const health = HEALTH_FIELDS.map(
      (name) => ({ lastCheck: '1', status: 'stuck', reasons })[name] ?? null,
    );
    expect(toSlowFigures({ ...PLAIN, health }, NO_TREND)).toMatchObject({
      ...{ health: 'stuck', reasons: [] },
    });
  },
);
