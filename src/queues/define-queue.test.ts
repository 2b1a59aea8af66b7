import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { defineQueue } from './define-queue.ts';
import type { JobOf, TypedQueue } from './typed-queue.ts';

test('jobs are tried three times with exponential backoff, 100 are kept for a day and 500 failed ones for a week', () => {
  expect(defineQueue('q').defaultJobOptions).toEqual({
    attempts: 3,
    backoff: { type: 'exponential', delay: 2_000 },
    removeOnComplete: { count: 100, age: 86_400, limit: 100 },
    removeOnFail: { count: 500, age: 604_800, limit: 100 },
  });
});

test('retention by age is handed to BullMQ in seconds', () => {
  const { defaultJobOptions } = defineQueue('q', {
    retention: { completed: { count: 10, age: '24h' }, failed: { age: '7d' } },
  });
  expect(defaultJobOptions.removeOnComplete).toEqual({ count: 10, age: 86_400, limit: 100 });
  expect(defaultJobOptions.removeOnFail).toEqual({ age: 604_800, limit: 100 });
});

test('what cannot be a queue is refused with the reason', () => {
  expect(() => defineQueue('a:b')).toThrow('colon');
  expect(() => defineQueue('')).toThrow('empty');
  const both = { data: z.string(), jobs: { a: z.string() } };
  expect(() => defineQueue('q', both)).toThrow('one schema');
  expect(() => defineQueue('q', { retention: { failed: { age: 'soon' as '1d' } } })).toThrow(
    'retention.failed.age',
  );
});

test("a time limit is the definition's own, and BullMQ never sees it", () => {
  const { timeoutMs, defaultJobOptions } = defineQueue('q', {
    job: { timeoutMs: '30s', attempts: 2 },
  });
  expect(timeoutMs).toBe(30_000);
  expect(defaultJobOptions).toMatchObject({ attempts: 2 });
  expect(defaultJobOptions).not.toHaveProperty('timeoutMs');
  expect(defineQueue('q').timeoutMs).toBeUndefined();
  for (const wrong of [0, '30d', 'soon'] as const)
    expect(() => defineQueue('q', { job: { timeoutMs: wrong as number } })).toThrow('timeoutMs');
});

test('types follow the schemas, by job name', () => {
  const photos = defineQueue('photos', {
    jobs: { inspect: z.object({ id: z.string() }), resize: z.object({ width: z.coerce.number() }) },
    result: z.object({ bytes: z.number() }),
  });
  type Types = NonNullable<(typeof photos)['~types']>;
  type Job = JobOf<Types['jobs'], Types['result']>;
  expectTypeOf<Extract<Job, { name: 'resize' }>['data']>().toEqualTypeOf<{ width: number }>();
  type Photos = TypedQueue<Types['jobs'], Types['result']>;
  expectTypeOf<Photos['add']>().toBeCallableWith('inspect', { id: 'x' });
  const wrong = (queue: Photos) =>
    // @ts-expect-error The data of another job's schema is refused.
    queue.add('inspect', { width: 3 });
  expectTypeOf(wrong).toBeFunction();
});

test('durability takes a number of replicas and an end', () => {
  const queue = defineQueue('paid', { durability: { replicas: 1, timeoutMs: '2s' } });
  expect(queue.durability).toEqual({ replicas: 1, timeoutMs: 2_000 });
  expect(defineQueue('cheap').durability).toBe(undefined);
  for (const durability of [
    { replicas: 0, timeoutMs: 500 },
    { replicas: 1.5, timeoutMs: 500 },
    { replicas: 1, timeoutMs: 0 },
    { replicas: 1, timeoutMs: 'soon' },
  ])
    expect(() => defineQueue('wrong', { durability } as never)).toThrow('replicas: 1');
});

test('limits of health are durations and ratios in their order', () => {
  const { health } = defineQueue('q', {
    health: { stuckAfter: '2m', degradedErrorRatio: 0.02, unhealthyErrorRatio: 0.2 },
  });
  expect(health).toEqual({
    stuckAfterMs: 120_000,
    degradedErrorRatio: 0.02,
    unhealthyErrorRatio: 0.2,
  });
  expect(defineQueue('q').health.stuckAfterMs).toBeUndefined();
  for (const [health, said] of [
    [{ stuckAfter: 0 }, 'health.stuckAfter'],
    [{ stuckAfter: 'soon' }, 'health.stuckAfter'],
    [{ degradedErrorRatio: 0 }, 'health.degradedErrorRatio'],
    [{ unhealthyErrorRatio: 5 }, 'health.unhealthyErrorRatio'],
    [{ unhealthyErrorRatio: Number.NaN }, 'health.unhealthyErrorRatio'],
    [{ degradedErrorRatio: 0.5, unhealthyErrorRatio: 0.1 }, 'degraded before'],
  ] as const)
    expect(() => defineQueue('q', { health: health as never })).toThrow(said);
});
