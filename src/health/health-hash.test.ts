import { expect, test } from 'vitest';
import { parseHealthHash, toHealthHash } from './health-hash.ts';
import type { QueueVerdict } from './queue-verdict.ts';
import { NO_TREND, TREND_MINUTES, type Trend } from './trend.ts';

const TREND: Trend = Array.from({ length: TREND_MINUTES }, (_, i) => (i === 3 ? null : i));

const VERDICT: QueueVerdict = {
  queue: 'thumbnails',
  status: 'degraded',
  reasons: [{ code: 'error-ratio', message: '20 of 1000 jobs (2 %) failed' }],
  errorRate: 0.02,
  avgProcessingTimeMs: 1_500.4,
  oldestWaitingMs: 12,
  waitP95Ms: 250,
  waitObjectiveMs: 2_000,
  throughputPerMinute: 45.678,
  arrivalsPerMinute: 40,
  drainMs: 0,
  burn: { errors: { '5m': 2, '30m': 2, '1h': null, '6h': null }, wait: null },
};
const UNKNOWN: QueueVerdict = {
  ...VERDICT,
  errorRate: null,
  avgProcessingTimeMs: null,
  oldestWaitingMs: null,
  waitP95Ms: null,
  waitObjectiveMs: null,
  throughputPerMinute: null,
  arrivalsPerMinute: null,
  drainMs: null,
  burn: { errors: null, wait: null },
};

test('the specification finds its fields as it writes them', () => {
  const { fields, absent } = toHealthHash(VERDICT, 1_640_995_000_000, 1_640_994_000_000, TREND);
  expect(fields).toMatchObject({
    lastCheck: '1640995000000',
    status: 'degraded',
    errorRate: '0.02',
    avgProcessingTime: '1500',
  });
  expect(absent).toEqual([]);
});

test('nothing that happened is rounded to 0', () => {
  const small = { ...VERDICT, errorRate: 0.00004, avgProcessingTimeMs: 0.3 };
  const { fields } = toHealthHash(small, 2, 1, NO_TREND);
  expect([fields.errorRate, fields.avgProcessingTime]).toEqual(['0.00004', '0.3']);
});

test('what is not known has no field, and takes away the one from before', () => {
  const { fields, absent } = toHealthHash(UNKNOWN, 2, 1, NO_TREND);
  expect(Object.keys(fields)).toEqual(['lastCheck', 'status', 'reasons', 'since']);
  expect(absent).toContain('errorRate');
  expect(absent).toContain('avgProcessingTime');
});

test.each([VERDICT, UNKNOWN])('what is written is what is read', (verdict) => {
  const { queue: _, ...rest } = verdict;
  const { avgProcessingTimeMs: run, throughputPerMinute: rate } = verdict;
  expect(parseHealthHash(toHealthHash(verdict, 2, 1, NO_TREND).fields)).toEqual({
    ...rest,
    avgProcessingTimeMs: run === null ? null : 1_500,
    throughputPerMinute: rate === null ? null : 45.68,
    checkedAt: 2,
    since: 1,
  });
});

test.each([
  ['nothing', {}],
  ['promises only', { promises: '{}' }],
  ['a status of another version', { lastCheck: '1', status: 'sleepy' }],
  ['a time that is none', { lastCheck: 'soon', status: 'healthy' }],
])('a hash with %s holds no verdict', (_what, hash) => {
  expect(parseHealthHash(hash)).toBeNull();
});

test("the specification's four fields are a verdict, and broken extras do no harm", () => {
  const hash = { lastCheck: '5', status: 'healthy', errorRate: '0.02', avgProcessingTime: '1500' };
  expect(parseHealthHash({ ...hash, reasons: '{[', burn: 'x' })).toMatchObject({
    status: 'healthy',
    errorRate: 0.02,
    reasons: [],
    since: 5,
    drainMs: null,
  });
});
