/** What failed without Drover is recorded afterwards; dead letters and groups are read, and forgotten in time. */
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { DeadLettersStore } from '../../src/dead-letters/dead-letters-store.ts';
import { Reconciler, recordedUntil } from '../../src/dead-letters/reconciler.ts';
import { recordMissed, whatIsKept } from '../../src/dead-letters/record.ts';
import { trimDeadLetters } from '../../src/dead-letters/trim.ts';
import { CoordinatorError } from '../../src/errors.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { deadLetterOf, fail, KEEP, keys, letterOf } from './dead-letters.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

function reconcilerOf(redis: Redis, queue: string, keep = KEEP): Reconciler {
  return new Reconciler({
    keys,
    command: async () => redis,
    onBulk: (run) => run(redis),
    queues: async () => [queue],
    ...keep,
  });
}

/** Runs jobs in a worker without Drover until all have failed. */
async function failBare(queueName: string, jobs: number, prefix = 'bull'): Promise<Queue> {
  const connection = { host: server.host, port: server.port };
  const queue = new Queue(queueName, { connection, prefix });
  const processor = async (job: { id?: string }) => {
    throw new TypeError(`bare job ${job.id} failed`);
  };
  const worker = new Worker(queueName, processor, { connection, prefix, concurrency: 50 });
  onTestFinished(async () => {
    await worker.close();
    await queue.close();
  });
  const before = await queue.getFailedCount();
  await queue.addBulk(Array.from({ length: jobs }, () => ({ name: 'bare', data: { a: 1 } })));
  await until(async () => (await queue.getFailedCount()) === before + jobs, { timeoutMs: 20_000 });
  return queue;
}

