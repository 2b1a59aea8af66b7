/**
 * What the two instances of the kit are for: the queue never loses and says when it is full, the cache never fails and
 * keeps nothing.
 *
 * With BullMQ as the kit's own user, on little memory. The queue is filled while a worker has a job: a worker that has one
 * fetches the next as it acknowledges, also when memory is used up.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../support/coordinators.ts';
import { type KitServer, startKitServer } from '../support/kit-server.ts';
import { until } from '../support/until.ts';

const connectionOf = (server: KitServer) => ({
  ...{ url: server.url('drover-app'), maxRetriesPerRequest: null },
});

function openQueue(server: KitServer): Queue {
  const queue = new Queue('photos', { connection: connectionOf(server) });
  queue.on('error', () => {});
  onTestFinished(() => queue.close());
  return queue;
}

/** A worker that holds its first job until it is told to go on. */
function startHoldingWorker(server: KitServer): { goOn: () => void; done: () => number } {
  let goOn = (): void => {};
  const told = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let done = 0;
  const process = async (): Promise<void> => {
    await told;
    done += 1;
  };
  const worker = new Worker('photos', process, {
    ...{ connection: connectionOf(server), removeOnComplete: { count: 0 } },
  });
  worker.on('error', () => {});
  onTestFinished(() => worker.close(true));
  return { goOn, done: () => done };
}

/** Fields of INFO. */
async function infoOf(redis: Redis): Promise<Readonly<Record<string, string>>> {
  const lines = (await redis.info()).split('\r\n').filter((line) => line.includes(':'));
  return Object.fromEntries(lines.map((line) => line.split(/:(.*)/).slice(0, 2)));
}

/** Adds jobs until one is refused: how many were accepted, and why the last one was not. */
async function fill(queue: Queue): Promise<{ accepted: number; error: Error }> {
  const photo = 'z'.repeat(100_000);
  for (let accepted = 0; accepted < 5_000; accepted += 1) {
    try {
      await queue.add('resize', { photo });
    } catch (error) {
      return { accepted, error: error as Error };
    }
  }
  throw new Error('5000 jobs of 100 KB were accepted');
}

test('a full queue refuses new jobs, evicts nothing, and empties as its worker goes on', async () => {
  const server = await startKitServer('queue', { args: ['--maxmemory', '20mb'] });
  const redis = createClient({ url: server.url() });
  const queue = openQueue(server);
  const worker = startHoldingWorker(server);
  await queue.add('resize', { photo: 'first' });
  await until(async () => (await queue.getActiveCount()) === 1);

  const { accepted, error } = await fill(queue);
  expect(error.message).toMatch(/OOM/);
  expect(accepted).toBeGreaterThan(20);
  expect(await infoOf(redis)).toMatchObject({
    ...{ maxmemory: String(20 * 1_048_576), maxmemory_policy: 'noeviction', evicted_keys: '0' },
    aof_enabled: '1',
  });
  expect(await queue.getJobCountByTypes('waiting', 'active')).toBe(accepted + 1);

  worker.goOn();
  await until(() => worker.done() === accepted + 1);
  await until(async () => Number((await infoOf(redis)).used_memory) < 15 * 1_048_576);
  await queue.add('resize', { photo: 'z'.repeat(100_000) });
  expect((await infoOf(redis)).evicted_keys).toBe('0');
});

test.each(['restart', 'crash'] as const)('a queue has all jobs after a %s', async (kind) => {
  const server = await startKitServer('queue');
  const queue = openQueue(server);
  const later = { delay: 3_600_000 };
  await queue.addBulk(Array.from({ length: 300 }, (_, i) => ({ name: 'resize', data: { i } })));
  await queue.addBulk([
    { name: 'resize', data: {}, opts: later },
    { name: 'resize', data: {}, opts: { priority: 3 } },
  ]);
  const worker = startHoldingWorker(server);
  await until(async () => (await queue.getActiveCount()) === 1);
  const redis = createClient({ url: server.url() });
  // A script that writes several keys is stored as a transaction, which is replayed as the default user.
  const keys = (await redis.keys('*')).filter((key) => !key.endsWith(':stalled-check')).sort();
  expect(keys.length).toBeGreaterThan(300);

  if (kind === 'crash') await server.kill();
  await (kind === 'crash' ? server.start() : server.restart());

  await until(async () => (await redis.keys('*')).length > 0, { what: 'the client is back' });
  expect(await redis.keys('*')).toEqual(expect.arrayContaining(keys));
  expect(server.log).not.toMatch(/CRITICAL/);
  worker.goOn();
  await until(() => worker.done() >= 301);
  expect(await queue.getDelayedCount()).toBe(1);
});

test('a full cache makes room without an error, and is empty after a restart', async () => {
  const server = await startKitServer('cache', { args: ['--maxmemory', '10mb'] });
  const redis = createClient({ url: server.url('drover-app') });
  const answer = 'z'.repeat(4_000);
  // The user's own keys, with and without an expiry: both may go.
  for (let i = 0; i < 5_000; i += 500)
    await Promise.all(
      Array.from({ length: 500 }, (_, j) =>
        j % 2 ? redis.set(`api:${i + j}`, answer) : redis.set(`api:${i + j}`, answer, 'EX', 300),
      ),
    );
  const harness = createClient({ url: server.url() });
  const info = await infoOf(harness);
  expect(info).toMatchObject({ maxmemory_policy: 'allkeys-lru', aof_enabled: '0' });
  expect(Number(info.evicted_keys)).toBeGreaterThan(1_000);
  expect(Number(info.used_memory)).toBeLessThan(11 * 1_048_576);
  expect(await redis.get('api:4999')).toBe(answer);
  expect(await harness.dbsize()).toBeGreaterThan(500);

  await server.restart();
  expect(await until(async () => (await harness.dbsize()) === 0)).toBe(true);
  expect(readdirSync(server.dir).sort()).toEqual(['redis.log', 'users.acl']);
  expect(statSync(join(server.dir, 'users.acl')).mode & 0o777).toBe(0o600);
});
