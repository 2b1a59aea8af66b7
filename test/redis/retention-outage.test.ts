/** A sweep that is ended in the middle leaves nothing by halves, and another goes on. */
import { Queue } from 'bullmq';
import { defineQueue } from 'drover';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { Lease } from '../../src/redis/lease.ts';
import { readRetention } from '../../src/retention/sweep-record.ts';
import { createClient, nextEvent, startCoordinator } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { letterOf } from './dead-letters.ts';
import { HOUR_MS, keys, layOut, openSweep, publish, sweeping } from './sweeping.ts';

const JOBS = 12_000;
const POLICY = { completed: { age: '1h' } } as const;

/** Every job of the set has its data, and every job that has data is in the set. */
async function isWhole(redis: Redis, queue: string): Promise<boolean> {
  const ids = await redis.zrange(`bull:${queue}:completed`, 0, '-1');
  const hashes = await redis.keys(`bull:${queue}:job-*`);
  const inSet = new Set(ids.map((id) => `bull:${queue}:${id}`));
  return hashes.length === inSet.size && hashes.every((key) => inSet.has(key));
}

const half = (redis: Redis, queue: string): Promise<unknown> =>
  until(async () => (await redis.zcard(`bull:${queue}:completed`)) < JOBS / 2, { intervalMs: 2 });

test('it stops when it leads no more, and the next leader goes on', async () => {
  await using server = await startRedis();
  const first = await sweeping(server);
  const { redis } = first;
  await publish(first.hub, { handed: POLICY });
  await layOut(redis, 'handed', { count: JOBS, agoMs: 2 * HOUR_MS });
  const round = first.sweep.round();
  await half(redis, 'handed');
  first.lease.isHeld = false;
  const atTheEnd = await redis.zcard('bull:handed:completed');
  await round;
  // One batch may have been on its way.
  expect(await redis.zcard('bull:handed:completed')).toBeGreaterThanOrEqual(atTheEnd - 200);
  expect(atTheEnd).toBeGreaterThan(200);
  expect(await isWhole(redis, 'handed')).toBe(true);
  const second = await openSweep(server);
  second.lease.epoch = 2;
  await second.sweep.round();
  expect(await redis.zcard('bull:handed:completed')).toBe(0);
  expect(await redis.keys('bull:handed:*')).toEqual(['bull:handed:events']);
  expect(first.sweep.totals.completed + second.sweep.totals.completed).toBe(JOBS);
});

test('it stops for good when the coordinator does', async () => {
  await using server = await startRedis();
  const { sweep, hub, redis } = await sweeping(server);
  await publish(hub, { stopped: POLICY });
  await layOut(redis, 'stopped', { count: JOBS, agoMs: 2 * HOUR_MS });
  const round = sweep.round();
  await half(redis, 'stopped');
  sweep.stop();
  await round;
  const left = await redis.zcard('bull:stopped:completed');
  expect(left).toBeGreaterThan(0);
  await sweep.round();
  expect(await redis.zcard('bull:stopped:completed')).toBe(left);
});

test('two that both think they lead do no harm, and the older one leaves no counts', async () => {
  await using server = await startRedis();
  const old = await sweeping(server);
  const { redis } = old;
  const fresh = await openSweep(server);
  await publish(old.hub, { both: { ...POLICY, failed: { count: 50 } } });
  await layOut(redis, 'both', { count: JOBS, agoMs: 2 * HOUR_MS });
  await layOut(redis, 'both', { count: 500, agoMs: 10_000, state: 'failed', name: 'failed' });
  const lease = new Lease({
    ...{ name: 'fleet', connection: fresh.hub.command, keys, hostId: 'fresh' },
  });
  await lease.acquire();
  fresh.lease.epoch = lease.epoch;
  await Promise.all([old.sweep.round(), fresh.sweep.round()]);
  expect(await redis.zcard('bull:both:completed')).toBe(0);
  expect(await redis.zcard('bull:both:failed')).toBe(50);
  const [record] = await readRetention(redis, keys);
  expect(record!.swept.completed).toBe(fresh.sweep.totals.completed);
  expect(old.sweep.totals.completed + fresh.sweep.totals.completed).toBe(JOBS);
});

