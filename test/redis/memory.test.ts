/** What queues take of Redis's memory is estimated from samples, within what it says, whatever the user may ask. */

import { setImmediate } from 'node:timers/promises';
import { FlowProducer, Queue } from 'bullmq';
import { Coordinator, defineQueue } from 'drover';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { photoData, photoResult } from '../../bench/harness/photo-metadata.ts';
import type { OutageGate } from '../../src/backend/outage-gate.ts';
import { createDeferred } from '../../src/base/deferred.ts';
import { createKeys } from '../../src/keys.ts';
import { MemoryOperations } from '../../src/operations/insight/memory-operations.ts';
import type { Connection } from '../../src/redis/connection.ts';
import type { Hub } from '../../src/redis/hub.ts';
import { sampleMemory } from '../../src/retention/memory-sample.ts';
import type { MemoryPart, MemorySample, MemoryView } from '../../src/retention/memory-view.ts';
import { nothingSwept, writeRound } from '../../src/retention/sweep-record.ts';
import { createClient, createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { until } from '../support/until.ts';

const keys = createKeys('coordinator');

async function freshServer(): Promise<RedisServer> {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  return server;
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]);
}

/** A queue of finished and waiting photos, as BullMQ leaves them. */
async function fill(server: RedisServer, name: string, jobs: number): Promise<Queue> {
  const connection = createClient(server);
  const queue = new Queue(name, { connection });
  onTestFinished(() => queue.close());
  const random = createSeededRandom(11);
  for (let sent = 0; sent < jobs; sent += 200)
    await queue.addBulk(
      Array.from({ length: 200 }, () => ({ name: 'resize', data: photoData(random) })),
    );
  return queue;
}

/** Makes finished jobs of waiting ones, without the time that a worker takes. */
async function finish(server: RedisServer, name: string, jobs: number): Promise<void> {
  const redis = createClient(server);
  const random = createSeededRandom(12);
  for (let i = 0; i < jobs; i += 1) {
    const id = await redis.rpop(`bull:${name}:wait`);
    const returnvalue = JSON.stringify(photoResult(random));
    await redis.hset(`bull:${name}:${id}`, { returnvalue, finishedOn: i });
    await redis.zadd(`bull:${name}:completed`, i, id!);
    await redis.xadd(
      ...[`bull:${name}:events`, '*', 'event', 'completed', 'jobId', id!],
      ...['returnvalue', returnvalue],
    );
  }
}

const partOf = ({ kinds }: Pick<MemoryView, 'kinds'>, kind: string): MemoryPart =>
  kinds.find((part) => part.kind === kind)!;
const sample = async (redis: Redis, queue: string, seed = 5): Promise<MemorySample> =>
  (await sampleMemory(redis, keys, queue, createSeededRandom(seed)))!;
const total = ({ kinds }: MemorySample): number =>
  kinds.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);