describe('a job that failed without Drover', () => {
  test('is shown by every process, also by one with queues of its own', async () => {
    const redis = createClient(server);
    await failBare('elsewhere', 2);
    await reconcilerOf(redis, 'elsewhere').round();
    const coordinator = await startCoordinator(server);
    coordinator.queue('own');
    const { deadLetters } = coordinator;
    expect(await deadLetters.counts()).toMatchObject([{ queue: 'elsewhere', kept: 2 }]);
    const [group] = (await deadLetters.groups({})).filter(({ queues }) =>
      queues.some(({ name }) => name === 'elsewhere'),
    );
    expect(group).toMatchObject({ count: 2 });
  });

  test('gets its record from the reconciler, once', async () => {
    const redis = createClient(server);
    await failBare('bare', 3);
    const reconciler = reconcilerOf(redis, 'bare');
    expect(await reconciler.round()).toBe(3);
    expect(await reconciler.round()).toBe(0);
    const letter = await letterOf(redis, 'bare', '1');
    expect(letter).toMatchObject({
      ...{ jobName: 'bare', type: 'TypeError', message: 'bare job <value> failed' },
      ...{ via: 'reconciler', attemptsMade: 1, host: '', deaths: 1, history: [] },
      failedAt: Number(await redis.hget('bull:bare:1', 'finishedOn')),
      originalJob: { name: 'bare', data: '{"a":1}' },
    });
    expect(await redis.hget(keys.group('bare', letter!.fingerprint), 'count')).toBe('3');
    await failBare('bare', 2);
    expect(await reconciler.round()).toBe(2);
  });

  test('gets one record from two reconcilers at once, also under another prefix', async () => {
    const redis = createClient(server);
    await failBare('both', 120, 'app');
    const rounds = Array.from({ length: 2 }, () =>
      reconcilerOf(createClient(server), 'app:both').round(),
    );
    const written = await Promise.all(rounds);
    expect(written[0]! + written[1]!).toBe(120);
    const [fingerprint] = await redis.zrange(keys.groups('app:both'), 0, '-1');
    expect(await redis.hget(keys.group('app:both', fingerprint!), 'count')).toBe('120');
  });

  test('that a worker with Drover has recorded is left alone', async () => {
    const { redis } = await deadLetterOf(server, 'recorded', fail(new Error('x')));
    expect(await reconcilerOf(redis, 'recorded').round()).toBe(0);
  });

  test('waits an hour for the store that tells what is secret, and is then recorded without its texts', async () => {
    const redis = createClient(server);
    await failBare('stored', 1);
    const hider = async () => {
      throw new CoordinatorError('BODY_STORE_UNAVAILABLE', 'away');
    };
    const roundAfter = (ms: number): Promise<number> => {
      const clock = { ...systemClock, now: () => Date.now() + ms };
      const options = { keys, command: async () => redis, queues: async () => ['stored'] };
      const onBulk = <T>(run: (client: Redis) => Promise<T>): Promise<T> => run(redis);
      return new Reconciler({
        ...options,
        onBulk,
        ...KEEP,
        clock,
        hider: async () => hider,
      }).round();
    };
    await expect(roundAfter(50 * 60_000)).rejects.toMatchObject({ code: 'BODY_STORE_UNAVAILABLE' });
    expect(await letterOf(redis, 'stored', '1')).toBeUndefined();
    expect(await roundAfter(70 * 60_000)).toBe(1);
    expect(await letterOf(redis, 'stored', '1')).toMatchObject({
      ...{ failureReason: '<hidden>', stack: '<hidden>', message: '<value>' },
    });
  });

  test('that dies again after a replay gets its second death', async () => {
    const redis = createClient(server);
    const queue = await failBare('bare-again', 1);
    await reconcilerOf(redis, 'bare-again').round();
    await redis.hset(keys.deadLetter('bare-again', '1'), 'state', 'replayed');
    await (await queue.getJob('1'))!.retry();
    await until(async () => {
      await reconcilerOf(redis, 'bare-again').round();
      return (await letterOf(redis, 'bare-again', '1'))?.deaths === 2;
    });
    expect((await letterOf(redis, 'bare-again', '1'))?.state).toBe('dead');
  });

  test('from before Drover is taken newest first and not beyond what is kept', async () => {
    const redis = createClient(server);
    const pipeline = redis.pipeline();
    const start = Date.now() - 3_600_000;
    for (let i = 0; i < 1_300; i += 1) {
      // All of a batch in one millisecond: more than a page of them.
      const at = start + Math.floor(i / 600);
      pipeline.hset(`bull:backlog:${i}`, {
        name: 'old',
        data: '{}',
        opts: '{}',
        timestamp: '1',
        failedReason: 'old',
      });
      pipeline.zadd('bull:backlog:failed', at, String(i));
    }
    await pipeline.exec();
    const reconciler = reconcilerOf(redis, 'backlog', { ...KEEP, keepCount: 1_250 });
    expect(await reconciler.round()).toBe(1_250);
    expect(await redis.get(keys.reconciled('backlog'))).toBe(String(start + 2));
    expect(await redis.zcount(keys.deadLetters('backlog'), start + 1, start + 2)).toBe(700);
    // The oldest ones are those that are missing, and stay so.
    expect(await reconciler.round()).toBe(0);
  });

  test('a round that ends early claims no millisecond of which there is more', async () => {
    const redis = createClient(server);
    const start = Date.now() - 3_600_000;
    const pipeline = redis.pipeline().set(keys.reconciled('early'), start - 1);
    for (let i = 0; i < 5_400; i += 1) {
      pipeline.hset(`bull:early:${i}`, 'name', 'old', 'data', '{}', 'failedReason', 'old');
      pipeline.zadd('bull:early:failed', start + Math.floor(i / 600), String(i));
    }
    await pipeline.exec();
    const reconciler = reconcilerOf(redis, 'early');
    expect(await reconciler.round()).toBe(5_000);
    // The last of the 5,000 is one of 600 that failed in the ninth millisecond.
    expect(await recordedUntil(redis, keys, 'early')).toBe(start + 7);
    expect(await reconciler.round()).toBe(400);
    expect(await recordedUntil(redis, keys, 'early')).toBe(start + 8);
  });

  test('goes on where a killed round has ended', async () => {
    const redis = createClient(server);
    await failBare('killed-round', 60);
    let calls = 0;
    const breaking = new Proxy(redis, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (name !== 'eval') return typeof value === 'function' ? value.bind(target) : value;
        return (...args: unknown[]) => {
          calls += 1;
          if (calls === 3) throw new Error('killed');
          return Reflect.apply(value, target, args);
        };
      },
    });
    await expect(reconcilerOf(breaking, 'killed-round').round()).rejects.toThrow('killed');
    expect(await redis.zcard(keys.deadLetters('killed-round'))).toBe(20);
    expect(await reconcilerOf(redis, 'killed-round').round()).toBe(40);
  });

  test('that is being retried by now gets none', async () => {
    const redis = createClient(server);
    const queue = await failBare('retried-by-now', 1);
    const failedAt = Number(await redis.zscore('bull:retried-by-now:failed', '1'));
    await queue.pause();
    await (await queue.getJob('1'))!.retry();
    const missed = {
      ...{ jobId: '1', jobKey: 'bull:retried-by-now:1', failedAt, ttlMs: 1_000 },
      told: whatIsKept('seen as failed a moment ago', undefined),
    };
    const at = { queue: 'retried-by-now', failedKey: 'bull:retried-by-now:failed' };
    expect(await recordMissed(redis, keys, at, [missed])).toBe(0);
    expect(await redis.keys('coordinator:*retried-by-now*')).toEqual([]);
  });

  test('by a host with a slow clock is found a little behind the last round', async () => {
    const redis = createClient(server);
    await failBare('slow-clock', 1);
    const reconciler = reconcilerOf(redis, 'slow-clock');
    expect(await reconciler.round()).toBe(1);
    await redis.hset('bull:slow-clock:late', { name: 'x', data: '{}', opts: '{}', timestamp: '1' });
    await redis.zadd('bull:slow-clock:failed', Date.now() - 30_000, 'late');
    expect(await reconciler.round()).toBe(1);
  });

  test('is found although a host with a fast clock failed jobs in the future', async () => {
    const redis = createClient(server);
    const job = { name: 'x', data: '{}', opts: '{}', timestamp: '1', failedReason: 'x' };
    await redis.hset('bull:future:1', job);
    await redis.zadd('bull:future:failed', Date.now() + 3_600_000, '1');
    const reconciler = reconcilerOf(redis, 'future');
    expect(await reconciler.round()).toBe(1);
    await redis.hset('bull:future:2', job);
    await redis.zadd('bull:future:failed', Date.now(), '2');
    expect(await reconciler.round()).toBe(1);
  });
});

