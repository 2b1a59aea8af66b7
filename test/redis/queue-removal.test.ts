/** Emptying, cleaning and deleting queues: what goes, what stays, and what a kill in the middle leaves. */
import type { Queue } from 'bullmq';
import { FlowProducer } from 'bullmq';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createKeys } from '../../src/keys.ts';
import type { ActionCaller } from '../../src/operations/actions.ts';
import { startCoordinator } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { shareRedis } from '../support/shared-redis.ts';
import { until } from '../support/until.ts';
import { callerOf, plainQueue, plainWorker } from './operate-queues.ts';

const HOUR = 3_600_000;
const keys = createKeys('coordinator');
const queue = 'mails';
const confirm = queue;
const { server, redis } = await shareRedis();
let mails: Queue;
beforeEach(async () => {
  mails = plainQueue(server, queue);
});

async function startConsole(target: { url: string } = server): Promise<ActionCaller> {
  return callerOf(await startCoordinator(target, { metrics: false }));
}

async function addJobs(count: number, opts: object = {}): Promise<void> {
  for (let at = 0; at < count; at += 1_000) {
    const size = Math.min(1_000, count - at);
    await mails.addBulk(Array.from({ length: size }, () => ({ name: 'job', data: {}, opts })));
  }
}

/** Jobs that ended then. */
async function finishedJobs(state: 'completed' | 'failed', endedAt: readonly number[]) {
  for (const [i, at] of endedAt.entries()) {
    const id = `${state}-${i}`;
    await redis.hset(`bull:mails:${id}`, { name: 'job', data: '{}', opts: '{}', finishedOn: at });
    await redis.zadd(`bull:mails:${state}`, at, id);
  }
}

/** A job that some worker has taken and is still at. */
async function runningJob(): Promise<void> {
  await addJobs(1);
  await plainWorker(server, queue);
  await until(async () => (await mails.getActiveCount()) === 1);
}

test('emptying takes what waits, and delayed jobs only when asked', async () => {
  await addJobs(2_500);
  await addJobs(40, { priority: 3 });
  await addJobs(30, { delay: HOUR });
  await finishedJobs('completed', [Date.now()]);
  const ann = await startConsole();
  const preview = { queue, dryRun: true };
  expect(await ann.call('queues.empty', preview)).toEqual({ removed: 2_540, hasMore: false });
  expect(await mails.getWaitingCount()).toBe(2_500);
  await expect(ann.call('queues.empty', { queue })).rejects.toMatchObject({
    code: 'CONFIRMATION_NEEDED',
  });
  expect(await ann.call('queues.empty', { queue, confirm })).toEqual({
    ...{ removed: 2_540, hasMore: false },
  });
  expect(await mails.getJobCounts()).toMatchObject({
    ...{ waiting: 0, prioritized: 0, delayed: 30, completed: 1 },
  });
  expect(await ann.call('queues.empty', { ...preview, delayed: true })).toMatchObject({
    removed: 30,
  });
  await ann.call('queues.empty', { queue, confirm, delayed: true });
  expect(await mails.getDelayedCount()).toBe(0);
});

test('the next job of a scheduler stays when a queue is emptied, wherever it waits', async () => {
  await mails.upsertJobScheduler('hourly', { every: HOUR });
  await mails.upsertJobScheduler('yearly', { pattern: '0 0 1 1 *' });
  await addJobs(20, { delay: HOUR });
  await addJobs(20);
  const before = (await mails.getJobs(['waiting', 'delayed']))
    .map(({ id }) => id!)
    .filter((id) => id.startsWith('repeat:'));
  expect(before).toHaveLength(2);
  const ann = await startConsole();
  const preview = await ann.call('queues.empty', { queue, delayed: true, dryRun: true });
  expect(preview.removed).toBe(40);
  const old = { queue, state: 'delayed', olderThan: '0ms', dryRun: true } as const;
  expect(await ann.call('queues.clean', old)).toEqual({ removed: 20, hasMore: false });
  expect(await ann.call('queues.empty', { queue, confirm, delayed: true })).toEqual(preview);
  const left = (await mails.getJobs(['waiting', 'delayed'])).map(({ id }) => id);
  expect(left.sort()).toEqual(before.sort());
});

test('cleaning takes finished jobs by their end, the oldest first, no more than asked for', async () => {
  const now = Date.now();
  await finishedJobs('failed', [now - 4 * HOUR, now - 3 * HOUR, now - 2 * HOUR, now]);
  const ann = await startConsole();
  const wanted = { queue, state: 'failed', olderThan: '1h' } as const;
  expect(await ann.call('queues.clean', { ...wanted, dryRun: true })).toEqual({
    ...{ removed: 3, hasMore: false },
  });
  expect(await ann.call('queues.clean', { ...wanted, dryRun: true, limit: 2 })).toEqual({
    ...{ removed: 2, hasMore: true },
  });
  expect(await ann.call('queues.clean', { ...wanted, confirm, limit: 2 })).toEqual({
    ...{ removed: 2, hasMore: true },
  });
  expect(await redis.zrange('bull:mails:failed', 0, '-1')).toEqual(['failed-2', 'failed-3']);
  expect(await ann.call('queues.clean', { ...wanted, confirm })).toEqual({
    ...{ removed: 1, hasMore: false },
  });
  expect(await redis.exists('bull:mails:failed-2')).toBe(0);
  expect(await redis.exists('bull:mails:failed-3')).toBe(1);
});

