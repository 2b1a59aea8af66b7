/** Every job that will not be tried again in a worker leaves one record, in the step that fails it. */
import { UnrecoverableError, Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createClient, nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { deadLetterOf, fail, KEEP, keys, letterOf } from './dead-letters.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

describe('a job that fails for good in a worker', () => {
  test('leaves the job, the reason, the stack and the story of its attempts', async () => {
    const started = Date.now();
    const { letter, redis, jobId } = await deadLetterOf(
      server,
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
    const { letter, redis, jobId } = await deadLetterOf(
      server,
      'indexed',
      fail(new Error('no 17')),
    );
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
    const { letter } = await deadLetterOf(server, queue, fail(thrown), { attempts: 1 });
    expect(letter).toMatchObject({ type, failureReason: reason, attemptsMade: 1 });
    expect(letter.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  test('with a message of 10 MB leaves a record that says what was cut, and BullMQ keeps it whole', async () => {
    const message = 'word '.repeat(2_097_152);
    const { letter, redis, jobId } = await deadLetterOf(server, 'huge', fail(new Error(message)));
    expect(Buffer.byteLength(letter.failureReason)).toBeLessThanOrEqual(16_384);
    expect(letter.failureReason).toMatch(/… cut, 10,485,760 bytes in all$/);
    expect(letter.stack).toMatch(/bytes in all$/);
    expect(await redis.hstrlen(`bull:huge:${jobId}`, 'failedReason')).toBe(10_485_760);
  });

  test('and is removed at once leaves its record', async () => {
    const { letter, redis, jobId } = await deadLetterOf(
      server,
      'removed',
      fail(new Error('gone')),
      {
        removeOnFail: true,
      },
    );
    expect(await redis.exists(`bull:removed:${jobId}`)).toBe(0);
    expect(letter.originalJob).toMatchObject({ name: 'resize', data: '{"photo":"a.jpg"}' });
  });

  test('under another prefix leaves its record under that name', async () => {
    const { letter } = await deadLetterOf(
      server,
      'prefixed',
      fail(new Error('x')),
      {},
      { prefix: 'app' },
    );
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
      server,
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
