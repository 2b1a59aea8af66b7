/** Bulk actions on jobs outlive a Redis that dies, connections that break, and whoever carries them on: each job once. */
import { fileURLToPath } from 'node:url';
import type { Coordinator } from 'drover';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { COMPANIONS } from '../../src/backend/companions.ts';
import type { BulkAction } from '../../src/dead-letters/bulk-action.ts';
import { BulkStore } from '../../src/dead-letters/bulk-store.ts';
import type { Unfinished } from '../../src/dead-letters/bulk-work.ts';
import { createKeys } from '../../src/keys.ts';
import type { BulkView } from '../../src/operations/dead-letters/dead-letter-views.ts';
import { frozenId, JobBulkWork } from '../../src/operations/jobs/job-bulk-work.ts';
import { JOB_COMPANIONS } from '../../src/operations/jobs/job-steps.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { Hub } from '../../src/redis/hub.ts';
import { startApp } from '../support/child-app.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ask } from './asking.ts';

const keys = createKeys('coordinator');
const LEADER = fileURLToPath(new URL('../chaos/job-bulk-leader.mjs', import.meta.url));
const QUICK = { reconnect: { minDelay: 10, maxDelay: 50 } } as const;

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Failed jobs `f0` and on, as BullMQ keeps them. */
async function seed(redis: Redis, queue: string, count: number): Promise<void> {
  const pipeline = redis.pipeline();
  const start = Date.now() - 3_600_000;
  pipeline.hset(`bull:${queue}:meta`, 'version', 'bullmq:6.7.0');
  for (let i = 0; i < count; i += 1) {
    const job = { name: 'n', data: `{"i":${i}}`, opts: '{"attempts":1}', timestamp: start };
    const finishedOn = start + i;
    pipeline.hset(`bull:${queue}:f${i}`, { ...job, finishedOn, failedReason: 'x', atm: 1 });
    pipeline.zadd(`bull:${queue}:failed`, finishedOn, `f${i}`);
  }
  await pipeline.exec();
}

const waiting = (redis: Redis, queue: string): Promise<string[]> =>
  redis.lrange(`bull:${queue}:wait`, 0, -1);

/** Every job of the queue waits in `there`, once, with its data; none is left in `queue` unless it is the same. */
async function expectAllOnce(redis: Redis, queue: string, there: string, count: number) {
  const ids = await waiting(redis, there);
  const all = Array.from({ length: count }, (_, i) => `f${i}`);
  expect(ids.toSorted()).toEqual(all.toSorted());
  const data = await Promise.all(all.map((id) => redis.hget(`bull:${there}:${id}`, 'data')));
  expect(data).toEqual(all.map((_, i) => `{"i":${i}}`));
  expect(await redis.zcard(`bull:${queue}:failed`)).toBe(0);
  if (queue !== there)
    expect(await redis.exists(...all.map((id) => `bull:${queue}:${id}`))).toBe(0);
}

function ended(coordinator: Coordinator, id: string): Promise<BulkView> {
  const isOver = async (): Promise<BulkView | false> => {
    const action = await ask(coordinator, 'bulk.get', { bulk: id });
    return !['planned', 'running'].includes(action.state) && action;
  };
  return until(isOver, { timeoutMs: 20_000, what: 'the action is over' });
}

const ALL = (done: number) => ({ state: 'done', done, failed: 0, skipped: {} });