test.each([
  ['wait', {}],
  ['delayed', { delay: 2 * HOUR }],
  ['prioritized', { priority: 5 }],
] as const)('cleaning %s finds old jobs behind young ones', async (state, opts) => {
  const old = { ...opts, timestamp: Date.now() - 3 * HOUR };
  // Young ones stand where BullMQ's own cleaning looks first; the old ones lie across the end of a page.
  if (state === 'wait') {
    await addJobs(40, old);
    await addJobs(980);
    await addJobs(1_200, { lifo: true });
  } else {
    await addJobs(980, opts);
    await addJobs(40, state === 'delayed' ? { ...old, delay: 9 * HOUR } : { ...old, priority: 9 });
  }
  const ann = await startConsole();
  const wanted = { queue, state, olderThan: '1h' } as const;
  expect(await ann.call('queues.clean', { ...wanted, dryRun: true })).toEqual({
    ...{ removed: 40, hasMore: false },
  });
  expect(await ann.call('queues.clean', { ...wanted, confirm })).toEqual({
    ...{ removed: 40, hasMore: false },
  });
  const counts = await mails.getJobCounts();
  expect(counts.waiting! + counts.delayed! + counts.prioritized!).toBe(
    state === 'wait' ? 2_180 : 980,
  );
});

test('obliterating leaves no key of the queue behind', async () => {
  await addJobs(1_500);
  await addJobs(10, { delay: HOUR, deduplication: { id: 'same' } });
  await mails.upsertJobScheduler('hourly', { every: HOUR });
  await finishedJobs('completed', [Date.now()]);
  await mails.rateLimit(HOUR);
  const flows = new FlowProducer({ connection: { host: server.host, port: server.port } });
  onTestFinished(() => flows.close());
  const children = [{ name: 'child', queueName: 'others' }];
  await flows.add({ name: 'parent', queueName: queue, children });
  const ann = await startConsole();
  await ann.call('queues.pause', { queue, reason: 'going' });
  const { counts } = await ann.call('queues.get', { queue });
  const removed = Object.values(counts).reduce((sum, count) => sum + count, 0);
  expect(counts['waiting-children']).toBe(1);
  expect(await ann.call('queues.obliterate', { queue, dryRun: true })).toEqual({
    ...{ removed, hasMore: false },
  });
  expect(await ann.call('queues.obliterate', { queue, confirm })).toEqual({
    ...{ removed, hasMore: false },
  });
  expect(await redis.keys('bull:mails:*')).toEqual([]);
  expect(await redis.exists(keys.pauses())).toBe(0);
  await expect(ann.call('queues.get', { queue })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect((await ann.call('queues.list', {})).rows.map((row) => row.queue)).toEqual(['others']);
});

test('a queue with running jobs is not obliterated unless forced, and stays as it was', async () => {
  await runningJob();
  const ann = await startConsole();
  await expect(ann.call('queues.obliterate', { queue, confirm })).rejects.toMatchObject({
    code: 'STATE_CONFLICT',
  });
  expect(await ann.call('queues.get', { queue })).toMatchObject({
    ...{ isPaused: false, counts: { active: 1 } },
  });
  await ann.call('queues.obliterate', { queue, confirm, force: true });
  expect(await redis.exists('bull:mails:active', 'bull:mails:meta')).toBe(0);
});

test('an obliterate that is cut off in the middle is ended by asking again', async () => {
  await addJobs(12_000);
  await using proxy = await startProxy({ target: server });
  const ann = await startConsole(proxy);
  await ann.call('queues.get', { queue });
  const cut = ann.call('queues.obliterate', { queue, confirm });
  cut.catch(() => {});
  await until(async () => (await redis.llen('bull:mails:wait')) < 11_000, { intervalMs: 1 });
  proxy.mode = 'refuse';
  proxy.cut();
  await expect(cut).rejects.toMatchObject({
    code: expect.stringMatching(/OUTCOME_UNKNOWN|QUEUE_UNAVAILABLE|CONNECTION_LOST/),
  });
  expect(await redis.llen('bull:mails:wait')).toBeGreaterThan(0);
  const other = await startConsole();
  expect(await other.call('queues.get', { queue })).toMatchObject({ isPaused: true });
  expect(await other.call('queues.obliterate', { queue, confirm })).toMatchObject({
    hasMore: false,
  });
  expect(await redis.keys('bull:mails:*')).toEqual([]);
});

test('two who empty the same queue at once both come to an end, and nothing is left', async () => {
  await addJobs(5_000);
  const consoles = [await startConsole(), await startConsole()];
  const parts = await Promise.all(
    consoles.map((ann) => ann.call('queues.empty', { queue, confirm })),
  );
  expect(parts.reduce((sum, { removed }) => sum + removed, 0)).toBe(5_000);
  expect(await redis.keys('bull:mails:[0-9]*')).toEqual([]);
});

test('nobody waits any more: the rest stays for another call', async () => {
  await addJobs(12_000);
  const coordinator = await startCoordinator(server, { metrics: false });
  const gone = new AbortController();
  const part = coordinator.operations.queues.empty({ queue }, gone.signal);
  await until(async () => (await mails.getWaitingCount()) < 12_000, { intervalMs: 1 });
  gone.abort();
  const { removed, hasMore } = await part;
  expect(hasMore).toBe(true);
  expect(await mails.getWaitingCount()).toBe(12_000 - removed);
  expect(removed).toBeLessThan(12_000);
});