describe('the estimate', () => {
  test('of a queue is what Redis has grown by', async () => {
    const server = await freshServer();
    const redis = createClient(server);
    await sample(redis, 'nothing').catch(() => {});
    const before = await usedBytes(redis);
    await fill(server, 'photos', 3_000);
    await finish(server, 'photos', 1_500);
    const grown = (await usedBytes(redis)) - before;
    const found = await sample(redis, 'photos');
    expect(Math.abs(total(found) / grown - 1)).toBeLessThan(0.06);
    for (const kind of ['waiting', 'completed', 'events'])
      expect(partOf(found, kind)).toMatchObject({ source: 'measured' });
    const waiting = partOf(found, 'waiting');
    expect(waiting).toMatchObject({ count: 1_500, sampled: 50 });
    expect(waiting.standardErrorBytes! / waiting.bytes!).toBeLessThan(0.05);
    const delayed = { bytes: 0, standardErrorBytes: 0, count: 0, source: 'measured' };
    expect(partOf(found, 'delayed')).toMatchObject(delayed);
  });

  test('is off by about as much as it says, when jobs are as different as can be', async () => {
    const server = await freshServer();
    const redis = createClient(server);
    const queue = await fill(server, 'mixed', 0);
    const random = createSeededRandom(1);
    for (let i = 0; i < 20; i += 1)
      await queue.addBulk(
        Array.from({ length: 100 }, () => ({
          name: 'j',
          data: 'x'.repeat(Math.floor(20_000 * random() ** 5)),
        })),
      );
    const ids = await redis.lrange('bull:mixed:wait', 0, -1);
    const sizes = await Promise.all(
      ids.map((id) => redis.memory('USAGE', `bull:mixed:${id}`, 'SAMPLES', 0)),
    );
    const all = sizes.reduce<number>((sum, size) => sum + Number(size), 0);
    const errors: number[] = [];
    for (let seed = 0; seed < 40; seed += 1) {
      const { bytes, standardErrorBytes } = partOf(await sample(redis, 'mixed', seed), 'waiting');
      errors.push(Math.abs(bytes! - all) / standardErrorBytes!);
    }
    expect(errors.filter((error) => error < 1).length).toBeGreaterThan(20);
    expect(Math.max(...errors)).toBeLessThan(4);
  });

  test('has every kind of a queue, and what lies beside its jobs', async () => {
    const server = await freshServer();
    const coordinator = await startCoordinator(server);
    const redis = createClient(server);
    coordinator.process('every', async () => {
      throw new Error('no');
    });
    const queue = coordinator.queue('every');
    await queue.add('dies', {}, { attempts: 1 });
    await until(async () => (await redis.zcard(keys.groups('every'))) > 0);
    await queue.add('later', {}, { delay: 3_600_000 });
    const logged = await queue.add('logged', {}, { delay: 3_600_000 });
    for (let i = 0; i < 50; i += 1) await logged.log('y'.repeat(1_000));
    await queue.upsertJobScheduler('hourly', { every: 3_600_000 }, { name: 'h', data: {} });
    const flows = new FlowProducer({ connection: redis });
    onTestFinished(() => flows.close());
    const child = { name: 'c', queueName: 'other' };
    await flows.add({ name: 'parent', queueName: 'every', children: [child] });
    await redis.set(keys.body('every', '01A'), 'z'.repeat(20_000));
    await redis.zadd(keys.bodies('every'), 20_000, '01A');
    await redis.hset(keys.dictionaries('every'), { data: '3f', '3f': 'd'.repeat(4_000) });
    const found = await sample(redis, 'every');
    for (const kind of ['delayed', 'waiting-children', 'failed', 'events', 'dead-letters'])
      expect([kind, partOf(found, kind).bytes]).toEqual([kind, expect.any(Number)]);
    for (const { kind, bytes } of found.kinds)
      if (!['waiting', 'active', 'prioritized', 'completed', 'metrics'].includes(kind))
        expect([kind, bytes! > 0]).toEqual([kind, true]);
    expect(partOf(found, 'delayed').bytes).toBeGreaterThan(50_000);
    expect(partOf(found, 'bodies').bytes).toBeGreaterThan(20_000);
    expect(partOf(found, 'dictionaries').bytes).toBeGreaterThan(4_000);
    expect(partOf(found, 'groups').count).toBe(1);
    expect(partOf(found, 'schedulers').count).toBe(1);
  });

  test('for a user who may not ask Redis is derived from lengths, and says so; what has none is not known', async () => {
    const server = await freshServer();
    const redis = createClient(server);
    await fill(server, 'photos', 400);
    await finish(server, 'photos', 200);
    const measured = await sample(redis, 'photos');
    await redis.acl('SETUSER', 'app', 'on', '>pw', '~*', '&*', '+@all', '-memory');
    const { port } = new URL(server.url);
    const limited = new Redis({ port: Number(port), username: 'app', password: 'pw' });
    onTestFinished(() => limited.disconnect());
    const derived = await sample(limited, 'photos');
    for (const kind of ['waiting', 'completed']) {
      const [a, b] = [partOf(derived, kind), partOf(measured, kind)];
      expect(a.source).toBe('derived');
      expect(Math.abs(a.bytes! / b.bytes! - 1)).toBeLessThan(0.3);
    }
    for (const kind of ['events', 'other'])
      expect(partOf(derived, kind)).toMatchObject({ bytes: null, source: 'absent' });
    expect(derived.payloads[0]).toMatchObject({ sampled: 50 + 50 });
  });

  test('of a queue that is not there is none', async () => {
    const redis = createClient(await freshServer());
    expect(await sampleMemory(redis, keys, 'nowhere', Math.random)).toBeUndefined();
  });

  test('costs Redis a bounded number of small commands, however large the queue is', async () => {
    const server = await freshServer();
    const redis = createClient(server);
    const members = Array.from({ length: 1_000 }, (_, i) => i);
    for (let page = 0; page < 200; page += 1) {
      const ids = members.map((i) => String(page * 1_000 + i));
      await redis.rpush('bull:large:wait', ...ids);
      await redis.zadd('bull:large:completed', ...ids.flatMap((id) => [id, `c${id}`]));
      await redis.xadd('bull:large:events', '*', 'event', 'waiting', 'jobId', ids[0]!);
    }
    await redis.config('RESETSTAT');
    await sample(redis, 'large');
    const stats = await redis.info('commandstats');
    const counts = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
    // None of these grows with the queue; LINDEX steps over whole nodes of a list.
    const small = ['llen', 'xlen', 'zcard', 'lindex', 'zrange', 'memory|usage', 'exists', 'eval'];
    const further = ['hstrlen', 'hget', 'hmget', 'config|resetstat', 'info'];
    expect(counts.map(([, name]) => name).sort()).toEqual(
      expect.arrayContaining(['lindex', 'memory|usage', 'zrange']),
    );
    for (const [, name] of counts) expect([...small, ...further]).toContain(name);
    const calls = counts.reduce((sum, [, , count]) => sum + Number(count), 0);
    expect(calls).toBeLessThan(2_500);
  });
});