test('a Redis that is killed in the middle and comes back loses and doubles nothing', async () => {
  const own = await startRedis({ config: { appendfsync: 'always' } });
  onTestFinished(() => own.stop());
  const redis = createClient(own);
  await Promise.all([
    seed(redis, 'retried', 2_000),
    seed(redis, 'moved', 300),
    seed(redis, 'to', 0),
  ]);
  const coordinator = await startCoordinator(own, QUICK);
  const start = (queue: string, perSecond: number, order: object) =>
    ask(coordinator, 'jobs.bulk', { queue, state: 'failed', perSecond, ...order } as never);
  const retry = await start('retried', 2_000, { kind: 'retry' });
  const move = await start('moved', 300, { kind: 'move', to: 'to' });
  const isUnderWay = async () =>
    (await redis.llen('bull:retried:wait')) > 300 && (await redis.llen('bull:to:wait')) > 40;
  await until(isUnderWay, { timeoutMs: 20_000 });
  await own.kill();
  await expect(ask(coordinator, 'bulk.get', { bulk: retry.id })).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
  });
  await own.restart();
  await until(() => redis.ping().then(() => true));
  await until(() => ask(coordinator, 'bulk.get', { bulk: retry.id }).catch(() => false));
  expect(await ended(coordinator, retry.id)).toMatchObject(ALL(2_000));
  expect(await ended(coordinator, move.id)).toMatchObject(ALL(300));
  await expectAllOnce(redis, 'retried', 'retried', 2_000);
  await expectAllOnce(redis, 'moved', 'to', 300);
});

test('connections that break again and again skip no job and do none twice', async () => {
  const proxy = await startProxy({ target: { port: server.port } });
  onTestFinished(() => proxy.close());
  const redis = createClient(server);
  await Promise.all([seed(redis, 'cut', 200), seed(redis, 'cut-to', 0)]);
  const url = `redis://127.0.0.1:${proxy.port}`;
  const coordinator = await startCoordinator({ url }, QUICK);
  const order = { queue: 'cut', kind: 'move', state: 'failed', to: 'cut-to' } as const;
  const { id } = await ask(coordinator, 'jobs.bulk', order);
  for (const part of [1, 60, 120]) {
    await until(async () => (await redis.llen('bull:cut-to:wait')) >= part);
    proxy.cut();
  }
  await until(async () => (await redis.hget(keys.jobBulk(id), 'state')) === 'done', {
    timeoutMs: 20_000,
  });
  await until(() => ask(coordinator, 'bulk.get', { bulk: id }).catch(() => false));
  expect(await ended(coordinator, id)).toMatchObject(ALL(200));
  await expectAllOnce(redis, 'cut', 'cut-to', 200);
});

test('leaders are killed in the middle of moves: each job is in one queue, and counted once', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const redis = createClient(own);
  await Promise.all([seed(redis, 'killed', 600), seed(redis, 'killed-to', 0)]);
  const startLeader = (host: string) => {
    const env = { REDIS_URL: own.url, HOST_NAME: host, LEASE_MS: '500' };
    const app = startApp(LEADER, { env });
    onTestFinished(() => app[Symbol.asyncDispose]());
    return app;
  };
  let leader = startLeader('leader-0');
  await until(async () => (await redis.get(keys.lease('fleet'))) !== null);
  // This one only asks: the lease is taken.
  const operator = await startCoordinator(own);
  const order = { queue: 'killed', kind: 'move', state: 'failed', to: 'killed-to' } as const;
  const { id } = await ask(operator, 'jobs.bulk', { ...order, perSecond: 400 });
  await operator.stop({ timeoutMs: 2_000 });
  for (const part of [100, 350]) {
    await until(async () => (await redis.llen('bull:killed-to:wait')) >= part);
    leader.kill('SIGKILL');
    await leader.exited;
    expect(await redis.zcard('bull:killed:failed')).toBeGreaterThan(0);
    leader = startLeader(`leader-${part}`);
  }
  await leader.line(`finished ${id} done`, 20_000);
  const { done, ...rest } = await redis.hgetall(keys.jobBulk(id));
  expect(done).toBe('600');
  expect(Object.keys(rest).filter((field) => /^skip:|^failed$/.test(field))).toEqual([]);
  await expectAllOnce(redis, 'killed', 'killed-to', 600);
});

