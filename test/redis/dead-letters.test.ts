/** Every job that will not be tried again leaves one record, in the step that fails it or soon after. */
import { Queue, UnrecoverableError, Worker } from 'bullmq';
import type { Coordinator, CoordinatorOptions } from 'drover';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type DeadLetter, parseDeadLetter } from '../../src/dead-letters/dead-letter.ts';
import { DeadLettersStore } from '../../src/dead-letters/dead-letters-store.ts';
import { Reconciler } from '../../src/dead-letters/reconciler.ts';
import { recordMissed, whatIsKept } from '../../src/dead-letters/record.ts';
import { trimDeadLetters } from '../../src/dead-letters/trim.ts';
import { createKeys, queueLabel } from '../../src/keys.ts';
import { createClient, nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const keys = createKeys('coordinator');
const KEEP = { keepMs: 30 * 24 * 3_600_000, keepCount: 10_000 };

async function letterOf(redis: Redis, queue: string, jobId: string) {
  return parseDeadLetter(queue, jobId, await redis.hgetall(keys.deadLetter(queue, jobId)));
}

/** Runs one job in a queue of that name and returns its dead letter. */
async function deadLetterOf(
  queueName: string,
  processor: (attempt: number) => unknown,
  opts: object = {},
  options: CoordinatorOptions = {},
): Promise<{ letter: DeadLetter; redis: Redis; coordinator: Coordinator; jobId: string }> {
  const coordinator = await startCoordinator(server, options);
  const redis = createClient(server);
  coordinator.process(queueName, async (job) => processor(job.attemptsMade + 1));
  const queue = coordinator.queue(queueName);
  const label = queueLabel(options.prefix ?? 'bull', queueName);
  const { id } = await queue.add('resize', { photo: 'a.jpg' }, { attempts: 1, ...opts });
  const letter = await until(() => letterOf(redis, label, id!));
  return { letter, redis, coordinator, jobId: id! };
}

const fail = (error: unknown) => () => {
  throw error;
};

describe('a job that fails for good in a worker', () => {
  test('leaves the job, the reason, the stack and the story of its attempts', async () => {
    const started = Date.now();
    const { letter, redis, jobId } = await deadLetterOf(
      'used-up',
      (attempt) => {
        throw new TypeError(`no photo 4711 in attempt ${attempt}`);
      },
      { attempts: 3, priority: 7, backoff: { type: 'fixed', delay: 1 } },
      { version: '1.2.3' },
    );
    const finishedOn = Number(await redis.hget(`bull:used-up:${jobId}`, 'finishedOn'));
    expect(letter).toMatchObject({
      jobName: 'resize',
      state: 'dead',
      failureReason: 'no photo 4711 in attempt 3',
      failedAt: finishedOn,
      attemptsMade: 3,
      type: 'TypeError',
      message: 'no photo <value> in attempt <value>',
      version: '1.2.3',
      deaths: 1,
      via: 'worker',
      replayedAt: undefined,
    });
    expect(letter.stack).toContain('dead-letters.test.ts');
    expect(letter.history).toMatchObject(
      [1, 2, 3].map((attempt) => ({
        attempt,
        version: '1.2.3',
        host: letter.host,
        reason: `no photo 4711 in attempt ${attempt}`,
      })),
    );
    for (const { startedAt } of letter.history) expect(startedAt).toBeGreaterThanOrEqual(started);
    const stored = await redis.hgetall(`bull:used-up:${jobId}`);
    for (const field of ['name', 'data', 'opts', 'timestamp', 'priority'] as const)
      expect(letter.originalJob?.[field]).toBe(stored[field]);
  });

  test('is in the index and in its group, in the same step', async () => {
    const { letter, redis, jobId } = await deadLetterOf('indexed', fail(new Error('no 17')));
    const { fingerprint, failedAt } = letter;
    expect(await redis.zrange(keys.deadLetters('indexed'), 0, '-1', 'WITHSCORES')).toEqual([
      jobId,
      String(failedAt),
    ]);
    expect(await redis.zrange(keys.groups('indexed'), 0, '-1', 'WITHSCORES')).toEqual([
      fingerprint,
      String(failedAt),
    ]);
    const group = await redis.hgetall(keys.group('indexed', fingerprint));
    expect(group).toMatchObject({
      ...{ type: 'Error', message: 'no <value>', count: '1', state: 'open', sample: jobId },
      ...{ 'n:resize': '1', [`h:${Math.floor(failedAt / 3_600_000)}`]: '1' },
    });
    for (const key of [
      keys.deadLetter('indexed', jobId),
      keys.group('indexed', fingerprint),
      keys.deadLetters('indexed'),
    ]) {
      const ttl = await redis.pttl(key);
      expect(ttl).toBeGreaterThan(KEEP.keepMs - 60_000);
      expect(ttl).toBeLessThanOrEqual(KEEP.keepMs + 3_600_000);
    }
  });

  test.each([
    ['UnrecoverableError', new UnrecoverableError('never'), 'UnrecoverableError', 'never'],
    ['a thrown string', 'no room', expect.any(String), 'no room'],
    ['an error without a message', new RangeError(), 'RangeError', ''],
    [
      'an error without a stack',
      Object.assign(new Error('bare'), { stack: undefined }),
      'Error',
      'bare',
    ],
    [
      'a thrown object',
      { code: 'E_ODD', toString: undefined },
      expect.any(String),
      expect.any(String),
    ],
    ['undefined', undefined, expect.any(String), expect.any(String)],
    [
      'an AggregateError',
      new AggregateError([new Error('a')], 'all of 3'),
      'AggregateError',
      'all of 3',
    ],
  ])('that throws %s leaves a record', async (what, thrown, type, reason) => {
    const queue = `thrown-${what.replaceAll(' ', '-')}`;
    const { letter } = await deadLetterOf(queue, fail(thrown), { attempts: 1 });
    expect(letter).toMatchObject({ type, failureReason: reason, attemptsMade: 1 });
    expect(letter.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  test('with a message of 10 MB leaves a record that says what was cut, and BullMQ keeps it whole', async () => {
    const message = 'word '.repeat(2_097_152);
    const { letter, redis, jobId } = await deadLetterOf('huge', fail(new Error(message)));
    expect(Buffer.byteLength(letter.failureReason)).toBeLessThanOrEqual(16_384);
    expect(letter.failureReason).toMatch(/… cut, 10,485,760 bytes in all$/);
    expect(letter.stack).toMatch(/bytes in all$/);
    expect(await redis.hstrlen(`bull:huge:${jobId}`, 'failedReason')).toBe(10_485_760);
  });

  test('and is removed at once leaves its record', async () => {
    const { letter, redis, jobId } = await deadLetterOf('removed', fail(new Error('gone')), {
      removeOnFail: true,
    });
    expect(await redis.exists(`bull:removed:${jobId}`)).toBe(0);
    expect(letter.originalJob).toMatchObject({ name: 'resize', data: '{"photo":"a.jpg"}' });
  });

  test('under another prefix leaves its record under that name', async () => {
    const { letter } = await deadLetterOf('prefixed', fail(new Error('x')), {}, { prefix: 'app' });
    expect(letter.queue).toBe('app:prefixed');
  });

  test('leaves no record when none are wanted', async () => {
    const coordinator = await startCoordinator(server, { deadLetters: false });
    coordinator.process('unwanted', fail(new Error('x')));
    const failed = nextEvent(coordinator, 'job.failed');
    await coordinator.queue('unwanted').add('job', {}, { attempts: 1 });
    await failed;
    await until(async () => (await coordinator.getQueueStats('unwanted')).counts.failed === 1);
    expect(await createClient(server).keys('coordinator:*unwanted*')).toEqual([]);
  });
});

describe('a job that dies otherwise', () => {
  test('timed out', async () => {
    const { defineQueue } = await import('drover');
    const coordinator = await startCoordinator(server);
    const redis = createClient(server);
    const slow = defineQueue('timed-out', { job: { timeoutMs: 30, attempts: 1 } });
    coordinator.process(
      slow,
      (_job, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const { id } = await coordinator.queue(slow).add('job', {});
    const letter = await until(() => letterOf(redis, 'timed-out', id!));
    expect(letter.failureReason).toMatch(/took longer than 30/);
  });

  test('stalled too often', async () => {
    const coordinator = await startCoordinator(server);
    const redis = createClient(server);
    const queue = coordinator.queue('stalled-out');
    const { id } = await queue.add('job', {}, { attempts: 5 });
    // As the scan of a dead worker's jobs leaves it.
    await redis.hset(`bull:stalled-out:${id}`, 'defa', 'job stalled more than allowable limit');
    coordinator.process('stalled-out', () => 'never called');
    const letter = await until(() => letterOf(redis, 'stalled-out', id!));
    expect(letter.failureReason).toBe('job stalled more than allowable limit');
  });

  test('since its child failed', async () => {
    const coordinator = await startCoordinator(server);
    const redis = createClient(server);
    coordinator.process('parents', () => 'never called');
    coordinator.process('children', fail(new Error('child')));
    const { job } = await coordinator.flows.add({
      ...{ name: 'parent', queueName: 'parents' },
      children: [
        { name: 'child', queueName: 'children', opts: { attempts: 1, failParentOnFailure: true } },
      ],
    });
    const letter = await until(() => letterOf(redis, 'parents', job.id!));
    expect(letter.failureReason).toMatch(/^child bull:children:.* failed$/);
    const [childId] = await until(async () => {
      const ids = await redis.zrange(keys.deadLetters('children'), 0, '-1');
      return ids.length > 0 && ids;
    });
    const child = await letterOf(redis, 'children', childId!);
    expect(child?.originalJob?.parentKey).toBe(`bull:parents:${job.id}`);
  });

  test('again: one record, two deaths, one story', async () => {
    const { letter, redis, coordinator, jobId } = await deadLetterOf(
      'twice',
      fail(new Error('x 1')),
    );
    await redis.hset(keys.deadLetter('twice', jobId), { state: 'replayed', replayedBy: 'bulk-1' });
    await (await coordinator.queue('twice').getJob(jobId))!.retry();
    const again = await until(async () => {
      const now = await letterOf(redis, 'twice', jobId);
      return now?.deaths === 2 && now;
    });
    expect(again).toMatchObject({ state: 'dead', replayedBy: 'bulk-1', attemptsMade: 2 });
    expect(again.history.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(again.failedAt).toBeGreaterThan(letter.failedAt);
    expect(await redis.zcard(keys.deadLetters('twice'))).toBe(1);
    const group = await redis.hgetall(keys.group('twice', letter.fingerprint));
    expect(group.count).toBe('2');
  });
});

/** Fetches one job as a worker does, for acknowledging it by hand. */
async function fetchedJob(queueName: string, opts: object = {}) {
  const coordinator = await startCoordinator(server);
  await coordinator.queue(queueName).add('job', {}, { attempts: 1, ...opts });
  const connection = {};
  const worker = new Worker(queueName, null, { connection, autorun: false }, coordinator.backend);
  onTestFinished(() => worker.close());
  const job = (await worker.getNextJob('token'))!;
  return { job, redis: createClient(server) };
}

describe('nothing more is written', () => {
  test('for a job that another worker has by now', async () => {
    const { job, redis } = await fetchedJob('lock-taken');
    await redis.set(`bull:lock-taken:${job.id}:lock`, 'another');
    await expect(job.moveToFailed(new Error('too late'), 'token')).rejects.toThrow(/lock/i);
    expect(await redis.keys('coordinator:*lock-taken*')).toEqual([]);
  });

  test('for a job that has lost its lock and waits again', async () => {
    const { job, redis } = await fetchedJob('lock-gone');
    // As a stalled scan does it.
    await redis.del(`bull:lock-gone:${job.id}:lock`);
    await redis.lmove('bull:lock-gone:active', 'bull:lock-gone:wait', 'LEFT', 'RIGHT');
    await expect(job.moveToFailed(new Error('too late'), 'token')).rejects.toThrow(/lock/i);
    expect(await redis.keys('coordinator:*lock-gone*')).toEqual([]);
  });

  test.each([false, true])(
    'for a failure that is sent again (removeOnFail: %s)',
    async (removeOnFail) => {
      const queue = `sent-twice-${removeOnFail}`;
      const { job, redis } = await fetchedJob(queue, { removeOnFail });
      await job.moveToFailed(new Error('once'), 'token');
      const letter = await letterOf(redis, queue, job.id!);
      await expect(job.moveToFailed(new Error('once'), 'token')).rejects.toThrow();
      expect(await letterOf(redis, queue, job.id!)).toEqual(letter);
      expect(await redis.hget(keys.group(queue, letter!.fingerprint), 'count')).toBe('1');
    },
  );

  test('for a job that completes', async () => {
    const { job, redis } = await fetchedJob('completing');
    await job.moveToCompleted('done', 'token');
    expect(await redis.keys('coordinator:*completing*')).toEqual([]);
  });
});

describe('Redis in trouble', () => {
  test('that is full takes the record with the failure', async () => {
    const full = await startRedis();
    onTestFinished(() => full.stop());
    const coordinator = await startCoordinator(full);
    const redis = createClient(full);
    coordinator.process('full', async () => {
      await redis.config('SET', 'maxmemory', '1mb');
      throw new Error('while memory was full');
    });
    const { id } = await coordinator.queue('full').add('job', {}, { attempts: 1 });
    const letter = await until(() => letterOf(redis, 'full', id!));
    await expect(redis.set('more', 'x'.repeat(100))).rejects.toThrow('OOM');
    expect(letter.failureReason).toBe('while memory was full');
    expect(await redis.zscore('bull:full:failed', id!)).toBe(String(letter.failedAt));
  });

  test('that cannot take the record takes the failure all the same, and says so in its log', async () => {
    const redis = createClient(server);
    await redis.set(keys.deadLetters('unrecordable'), 'not an index');
    const coordinator = await startCoordinator(server);
    coordinator.process('unrecordable', fail(new Error('x')));
    await coordinator.queue('unrecordable').add('job', {}, { attempts: 1 });
    await until(async () => (await coordinator.getQueueStats('unrecordable')).counts.failed === 1);
    expect(server.log).toMatch(/no dead letter of bull:unrecordable:1: .*WRONGTYPE/);
  });
});

function reconcilerOf(redis: Redis, queue: string, keep = KEEP): Reconciler {
  return new Reconciler({
    keys,
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
    const { redis } = await deadLetterOf('recorded', fail(new Error('x')));
    expect(await reconcilerOf(redis, 'recorded').round()).toBe(0);
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
      'group-a',
      fail(new Error('no answer from 192.0.2.1')),
      {},
      { version: '1' },
    );
    const b = await deadLetterOf(
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

  test('are listed page by page with their records, newest first', async () => {
    const redis = createClient(server);
    await failBare('pages', 130);
    await reconcilerOf(redis, 'pages').round();
    const store = storeOf(redis, 'pages');
    const ids: string[] = [];
    let cursor: string | undefined;
    let before = Number.POSITIVE_INFINITY;
    do {
      const page = await store.list({ queue: 'pages', limit: 40, ...(cursor && { cursor }) });
      for (const { jobId, failedAt } of page.letters) {
        expect(failedAt).toBeLessThanOrEqual(before);
        before = failedAt;
        ids.push(jobId);
      }
      cursor = page.next;
    } while (cursor);
    expect(new Set(ids).size).toBe(130);
    expect(ids).toHaveLength(130);
    const [group] = await store.groups();
    const of = (fingerprint: string) => store.list({ queue: 'pages', fingerprint, limit: 100 });
    expect((await of(group!.fingerprint)).letters).toHaveLength(100);
    expect((await of('0123456789abcdef')).letters).toHaveLength(0);
    expect((await store.list({ queue: 'pages', state: 'replayed' })).letters).toEqual([]);
    expect((await store.list({ queue: 'pages', cursor: 'nonsense' })).letters).toHaveLength(50);
    expect([...(await store.counts())]).toEqual([['pages', 130]]);
    expect((await store.get('pages', ids[0]!))?.originalJob?.data).toBe('{"a":1}');
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