test('Redis is killed in the middle and comes back: the sweep fails once, and the next one ends it', async () => {
  await using server = await startRedis();
  const { sweep, hub, redis } = await sweeping(server);
  await publish(hub, { killed: POLICY });
  await layOut(redis, 'killed', { count: JOBS, agoMs: 2 * HOUR_MS });
  const ended = sweep.round().then(
    () => 'resolved',
    () => 'rejected',
  );
  await half(redis, 'killed');
  await server.kill();
  expect(await ended).toBe('rejected');
  await server.restart();
  await until(() => hub.command.isReady);
  expect(await isWhole(redis, 'killed')).toBe(true);
  expect(await redis.zcard('bull:killed:completed')).toBeGreaterThan(0);
  await sweep.round();
  expect(await redis.keys('bull:killed:job-*')).toEqual([]);
  expect(await redis.zcard('bull:killed:completed')).toBe(0);
});

test('a Redis that is full takes adds again, since sweeping goes on', async () => {
  await using server = await startRedis();
  const { sweep, hub, redis } = await sweeping(server);
  const queue = new Queue('crowded', { connection: createClient(server) });
  onTestFinished(() => queue.close());
  await queue.add('first', {});
  await publish(hub, { 'a-idle': POLICY, crowded: POLICY, 'z-last': POLICY });
  const fields = { data: JSON.stringify('x'.repeat(1_000)) };
  await layOut(redis, 'crowded', { count: 3_000, agoMs: 2 * HOUR_MS, fields });
  await layOut(redis, 'z-last', { count: 300, agoMs: 2 * HOUR_MS });
  const used = /used_memory:(\d+)/.exec(await redis.info('memory'))![1]!;
  await redis.config('SET', 'maxmemory', String(Number(used) - 500_000));
  await expect(queue.add('refused', {})).rejects.toThrow('OOM');
  await sweep.round();
  expect(await redis.zcard('bull:crowded:completed')).toBe(0);
  expect(await redis.zcard('bull:z-last:completed')).toBe(0);
  await queue.add('taken', {});
});

test('a Redis that stays full has all of its queues swept, which is written down', async () => {
  await using server = await startRedis();
  const { sweep, hub, redis } = await sweeping(server);
  await publish(hub, { 'a-idle': POLICY, 'b-old': POLICY });
  await layOut(redis, 'b-old', { count: 100, agoMs: 2 * HOUR_MS });
  await redis.config('SET', 'maxmemory', '1');
  await sweep.round();
  expect(await redis.zcard('bull:b-old:completed')).toBe(0);
  const records = await readRetention(redis, keys);
  expect(records.map(({ queue, swept }) => [queue, swept.completed])).toEqual([
    ['a-idle', 0],
    ['b-old', 100],
  ]);
  for (const { roundAt } of records) expect(roundAt).not.toBeNull();
});

test('a queue whose keys are denied keeps no other from being swept', async () => {
  await using server = await startRedis();
  const { sweep, hub, redis } = await sweeping(server);
  await publish(hub, { 'a-denied': POLICY, 'b-allowed': POLICY });
  await layOut(redis, 'b-allowed', { count: 100, agoMs: 2 * HOUR_MS });
  await redis.acl('SETUSER', 'default', 'resetkeys', '~bull:b-allowed:*', '~coordinator:*');
  await expect(sweep.round()).rejects.toThrow(/NOPERM|permission/);
  expect(await redis.zcard('bull:b-allowed:completed')).toBe(0);
});