describe('groups', () => {
  const storeOf = (redis: Redis, ...queues: string[]) =>
    new DeadLettersStore({ keys, onBulk: (run) => run(redis), queues: async () => queues });

  test('are merged over queues, resolved over queues, and regress when they come back', async () => {
    const a = await deadLetterOf(
      server,
      'group-a',
      fail(new Error('no answer from 192.0.2.1')),
      {},
      { version: '1' },
    );
    const b = await deadLetterOf(
      server,
      'group-b',
      fail(new Error('no answer from 192.0.2.2')),
      {},
      { version: '2' },
    );
    expect(a.letter.fingerprint).toBe(b.letter.fingerprint);
    const { redis } = a;
    const store = storeOf(redis, 'group-a', 'group-b', 'group-none');
    const { fingerprint } = a.letter;
    const [group, ...others] = await store.groups();
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      ...{ fingerprint, count: 2, state: 'open', sample: b.jobId, sampleQueue: 'group-b' },
      queues: [
        { name: 'group-a', count: 1 },
        { name: 'group-b', count: 1 },
      ],
      versions: [
        { name: '1', count: 1 },
        { name: '2', count: 1 },
      ],
      jobNames: [{ name: 'resize', count: 2 }],
      firstSeen: a.letter.failedAt,
      lastSeen: b.letter.failedAt,
    });
    expect(group!.sparkline).toHaveLength(24);
    expect(group!.sparkline.reduce((sum, count) => sum + count)).toBe(2);

    expect(await store.setGroupState(fingerprint, 'resolved', 'jane')).toBe(2);
    expect(await store.group(fingerprint)).toMatchObject({ state: 'resolved', stateBy: 'jane' });
    expect(await store.groups({ state: 'open' })).toEqual([]);
    await a.coordinator.queue('group-a').add('resize', {}, { attempts: 1 });
    await until(async () => (await store.group(fingerprint))?.count === 3);
    expect(await store.group(fingerprint)).toMatchObject({ state: 'regressed', stateBy: '' });
    const states = ['group-a', 'group-b'].map((queue) =>
      redis.hget(keys.group(queue, fingerprint), 'state'),
    );
    expect(await Promise.all(states)).toEqual(['regressed', 'resolved']);

    expect(await store.setGroupState(fingerprint, 'ignored', 'jane')).toBe(2);
    await a.coordinator.queue('group-a').add('resize', {}, { attempts: 1 });
    await until(async () => (await store.group(fingerprint))?.count === 4);
    expect((await store.group(fingerprint))?.state).toBe('ignored');
    expect(await store.setGroupState('0123456789abcdef', 'resolved', 'jane')).toBe(0);
  });

  test('keep at most twenty names, the others together, and seven days of hours', async () => {
    const redis = createClient(server);
    const old = Date.now() - 20 * 24 * 3_600_000;
    for (let i = 0; i < 40; i += 1) {
      const job = {
        data: '{}',
        opts: '{}',
        timestamp: '1',
        failedReason: 'many',
        name: `name-${i}`,
      };
      await redis.hset(`bull:names:${i}`, job);
      await redis.zadd('bull:names:failed', old + i * 12 * 3_600_000, String(i));
    }
    await reconcilerOf(redis, 'names').round();
    const group = (await storeOf(redis, 'names').groups())[0]!;
    expect(group.count).toBe(40);
    expect(group.jobNames).toHaveLength(21);
    expect(group.jobNames[0]).toEqual({ name: 'other', count: 20 });
    const fields = await redis.hkeys(keys.group('names', group.fingerprint));
    expect(fields.filter((field) => field.startsWith('h:')).length).toBeLessThanOrEqual(14);
  });
});

test('what is older or more than is kept is forgotten, with its index and its group', async () => {
  const redis = createClient(server);
  await failBare('trimmed', 30);
  await reconcilerOf(redis, 'trimmed').round();
  expect(await trimDeadLetters(redis, keys, ['trimmed'], { ...KEEP, keepCount: 10 })).toBe(20);
  const kept = await redis.zrange(keys.deadLetters('trimmed'), 0, '-1');
  expect(kept).toHaveLength(10);
  const records = await redis.keys('coordinator:deadletter:trimmed:*');
  expect(records.sort()).toEqual(kept.map((id) => keys.deadLetter('trimmed', id)).sort());
  // The reconciler does not bring back what has just been trimmed.
  expect(await reconcilerOf(redis, 'trimmed', { ...KEEP, keepCount: 10 }).round()).toBe(0);
  await until(async () => {
    await trimDeadLetters(redis, keys, ['trimmed'], { keepMs: 1, keepCount: 10 });
    return (await redis.keys('coordinator:*:trimmed*')).length === 1;
  });
  expect(await redis.keys('coordinator:*:trimmed*')).toEqual([keys.reconciled('trimmed')]);
});