describe('payloads', () => {
  test('that are stored plain tell what compression would save', async () => {
    const server = await freshServer();
    await fill(server, 'photos', 200);
    const { payloads } = await sample(createClient(server), 'photos');
    const [data, result] = payloads;
    expect(data).toMatchObject({ kind: 'data', bodyBytes: 0, sampled: 50 });
    expect(data!.plainBytes).toBe(data!.storedBytes);
    const ratio = data!.compressionWouldSaveBytes! / data!.plainBytes;
    expect(ratio).toBeGreaterThan(0.4);
    expect(ratio).toBeLessThan(0.95);
    expect(result).toMatchObject({ plainBytes: 0, compressionWouldSaveBytes: null, sampled: 0 });
  });

  test('that are packed tell what that saves, from their first characters', async () => {
    const server = await freshServer();
    const redis = createClient(server);
    await redis.hset('bull:packed:meta', 'version', 'x');
    const inline = `{"$drover":"z1,${(4_000).toString(36)},3f,,${'A'.repeat(960)}"}`;
    const pointer = `{"$drover":"p1,${(8_000).toString(36)},,k1,files,01A,${(3_000).toString(36)},c"}`;
    for (let i = 0; i < 10; i += 1) {
      await redis.hset(`bull:packed:${i}`, { data: inline, returnvalue: pointer });
      await redis.rpush('bull:packed:wait', i);
    }
    const { payloads } = await sample(redis, 'packed');
    expect(payloads).toEqual([
      {
        ...{ kind: 'data', plainBytes: 40_000, storedBytes: 10 * inline.length, bodyBytes: 0 },
        ...{ unreadBytes: 0, compressionWouldSaveBytes: null, sampled: 10 },
      },
      {
        ...{ kind: 'result', plainBytes: 80_000, storedBytes: 10 * pointer.length },
        ...{ bodyBytes: 30_000, unreadBytes: 0 },
        ...{ compressionWouldSaveBytes: null, sampled: 10 },
      },
    ]);
  });

  test('that are too large to look at are told apart, and nothing is promised of them', async () => {
    const server = await freshServer();
    const redis = createClient(server);
    const large = `{"$drover":"z1,${(4_000_000).toString(36)},3f,,${'A'.repeat(300_000)}"}`;
    for (let i = 0; i < 4; i += 1) {
      await redis.hset(`bull:huge:${i}`, { data: i < 2 ? large : `"${'x'.repeat(5_000)}"` });
      await redis.rpush('bull:huge:wait', i);
    }
    const { payloads } = await sample(redis, 'huge');
    const [data] = payloads;
    expect(data).toMatchObject({ unreadBytes: 2 * large.length, sampled: 4 });
    expect(data!.compressionWouldSaveBytes).toBeGreaterThan(0);
    expect(data!.compressionWouldSaveBytes).toBeLessThanOrEqual(2 * 5_002);
  });
});

/** The operations without a coordinator, whose looks a test can hold. */
function operationsOn(
  redis: Redis,
  queues: readonly string[],
  raw: () => Promise<Redis> = async () => redis,
  rawBulk: () => Promise<Redis> = raw,
): MemoryOperations {
  const bulk = { client: Promise.resolve(redis), raw: rawBulk };
  return new MemoryOperations({
    hub: {
      command: { isReady: true, raw } as unknown as Hub['command'],
      onBulk: (run: (bulk: Connection) => unknown) => run(bulk as unknown as Connection) as never,
    },
    gate: {
      run: async (_: unknown, __: unknown, ___: unknown, run: () => unknown) => run(),
    } as unknown as OutageGate,
    keys,
    labelOf: (name) => name,
    labels: async () => queues,
    leadership: { isHeld: true },
  });
}

