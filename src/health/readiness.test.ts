import { expect, test } from 'vitest';
import type { WorkerView } from '../workers/registration.ts';
import { judgeReadiness, type ReadinessFacts } from './readiness.ts';

const NEVER = Number.NEGATIVE_INFINITY;

function worker(facts: Partial<WorkerView>): WorkerView {
  const idle = {
    queue: 'q',
    slots: 2,
    active: 0,
    lastFetchAt: NEVER,
    isWaiting: false,
    isPaused: false,
    isQuiet: false,
    rebuilds: 0,
  };
  return { ...idle, ...facts };
}

function judge(facts: Partial<ReadinessFacts>) {
  return judgeReadiness({
    phase: 'started',
    isRedisConfigured: true,
    workers: [],
    rejected: new Map(),
    now: 100_000,
    withinMs: 30_000,
    ...facts,
  });
}

test.each([
  ['waits for jobs', { isWaiting: true }, true],
  ['fetched within the time', { lastFetchAt: 71_000 }, true],
  ['has all slots busy, however long ago it fetched', { active: 2, lastFetchAt: 0 }, true],
  ['is paused on purpose', { isPaused: true }, true],
  ['has no slots here', { slots: 0 }, true],
  ['has not fetched for too long', { lastFetchAt: 69_000 }, false],
  ['has not fetched yet', {}, false],
  ['has a free slot and does not fetch', { active: 1, lastFetchAt: 0 }, false],
])('a worker that %s', (_what, facts, ready) => {
  expect(judge({ workers: [worker(facts)] }).ready).toBe(ready);
});

test('one queue that is not worked on is enough to say no, and it is named', () => {
  const workers = [worker({ queue: 'fine', isWaiting: true }), worker({ queue: 'stuck' })];
  expect(judge({ workers })).toMatchObject({ ready: false, reason: 'not working on: stuck' });
});

test('a processor that could not be registered is not ready, with its reason', () => {
  const { queues } = judge({ rejected: new Map([['bad', 'no such file']]) });
  expect(queues).toEqual([{ queue: 'bad', ready: false, reason: 'no such file' }]);
});

test('before start and while stopping nothing is ready', () => {
  expect(judge({ phase: 'new' }).ready).toBe(false);
  expect(judge({ phase: 'stopping' }).ready).toBe(false);
});

test('a process without queues, or without a configured Redis, is ready', () => {
  expect(judge({}).ready).toBe(true);
  expect(judge({ isRedisConfigured: false, workers: [worker({})] }).ready).toBe(true);
});

test('a refusal is named, and decides nothing by itself', () => {
  const refusal = { reason: 'READONLY', since: 1 };
  const waiting = judge({ refusal, workers: [worker({ isWaiting: true })] });
  expect(waiting).toMatchObject({ ready: true, reason: expect.stringContaining('(READONLY)') });
  const stuck = judge({ refusal, workers: [worker({})] });
  expect(stuck).toMatchObject({ ready: false, reason: expect.stringMatching(/q; .*READONLY/) });
});