test('while Redis refuses writes a process says so seldom, and sweeps when it takes them again', {
  timeout: 60_000,
}, async () => {
  await using server = await startRedis();
  const redis = createClient(server);
  const coordinator = await startCoordinator(server);
  coordinator.queue(defineQueue('refused', { retention: POLICY }));
  await until(() => redis.zscore(keys.retentions(), 'refused'), { timeoutMs: 15_000 });
  const failures: string[] = [];
  coordinator.on('loop.failed', ({ loop }) => failures.push(loop));
  await layOut(redis, 'refused', { count: 500, agoMs: 2 * HOUR_MS });
  await redis.config('SET', 'min-replicas-to-write', '1');
  await until(() => failures.includes('heartbeat'), { timeoutMs: 15_000 });
  await redis.config('SET', 'min-replicas-to-write', '0');
  await until(async () => (await redis.zcard('bull:refused:completed')) === 0, {
    timeoutMs: 25_000,
  });
  // Three rounds at the most, ten seconds apart, and one in which policies are said.
  expect(failures.filter((loop) => loop.startsWith('retention')).length).toBeLessThanOrEqual(4);
});

test('the dead letter of a failed job that was swept is replayed all the same', async () => {
  await using server = await startRedis();
  const { sweep, hub, redis } = await sweeping(server);
  const coordinator = await startCoordinator(server);
  let ran = 0;
  coordinator.process('replayed', async () => {
    ran += 1;
    if (ran === 1) throw new Error('broken');
  });
  const failed = nextEvent(coordinator, 'job.failed');
  const opts = { attempts: 1 };
  const { id } = await coordinator.queue('replayed').add('make', { photo: 4711 }, opts);
  await failed;
  await until(() => letterOf(redis, 'replayed', id!));
  await publish(hub, { replayed: { failed: { count: 0 } } });
  await sweep.round();
  expect(await redis.exists(`bull:replayed:${id}`)).toBe(0);
  expect(await letterOf(redis, 'replayed', id!)).toMatchObject({ state: 'dead' });
  await coordinator.deadLetters.replay({ queue: 'replayed', ids: [id!] }, { actor: 'ann' });
  await until(() => ran === 2);
  expect(await redis.hget(`bull:replayed:${id}`, 'data')).toBe('{"photo":4711}');
});

test('a user with rights on the queue’s own keys alone sweeps jobs that were deduplicated', async () => {
  await using server = await startRedis();
  const { sweep, hub, redis } = await sweeping(server);
  await publish(hub, { single: POLICY });
  await layOut(redis, 'single', { count: 20, agoMs: 2 * HOUR_MS, fields: { deid: 'mail' } });
  await redis.acl('SETUSER', 'default', 'resetkeys', '~bull:*', '~coordinator:*');
  await sweep.round();
  expect(await redis.zcard('bull:single:completed')).toBe(0);
  expect(await isWhole(redis, 'single')).toBe(true);
});

test('jobs that failed without Drover get their dead letters before they go', {
  timeout: 90_000,
}, async () => {
  await using server = await startRedis();
  const { hub, redis } = await sweeping(server);
  // Defined by a process that leads not, measures nothing and runs no worker.
  await publish(hub, { bare: { failed: { count: 0 } } });
  const failed = { state: 'failed', agoMs: HOUR_MS, fields: { failedReason: 'no' } } as const;
  const ids = await layOut(redis, 'bare', { ...failed, count: 300 });
  await startCoordinator(server);
  await until(async () => (await redis.zcard('bull:bare:failed')) === 0, { timeoutMs: 80_000 });
  expect(await redis.zcard(keys.deadLetters('bare'))).toBe(ids.length);
});

test('one queue whose keys are broken keeps no other from being swept', async () => {
  await using server = await startRedis();
  const { sweep, hub, redis } = await sweeping(server);
  await publish(hub, { 'a-broken': POLICY, 'b-whole': POLICY });
  await redis.set('bull:a-broken:completed', 'no set');
  await layOut(redis, 'b-whole', { count: 100, agoMs: 2 * HOUR_MS });
  await expect(sweep.round()).rejects.toThrow('WRONGTYPE');
  expect(await redis.zcard('bull:b-whole:completed')).toBe(0);
});