describe('the rounds of the leader', () => {
  test('go on to other queues when one cannot be looked at, and come back to it later', async () => {
    const server = await freshServer();
    const redis = createClient(server);
    await fill(server, 'photos', 200);
    let looks = 0;
    const memory = operationsOn(redis, ['broken', 'photos'], async () => {
      looks += 1;
      if (looks === 1) throw new Error('NOPERM of its keys');
      return redis;
    });
    await expect(memory.round()).rejects.toThrow('NOPERM');
    expect(memory.last.map(({ queue }) => queue)).toEqual(['photos']);
    await memory.round();
    expect(looks).toBe(2);
  });

  test('end at the next queue once they are stopped', async () => {
    const server = await freshServer();
    const redis = createClient(server);
    for (const name of ['one', 'two']) await redis.hset(`bull:${name}:meta`, 'version', 'x');
    const memory = operationsOn(redis, ['one', 'two'], async () => {
      memory.stop();
      return redis;
    });
    await memory.round();
    expect(memory.last.map(({ queue }) => queue)).toEqual(['one']);
  });

  test('are stopped when a coordinator begins to stop', async () => {
    const coordinator = await startCoordinator(await freshServer());
    const stop = vi.spyOn(coordinator.operations.memory, 'stop');
    await coordinator.stop();
    expect(stop).toHaveBeenCalled();
  });
});

describe('the view', () => {
  test('is made of few queues at once, and a queue that is not there is not looked for again', async () => {
    const server = await freshServer();
    const redis = createClient(server);
    const began = createDeferred<void>();
    let looks = 0;
    const memory = operationsOn(redis, [], undefined, async () => {
      looks += 1;
      await began.promise;
      return redis;
    });
    const names = Array.from({ length: 20 }, (_, i) => `nowhere${i}`);
    const answers = names.map((name) => memory.get(name));
    await until(() => looks > 0);
    await setImmediate();
    expect(looks).toBe(3);
    began.resolve();
    for (const answer of await Promise.allSettled(answers))
      expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } });
    expect(looks).toBe(20);
    for (const name of names)
      await expect(memory.get(name)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(looks).toBe(20);
  });

  test('has what retention has freed, and null where nothing was swept', async () => {
    const server = await freshServer();
    const redis = createClient(server);
    await fill(server, 'photos', 200);
    expect((await sample(redis, 'photos')).freedBytes).toBeNull();
    const swept = { completed: 5, failed: 0, progress: 0, events: 0, freedBytes: 7_340 };
    await redis.hset(keys.retention('photos'), 'policy {}', Date.now());
    const end = { places: {}, roundAt: 1, usedBytes: null, isOverBudget: false, held: null };
    const by = { label: 'photos', lease: 'fleet', epoch: 1 };
    await writeRound(redis, keys, by, { ...end, stale: [], swept: nothingSwept() });
    expect((await sample(redis, 'photos')).freedBytes).toBe(0);
    await writeRound(redis, keys, by, { ...end, stale: [], swept });
    expect((await sample(redis, 'photos')).freedBytes).toBe(7_340);
  });

  test('is one look for all who ask within a minute', async () => {
    const server = await freshServer();
    await fill(server, 'photos', 200);
    const coordinator = await startCoordinator(server);
    const { memory } = coordinator.operations;
    const views = await Promise.all([memory.get('photos'), memory.get('photos')]);
    const again = await memory.get(defineQueue('photos'));
    expect(new Set([...views, again].map(({ at }) => at)).size).toBe(1);
    expect(again).toMatchObject({ queue: 'photos', source: 'measured', isComplete: true });
    const known = again.kinds.reduce((sum, { bytes }) => sum + bytes!, 0);
    expect(again.bytes).toBe(known);
    expect(again.ageMs).toBeGreaterThanOrEqual(views[0].ageMs);
  });

  test('rejects for a queue that is not there, and while Redis is away', async () => {
    const server = await freshServer();
    const coordinator = await startCoordinator(server, { addTimeoutMs: 300 });
    const { memory } = coordinator.operations;
    await expect(memory.get('nowhere')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await server.kill();
    await expect(memory.get('elsewhere')).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    const without = new Coordinator({ logger: false });
    await expect(without.operations.memory.get('photos')).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
    });
  });

  test('is exported by the leader, for each queue and kind', async () => {
    const server = await freshServer();
    const coordinator = createCoordinator(server);
    coordinator.queue('photos');
    await coordinator.start();
    await coordinator.queue('photos').add('resize', { photo: 'a.jpg' });
    const text = await until(
      async () => {
        const exposed = await coordinator.operations.metrics.exposition();
        return exposed.includes('drover_queue_memory_bytes{') && exposed;
      },
      { timeoutMs: 50_000, what: 'the leader has looked' },
    );
    expect(text).toMatch(/^drover_queue_memory_bytes\{queue="photos",kind="waiting"\} [1-9]/m);
    expect(text).toMatch(/^drover_queue_memory_bytes\{queue="photos",kind="failed"\} 0$/m);
  }, 60_000);
});