/** An action on failed jobs that is running, for a leader of epoch 2, and what deals with it. */
async function openWork(
  queue: string,
  count: number,
  action: Pick<BulkAction, 'kind'> & Partial<BulkAction>,
) {
  const redis = createClient(server);
  await seed(redis, queue, count);
  const hub = new Hub({
    ...{ app: 'test', host: 'h', pid: 1, allowEviction: false, keys, announce: () => {} },
    createClient: clientMaker({ options: { host: server.host, port: server.port } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
    companions: [...COMPANIONS, ...JOB_COMPANIONS],
  });
  onTestFinished(() => hub.close());
  hub.open();
  const store = new BulkStore({
    ...{ bulks: keys.jobBulks, bulk: keys.jobBulk, bulkIds: keys.jobBulkIds },
  });
  const id = `of-${queue}`;
  const stampOf = async (i: number) => (await redis.hget(`bull:${queue}:f${i}`, 'finishedOn'))!;
  const stamps = await Promise.all(Array.from({ length: count }, (_, i) => stampOf(i)));
  await store.putIds(
    redis,
    id,
    stamps.map((stamp, i) => frozenId(stamp, `f${i}`)),
  );
  await store.create(redis, id, {
    ...{ actor: 'ann', total: count, to: null, jobState: 'failed' },
    ...{ patch: null, canary: null, perSecond: null, withJobs: false },
    selection: { queue, filter: '', frozenAt: Date.now() },
    ...action,
  });
  await store.move(redis, id, { from: ['planned'], to: 'running', fields: {}, epoch: 2 });
  const work = new JobBulkWork({ keys, payloads: { of: () => ({}) as never } });
  const stale = { ...(await store.get(redis, id))!, place: '0' } as Unfinished;
  const part = (most: number, epoch: number) =>
    hub.onBulk((bulk) => work.part(bulk, stale, most, { at: Date.now(), epoch }));
  const seen = async () => {
    const { done, place, ...rest } = await redis.hgetall(keys.jobBulk(id));
    const skips = Object.keys(rest).filter((field) => field.startsWith('skip:'));
    return { done, place, skips };
  };
  return { redis, store, id, stamps, part, seen };
}

test('what was dealt with is not dealt with again, nor by a leader that was replaced or while it is paused', async () => {
  const { redis, store, id, stamps, part, seen } = await openWork('guarded', 4, { kind: 'retry' });
  const isWaiting = () => redis.llen('bull:guarded:wait');
  await part(2, 2);
  const two = { done: '2', place: '2', skips: [] };
  expect([await seen(), await isWaiting()]).toEqual([two, 2]);
  // Killed before it could save, it begins at the same place again; one of them has failed anew meanwhile.
  await redis.lrem('bull:guarded:wait', 1, 'f0');
  await redis.hset('bull:guarded:f0', 'finishedOn', stamps[0]!);
  await redis.zadd('bull:guarded:failed', stamps[0]!, 'f0');
  await part(2, 2);
  expect([await seen(), await isWaiting()]).toEqual([two, 1]);
  // A leader that was replaced.
  expect(await part(4, 1)).toMatchObject({ next: '0' });
  expect([await seen(), await isWaiting()]).toEqual([two, 1]);
  await store.move(redis, id, { from: ['running'], to: 'paused', fields: {} });
  await part(4, 2);
  expect([await seen(), await isWaiting()]).toEqual([two, 1]);
  await store.move(redis, id, { from: ['paused'], to: 'running', fields: {} });
  await part(4, 2);
  expect([await seen(), await isWaiting()]).toEqual([{ done: '4', place: '4', skips: [] }, 3]);
});

test('a removal leaves jobs that have got children since, where those may not be removed', async () => {
  const removal = { kind: 'remove', sparesParents: true } as const;
  const { redis, part, seen } = await openWork('spared', 3, removal);
  await redis.sadd('bull:spared:f1:dependencies', 'bull:elsewhere:1');
  await redis.hset('bull:elsewhere:1', 'name', 'child');
  await part(3, 2);
  expect(await seen()).toEqual({ done: '2', place: '3', skips: ['skip:family'] });
  expect(await redis.exists('bull:spared:f1', 'bull:elsewhere:1', 'bull:spared:f0')).toBe(2);
});
