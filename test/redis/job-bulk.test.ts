/** Bulk actions on jobs: planned, carried on by whoever leads, once for each job, and nothing that comes later. */
import { fileURLToPath } from 'node:url';
import { type Job, Queue, Worker } from 'bullmq';
import type { Coordinator, CoordinatorOptions } from 'drover';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import { createKeys } from '../../src/keys.ts';
import type { BulkView } from '../../src/operations/dead-letters/dead-letter-views.ts';
import type { JobBulkOrder } from '../../src/operations/jobs/job-bulk-order.ts';
import { startApp } from '../support/child-app.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const keys = createKeys('coordinator');
const LEADER = fileURLToPath(new URL('../chaos/job-bulk-leader.mjs', import.meta.url));
const ADMIN: Principal = { kind: 'token', id: 'ann', name: 'ann', grants: [{ may: ['admin'] }] };

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

async function seedFailed(redis: Redis, queue: string, count: number): Promise<void> {
  const pipeline = redis.pipeline();
  pipeline.hset(`bull:${queue}:meta`, 'version', 'bullmq:6.7.0');
  const start = Date.now() - 3_600_000;
  for (let i = 0; i < count; i += 1) {
    const finishedOn = start + i;
    pipeline.hset(`bull:${queue}:f${i}`, {
      ...{ name: i % 2 ? 'odd' : 'even', data: '{}', opts: '{"attempts":1}', timestamp: start },
      ...{ finishedOn, failedReason: 'no answer', atm: 1, ats: 1 },
    });
    pipeline.zadd(`bull:${queue}:failed`, finishedOn, `f${i}`);
  }
  await pipeline.exec();
}

async function open(queue: string, count: number, options: CoordinatorOptions = {}) {
  const redis = createClient(server);
  await seedFailed(redis, queue, count);
  const coordinator = await startCoordinator(server, options);
  return { redis, coordinator };
}

function start(
  coordinator: Coordinator,
  order: JobBulkOrder & { confirm?: string },
): Promise<BulkView> {
  return coordinator.control.call('jobs.bulk', order, { principal: ADMIN });
}

function ended(coordinator: Coordinator, id: string, ...states: string[]): Promise<BulkView> {
  const { bulk } = coordinator.operations.jobs;
  return until(
    async () => {
      const action = await bulk.find(id);
      return states.includes(action.state) && action;
    },
    { timeoutMs: 30_000, what: `the action is ${states.join(' or ')}` },
  );
}

test('leaders are killed in the middle of 4,000 retries: each job once, and counted once', {
  timeout: 120_000,
}, async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const redis = createClient(own);
  const JOBS = 4_000;
  await seedFailed(redis, 'killed', JOBS);
  // This one only asks: it never leads, since the lease is taken.
  const startLeader = (host: string) => {
    const app = startApp(LEADER, { env: { REDIS_URL: own.url, HOST_NAME: host } });
    onTestFinished(() => app[Symbol.asyncDispose]());
    return app;
  };
  let leader = startLeader('leader-0');
  await until(async () => (await redis.get(keys.lease('fleet'))) !== null);
  const operator = await startCoordinator(own);
  const { id, total } = await start(operator, {
    ...{ queue: 'killed', kind: 'retry', state: 'failed', perSecond: 2_000 },
  });
  await operator.stop({ timeoutMs: 2_000 });
  expect(total).toBe(JOBS);
  const ran = new Map<string, number>();
  const run = async ({ id: jobId }: Job) => {
    ran.set(jobId!, (ran.get(jobId!) ?? 0) + 1);
    throw new Error('again');
  };
  const worker = new Worker('killed', run, { connection: createClient(own), concurrency: 50 });
  onTestFinished(() => worker.close(true));
  const done = async (): Promise<number> => Number(await redis.hget(keys.jobBulk(id), 'done'));
  for (const part of [0.2, 0.6]) {
    await until(async () => (await done()) >= JOBS * part, { timeoutMs: 30_000 });
    leader.kill('SIGKILL');
    await leader.exited;
    leader = startLeader(`leader-${part}`);
  }
  await leader.line(`finished ${id} done`, 40_000);
  const { done: counted, state, ...rest } = await redis.hgetall(keys.jobBulk(id));
  expect({ counted, state }).toEqual({ counted: String(JOBS), state: 'done' });
  expect(Object.keys(rest).filter((field) => /^skip:|^failed$/.test(field))).toEqual([]);
  await until(() => ran.size === JOBS, { timeoutMs: 30_000, what: 'all jobs have run' });
  expect([...ran.values()].filter((times) => times !== 1)).toEqual([]);
});

test('what fails again, or comes later, is not swept in', async () => {
  const { redis, coordinator } = await open('frozen', 400);
  const { id } = await start(coordinator, {
    ...{ queue: 'frozen', kind: 'retry', state: 'failed', filter: 'name:odd', perSecond: 200 },
  });
  // One has failed once more since, and a new one has come.
  await redis.hset('bull:frozen:f399', 'finishedOn', Date.now() + 1);
  await redis.hset('bull:frozen:new', {
    name: 'odd',
    data: '{}',
    opts: '{}',
    timestamp: 1,
    finishedOn: 2,
  });
  await redis.zadd('bull:frozen:failed', 2, 'new');
  expect(await ended(coordinator, id, 'done')).toMatchObject({
    ...{ total: 200, done: 199, skipped: { newer: 1 } },
  });
  expect(await redis.llen('bull:frozen:wait')).toBe(199);
  expect(await redis.zscore('bull:frozen:failed', 'new')).toBe('2');
});

test('an abort and a pause hold it at once', { timeout: 60_000 }, async () => {
  const { redis, coordinator } = await open('held', 5_000);
  const { id } = await start(coordinator, {
    ...{ queue: 'held', kind: 'retry', state: 'failed', perSecond: 500 },
  });
  const { bulk } = coordinator.operations.jobs;
  await until(async () => (await redis.llen('bull:held:wait')) > 0, { timeoutMs: 20_000 });
  const paused = await bulk.command(id, 'pause', 'ann');
  expect(paused.state).toBe('paused');
  const held = await redis.llen('bull:held:wait');
  await bulk.command(id, 'resume', 'ann');
  await until(async () => (await redis.llen('bull:held:wait')) > held, { timeoutMs: 20_000 });
  await bulk.command(id, 'abort', 'ann');
  const waiting = await redis.llen('bull:held:wait');
  const { state, done } = await bulk.find(id);
  expect({ state, done }).toEqual({ state: 'aborted', done: waiting });
  expect(waiting).toBeLessThan(5_000);
  await expect(bulk.command(id, 'resume', 'ann')).rejects.toMatchObject({ code: 'BULK_REFUSED' });
  await expect(bulk.find('jobs')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(bulk.find(`${id}:ids`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('removes and moves by ids, promotes by state, and says why not the others', async () => {
  const { redis, coordinator } = await open('kinds', 60);
  const queue = new Queue('kinds', { connection: createClient(server) });
  const target = new Queue('kinds-to', { connection: createClient(server) });
  onTestFinished(async () => {
    await Promise.all([queue.close(), target.close()]);
  });
  await target.add('f0', {}, { jobId: 'f0' });
  await queue.addBulk(
    Array.from({ length: 10 }, () => ({ name: 'd', data: {}, opts: { delay: 1e7 } })),
  );
  const ids = ['f0', 'f1', 'f1', 'f2', 'none'];
  const moving = { queue: 'kinds', kind: 'move', ids, to: 'kinds-to' } as const;
  const plan = await coordinator.operations.jobs.bulk.plan({ ...moving, mayReadData: true });
  expect(plan).toMatchObject({ eligible: 3, ineligible: { gone: 1 } });
  const moved = await start(coordinator, moving);
  expect(await ended(coordinator, moved.id, 'done')).toMatchObject({
    ...{ done: 2, skipped: { taken: 1 }, to: 'kinds-to' },
  });
  expect(await redis.exists('bull:kinds-to:f1', 'bull:kinds-to:f2', 'bull:kinds:f0')).toBe(3);
  expect(await redis.exists('bull:kinds:f1', 'bull:kinds:f2')).toBe(0);
  const promoted = await start(coordinator, { queue: 'kinds', kind: 'promote', state: 'delayed' });
  expect((await ended(coordinator, promoted.id, 'done')).done).toBe(10);
  const removing = { queue: 'kinds', kind: 'remove', state: 'failed' } as const;
  await expect(start(coordinator, removing)).rejects.toMatchObject({ code: 'CONFIRMATION_NEEDED' });
  const removed = await start(coordinator, { ...removing, confirm: 'kinds' });
  expect((await ended(coordinator, removed.id, 'done')).done).toBe(58);
  expect(await redis.zcard('bull:kinds:failed')).toBe(0);
  const emptied = await start(coordinator, {
    ...{ queue: 'kinds', kind: 'remove', state: 'waiting', confirm: 'kinds' },
  });
  expect((await ended(coordinator, emptied.id, 'done')).done).toBe(10);
  expect(await queue.getWaitingCount()).toBe(0);
});

test('ids and a filter are not asked for at once: nobody would know which of them counts', async () => {
  const { coordinator } = await open('both', 2);
  const both = { queue: 'both', kind: 'retry', ids: ['f0'], filter: 'name:odd' } as const;
  const { bulk } = coordinator.operations.jobs;
  for (const asking of [
    () => start(coordinator, both),
    () => bulk.plan({ ...both, mayReadData: true }),
  ])
    await expect(asking()).rejects.toMatchObject({ code: 'INPUT_INVALID', pointer: '/filter' });
});

test('what is added while a selection is read does not belong to it', async () => {
  const { redis, coordinator } = await open('later', 1);
  const queue = new Queue('later', { connection: createClient(server) });
  onTestFinished(() => queue.close());
  const timestamp = Date.now() + 60_000;
  await queue.addBulk([
    { name: 'before', data: {} },
    { name: 'after', data: {}, opts: { timestamp } },
  ]);
  const order = { queue: 'later', kind: 'remove', state: 'waiting' } as const;
  const plan = await coordinator.operations.jobs.bulk.plan({ ...order, mayReadData: true });
  expect(plan.sample.map(({ name }) => name)).toEqual(['before']);
  expect(await redis.llen('bull:later:wait')).toBe(2);
});

test('each kind needs its own permission, a move on both queues', async () => {
  const { coordinator } = await open('a-may', 1);
  await seedFailed(createClient(server), 'b-may', 1);
  const ask = (may: Principal['grants'][number]['may'], order: object) =>
    coordinator.control.call(
      'jobs.bulk',
      { queue: 'a-may', ids: ['f0'], ...order },
      { principal: { ...ADMIN, grants: [{ may, queues: ['a*'] }] } },
    );
  const FORBIDDEN = { code: 'FORBIDDEN' };
  await expect(ask(['viewer'], { kind: 'retry' })).rejects.toMatchObject(FORBIDDEN);
  const remove = { kind: 'remove', confirm: 'a-may' };
  await expect(ask(['jobs.read', 'jobs.retry'], remove)).rejects.toMatchObject(FORBIDDEN);
  await expect(ask(['admin'], { kind: 'move', to: 'b-may' })).rejects.toMatchObject(FORBIDDEN);
  expect(await ask(['jobs.read', 'jobs.retry'], { kind: 'retry' })).toMatchObject({ total: 1 });
});

test('a process that changes nothing makes none and carries none on', async () => {
  const redis = createClient(server);
  await seedFailed(redis, 'read-only', 5);
  const coordinator = await startCoordinator(server, { readOnly: true });
  await expect(
    start(coordinator, { queue: 'read-only', kind: 'retry', state: 'failed' }),
  ).rejects.toMatchObject({ code: 'READ_ONLY' });
  const order = { queue: 'read-only', kind: 'retry', state: 'failed' } as const;
  const plan = await coordinator.operations.jobs.bulk.plan({ ...order, mayReadData: true });
  expect(plan.eligible).toBe(5);
});
