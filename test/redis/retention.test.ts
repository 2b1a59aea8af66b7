/** What is too old, too many or too much goes away, and nothing else does. */
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import { defineQueue } from 'drover';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { recordedUntil } from '../../src/dead-letters/reconciler.ts';
import { dropProgress, hasJobsAfter } from '../../src/retention/drop-progress.ts';
import { endLimiter } from '../../src/retention/end-limiter.ts';
import { readRetention } from '../../src/retention/sweep-record.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { DAY_MS, HOUR_MS, keys, layOut, openSweep, publish, sweeping } from './sweeping.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const recordOf = async (redis: Parameters<typeof readRetention>[0], queue: string) =>
  (await readRetention(redis, keys)).find((record) => record.queue === queue)!;

describe('age and number', () => {
  test('an idle queue forgets what is too old, wholly, and keeps what is not', async () => {
    const { sweep, hub, redis, swept } = await sweeping(server);
    await publish(hub, { idle: { completed: { age: '24h' }, failed: { age: '7d' } } });
    const old = await layOut(redis, 'idle', { count: 700, agoMs: 25 * HOUR_MS, name: 'old' });
    const young = await layOut(redis, 'idle', { count: 300, agoMs: 23 * HOUR_MS, name: 'young' });
    const failed = { state: 'failed', count: 50 } as const;
    await layOut(redis, 'idle', { ...failed, agoMs: 8 * DAY_MS, name: 'broken' });
    const kept = await layOut(redis, 'idle', { ...failed, agoMs: 6 * DAY_MS, name: 'kept' });
    await redis.rpush(`bull:idle:${old[0]}:logs`, 'line');
    await sweep.round();
    expect(await redis.zrange('bull:idle:completed', 0, '-1')).toEqual(young.toSorted());
    expect(await redis.zrange('bull:idle:failed', 0, '-1')).toEqual(kept.toSorted());
    const left = await redis.keys('bull:idle:*-*');
    expect(left).toHaveLength(350);
    expect(swept).toMatchObject([{ queue: 'idle', completed: 700, failed: 50 }]);
    const { swept: total, roundAt, held } = await recordOf(redis, 'idle');
    expect(total).toMatchObject({ completed: 700, failed: 50 });
    expect(total.freedBytes).toBeGreaterThan(750 * 200);
    expect(Math.abs(roundAt! - Date.now())).toBeLessThan(60_000);
    expect(held).toBeNull();
    expect(sweep.totals).toMatchObject({ completed: 700, failed: 50 });
  });

  test('more than the number that is kept go oldest first', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { many: { completed: { count: 20 } } });
    await layOut(redis, 'many', { count: 300, agoMs: 2 * DAY_MS, name: 'old' });
    const newest = await layOut(redis, 'many', { count: 20, agoMs: HOUR_MS, name: 'new' });
    await sweep.round();
    expect(await redis.zrange('bull:many:completed', 0, '-1')).toEqual(newest.toSorted());
  });

  test('jobs that wait, run, are delayed or wait for children stay, however old', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { busy: { completed: { count: 0 }, failed: { count: 0 } } });
    const queue = new Queue('busy', { connection: createClient(server) });
    onTestFinished(() => queue.close());
    const timestamp = Date.now() - 30 * DAY_MS;
    await queue.add('waiting', {}, { timestamp });
    await queue.add('first', {}, { timestamp, priority: 3 });
    await queue.add('delayed', {}, { timestamp, delay: 40 * DAY_MS });
    const flows = new FlowProducer({ connection: createClient(server) });
    onTestFinished(() => flows.close());
    const child = { name: 'child', queueName: 'elsewhere' };
    await flows.add({ name: 'parent', queueName: 'busy', children: [child] });
    const worker = new Worker('busy', null, { connection: createClient(server) });
    onTestFinished(() => worker.close(true));
    await worker.getNextJob('token', { block: false });
    const before = await queue.getJobCounts();
    await layOut(redis, 'busy', { count: 30, agoMs: 10 });
    await sweep.round();
    expect(await queue.getJobCounts()).toEqual(before);
    expect(before).toMatchObject({ active: 1, delayed: 1, prioritized: 1, 'waiting-children': 1 });
  });

  test('a job that says itself that it stays, stays; those behind it go', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { asked: { completed: { age: '1h' }, failed: { count: 10 } } });
    const opts = { removeOnComplete: false, removeOnFail: false };
    const agoMs = 3 * HOUR_MS;
    const staying = await layOut(redis, 'asked', { count: 300, agoMs, opts, name: 'a-stay' });
    await layOut(redis, 'asked', { count: 300, agoMs: agoMs - 1, name: 'b-go' });
    const text = { photo: '"removeOnComplete":false' };
    await layOut(redis, 'asked', { count: 5, agoMs: agoMs - 2, opts: { text }, name: 'c-go' });
    const failed = { state: 'failed', agoMs } as const;
    await layOut(redis, 'asked', { ...failed, count: 50, opts, name: 'f-stay' });
    await layOut(redis, 'asked', { ...failed, count: 25, agoMs: 1_000, name: 'f-some' });
    await sweep.round();
    expect(await redis.zrange('bull:asked:completed', 0, '-1')).toEqual(staying.toSorted());
    expect(await redis.zcard('bull:asked:failed')).toBe(60);
    expect(await redis.zcount('bull:asked:failed', Date.now() - 5_000, '+inf')).toBe(10);
  });

  test('a queue that is only named, or nobody has defined, is never touched', async () => {
    await using server = await startRedis(); // Its coordinator leads, too.
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { 'somebody-elses': { completed: { count: 1 } } });
    await layOut(redis, 'foreign', { count: 10, agoMs: 300 * DAY_MS });
    const coordinator = await startCoordinator(server);
    coordinator.queue('foreign');
    expect([...coordinator.queues.retentions.keys()]).toEqual([]);
    coordinator.queue(defineQueue('own', { retention: { completed: { age: '1h' } } }));
    await until(() => redis.zscore(keys.retentions(), 'own'), { timeoutMs: 15_000 });
    const views = await coordinator.operations.retention.list();
    expect(views).toMatchObject([
      { queue: 'own', policy: { completed: { ageMs: HOUR_MS } }, swept: { completed: 0 } },
      { queue: 'somebody-elses', isOverBudget: false, usedBytes: null, held: null },
    ]);
    await sweep.round();
    expect(await redis.zcard('bull:foreign:completed')).toBe(10);
    expect(await redis.zscore(keys.retentions(), 'foreign')).toBeNull();
  });

  test('of two versions of a definition the longer counts, until one is said no more', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { versions: { completed: { age: '48h' } } });
    await publish(hub, { versions: { completed: { age: '1h' } } });
    await layOut(redis, 'versions', { count: 10, agoMs: 2 * HOUR_MS });
    await sweep.round();
    expect(await redis.zcard('bull:versions:completed')).toBe(10);
    const fields = await redis.hkeys(keys.retention('versions'));
    const long = fields.find((field) => field.includes(`${48 * HOUR_MS}`))!;
    await redis.hset(keys.retention('versions'), long, Date.now() - 20 * 60_000);
    await sweep.round();
    expect(await redis.zcard('bull:versions:completed')).toBe(0);
    expect(await redis.hexists(keys.retention('versions'), long)).toBe(0);
  });
});

describe('what belongs to a job', () => {
  test('children and parents stay consistent, as with BullMQ’s own cleaning', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { children: { completed: { age: '1h' }, failed: { age: '1h' } } });
    const flows = new FlowProducer({ connection: createClient(server) });
    const parents = new Queue('parents', { connection: createClient(server) });
    onTestFinished(async () => void (await Promise.all([flows.close(), parents.close()])));
    const failing = new Worker(
      'children',
      async () => {
        throw new Error('broken');
      },
      { connection: createClient(server) },
    );
    onTestFinished(() => failing.close(true));
    const opts = { removeDependencyOnFailure: false };
    const { job } = await flows.add({
      ...{ name: 'parent', queueName: 'parents' },
      children: [{ name: 'child', queueName: 'children', opts }],
    });
    await until(async () => (await redis.zcard('bull:children:failed')) === 1);
    await failing.close();
    const [child] = await redis.zrange('bull:children:failed', 0, '-1');
    await redis.zadd('bull:children:failed', Date.now() - 2 * HOUR_MS, child!);
    await sweep.round();
    expect(await redis.exists(`bull:children:${child}`)).toBe(0);
    // Its last child is gone, so the parent waits for nobody any more.
    expect(await parents.getJobState(job.id!)).toBe('waiting');
    expect(await redis.keys(`bull:parents:${job.id}:dependencies`)).toEqual([]);
  });

  test('a parent in the same queue goes back to wait when its last child goes, and stays', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { family: { failed: { age: '1h' } } });
    const connection = createClient(server);
    const flows = new FlowProducer({ connection });
    const queue = new Queue('family', { connection });
    onTestFinished(async () => void (await Promise.all([flows.close(), queue.close()])));
    const child = { name: 'child', queueName: 'family' };
    const parent = { name: 'parent', queueName: 'family', children: [child] };
    const tree = await flows.add({ name: 'above', queueName: 'family', children: [parent] });
    const failing = new Worker('family', null, { connection });
    onTestFinished(() => failing.close(true));
    const taken = (await failing.getNextJob('token', { block: false }))!;
    await taken.moveToFailed(new Error('broken'), 'token');
    await redis.zadd('bull:family:failed', Date.now() - 2 * HOUR_MS, taken.id!);
    await sweep.round();
    expect(await redis.exists(`bull:family:${taken.id}`)).toBe(0);
    const { job: above, children } = tree;
    expect(await queue.getJobState(children![0]!.job.id!)).toBe('waiting');
    expect(await queue.getJobState(above.id!)).toBe('waiting-children');
  });

  test('a job is not added twice within its time, although the first one has gone', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { weekly: { completed: { age: '1h' } } });
    const queue = new Queue('weekly', { connection: createClient(server) });
    onTestFinished(() => queue.close());
    const deduplication = { id: 'mail', ttl: 7 * DAY_MS };
    const first = await queue.add('mail', {}, { deduplication });
    const worker = new Worker('weekly', null, { connection: createClient(server) });
    onTestFinished(() => worker.close(true));
    const taken = (await worker.getNextJob('token', { block: false }))!;
    await taken.moveToCompleted('sent', 'token', false);
    await redis.zadd('bull:weekly:completed', Date.now() - 2 * HOUR_MS, first.id!);
    await sweep.round();
    expect(await redis.exists(`bull:weekly:${first.id}`)).toBe(0);
    await queue.add('mail', {}, { deduplication });
    expect(await queue.getJobCounts('waiting', 'completed')).toEqual({ waiting: 0, completed: 0 });
  });

  test('failed jobs stay until they have had their chance of a dead letter', async () => {
    const { hub } = await sweeping(server);
    const redis = createClient(server);
    const { sweep } = await openSweep(server, systemClock, {
      recordedUntil: (redis, label) => recordedUntil(redis, keys, label),
    });
    await publish(hub, { bare: { failed: { count: 0 } } });
    const failed = { state: 'failed', count: 20 } as const;
    await layOut(redis, 'bare', { ...failed, agoMs: 2 * HOUR_MS, name: 'looked-at' });
    const newer = await layOut(redis, 'bare', { ...failed, agoMs: HOUR_MS, name: 'newer' });
    const count = (): Promise<number> => redis.zcard('bull:bare:failed');
    await sweep.round();
    expect(await count()).toBe(40);
    const place = Date.now() - 2 * HOUR_MS + 1_000;
    await redis.set(keys.reconciled('bare'), `${place},${place - HOUR_MS},500`);
    await sweep.round();
    expect(await count()).toBe(40);
    await redis.set(keys.reconciled('bare'), String(place));
    await sweep.round();
    expect(await redis.zrange('bull:bare:failed', 0, '-1')).toEqual(newer.toSorted());
    const [, last] = await redis.zrange('bull:bare:failed', '-1', '-1', 'WITHSCORES');
    await redis.set(keys.reconciled('bare'), last!);
    await sweep.round();
    expect(await count()).toBe(0);
  });

  test('progress is forgotten an hour after the end, and each job is looked at once', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { progress: { completed: { age: '7d' } } });
    const fields = { progress: '{"done":40}' };
    await layOut(redis, 'progress', { count: 900, agoMs: 2 * HOUR_MS, fields, name: 'old' });
    await layOut(redis, 'progress', { count: 40, agoMs: HOUR_MS / 2, fields, name: 'young' });
    const failed = { state: 'failed', agoMs: 2 * HOUR_MS, name: 'failed' } as const;
    await layOut(redis, 'progress', { ...failed, count: 3, fields });
    await sweep.round();
    const having = async (ids: string) => {
      const found = await redis.keys(`bull:progress:${ids}-*`);
      const values = await Promise.all(found.map((key) => redis.hget(key, 'progress')));
      return [found.length, values.filter((value) => value !== null).length];
    };
    expect(await having('old')).toEqual([900, 0]);
    expect(await having('young')).toEqual([40, 40]);
    expect(await having('failed')).toEqual([3, 0]);
    expect(sweep.totals.progress).toBe(903);
    await redis.hset('bull:progress:old-0', 'progress', '1');
    await sweep.round();
    expect(await redis.hget('bull:progress:old-0', 'progress')).toBe('1');
  });

  test('progress of jobs that came to the place where others have gone is forgotten, too', async () => {
    const { redis } = await sweeping(server);
    const before = Date.now();
    const add = async (id: string, at: number): Promise<void> => {
      await redis.hset(`bull:placed:${id}`, 'progress', '1');
      await redis.zadd('bull:placed:completed', at, id);
    };
    await add('later', before - 1_000);
    const places = { completed: `${before - 2_000} 3`, failed: '0 0' };
    expect(await hasJobsAfter(redis, 'bull:placed:', places, before)).toBe(true);
    const from = { set: 'bull:placed:completed', prefix: 'bull:placed:' };
    const batch = { place: places.completed, before, size: 10 };
    expect(await dropProgress(redis, from, batch)).toMatchObject({
      ...{ looked: 1, dropped: 1, place: `${before - 1_000} 1` },
    });
    expect(await hasJobsAfter(redis, 'bull:placed:', places, before - 1_000)).toBe(false);
  });

  test('a job with a hundred thousand results of children goes without holding Redis up', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { parents: { completed: { age: '1h' } } });
    await layOut(redis, 'parents', { count: 10, agoMs: 2 * HOUR_MS });
    const results = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`c${i}`, '{}']));
    await redis.hset('bull:parents:job-4:processed', results);
    await redis.config('SET', 'slowlog-log-slower-than', '20000');
    await redis.slowlog('RESET');
    await sweep.round();
    expect(await redis.slowlog('GET', 10)).toEqual([]);
    expect(await redis.keys('bull:parents:job-*')).toEqual([]);
  });

  test('a rate-limit counter without an end gets one, and another keeps its own', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { limited: undefined, 'limited-well': undefined });
    await redis.set('bull:limited:limiter', '7');
    await redis.set('bull:limited-well:limiter', '7', 'EX', 7_200);
    await sweep.round();
    const ttl = await redis.pttl('bull:limited:limiter');
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(60_000);
    expect(await redis.pttl('bull:limited-well:limiter')).toBeGreaterThan(3_600_000);
  });
});

test('a rate-limit counter that was made anew since it was looked at keeps its end', async () => {
  const redis = createClient(server);
  await redis.set('bull:renewed:limiter', '1', 'PX', 5_000);
  await endLimiter(redis, 'bull:renewed:limiter');
  expect(await redis.pttl('bull:renewed:limiter')).toBeLessThanOrEqual(5_000);
});

test('a queue that another version keeps in a way that cannot be read is left alone, which is told', async () => {
  const { sweep, hub, redis } = await sweeping(server);
  await publish(hub, { unclear: { completed: { age: '1h' } } });
  await layOut(redis, 'unclear', { count: 5, agoMs: 2 * HOUR_MS });
  await redis.hset(keys.retention('unclear'), 'policy {"completed":"for ever"}', Date.now());
  await sweep.round();
  expect(await redis.zcard('bull:unclear:completed')).toBe(5);
  expect((await recordOf(redis, 'unclear')).held).toContain('another version');
});

describe('bytes', () => {
  test('an events stream above its bytes loses the oldest entries, and listeners go on', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { loud: { events: { bytes: '1mb' } } });
    const listener = new QueueEvents('loud', { connection: createClient(server) });
    onTestFinished(() => listener.close());
    await listener.waitUntilReady();
    const heard = new Promise((resolve) => {
      listener.on('completed', ({ jobId }) => jobId === 'last' && resolve(jobId));
    });
    const returnvalue = JSON.stringify('x'.repeat(20_000));
    for (let i = 0; i < 200; i += 1)
      await redis.xadd(
        'bull:loud:events',
        '*',
        'event',
        'completed',
        'jobId',
        `${i}`,
        'returnvalue',
        returnvalue,
      );
    await sweep.round();
    const bytes = (await redis.memory('USAGE', 'bull:loud:events', 'SAMPLES', 0))!;
    expect(bytes).toBeLessThanOrEqual(1_048_576);
    expect(bytes).toBeGreaterThan(600_000);
    expect(sweep.totals.events).toBeGreaterThan(100);
    const last = ['event', 'completed', 'jobId', 'last', 'returnvalue', '1'];
    await redis.xadd('bull:loud:events', '*', ...last);
    expect(await heard).toBe('last');
  });

  test('BullMQ itself is told how many events it keeps', async () => {
    await using server = await startRedis(); // Its coordinator leads, too.
    const coordinator = await startCoordinator(server);
    const events = { count: 2_000 };
    coordinator.queue(defineQueue('counted', { retention: { events } }));
    const redis = createClient(server);
    await until(
      async () => (await redis.hget('bull:counted:meta', 'opts.maxLenEvents')) === '2000',
    );
  });

  test('a queue above its budget loses the oldest completed jobs, then the oldest failed', async () => {
    const { sweep, hub, redis, over } = await sweeping(server);
    await publish(hub, {
      heavy: { completed: { age: '7d' }, failed: { age: '7d' }, maxBytes: '1mb' },
    });
    const fields = { data: JSON.stringify('x'.repeat(10_000)) };
    await layOut(redis, 'heavy', { count: 60, agoMs: 5_000, fields, name: 'done' });
    const failed = { state: 'failed', agoMs: 9_000 } as const;
    await layOut(redis, 'heavy', { ...failed, count: 100, fields, name: 'broken' });
    await until(async () => {
      await sweep.round();
      return (await recordOf(redis, 'heavy')).usedBytes! <= 1_048_576;
    });
    expect(await redis.zcard('bull:heavy:completed')).toBe(0);
    const left = await redis.zrange('bull:heavy:failed', 0, '-1');
    expect(left.length).toBeGreaterThan(50);
    expect(left).not.toContain('broken-0');
    expect(over).toEqual([]);
  });

  test('one large job in the sample does not make a queue lose its history', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    const random = vi.spyOn(Math, 'random').mockReturnValue(0); // The oldest is always in the sample.
    onTestFinished(() => random.mockRestore());
    await publish(hub, { uneven: { completed: { age: '7d' }, maxBytes: '20mb' } });
    const fields = { data: JSON.stringify('x'.repeat(1_000_000)) };
    await layOut(redis, 'uneven', { count: 1, agoMs: 9_000, fields, name: 'large' });
    await layOut(redis, 'uneven', { count: 4_999, agoMs: 8_000 });
    await sweep.round();
    expect((await recordOf(redis, 'uneven')).usedBytes).toBeGreaterThan(80_000_000);
    expect(await redis.zcard('bull:uneven:completed')).toBe(5_000);
  });

  test('where Redis does not tell what keys take, jobs go by age and number all the same', async () => {
    await using server = await startRedis();
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { untold: { completed: { age: '1h' }, maxBytes: '1mb' } });
    await layOut(redis, 'untold', { count: 30, agoMs: 2 * HOUR_MS });
    await redis.acl('SETUSER', 'default', '-memory');
    await sweep.round();
    expect(await redis.zcard('bull:untold:completed')).toBe(0);
    expect(await recordOf(redis, 'untold')).toMatchObject({ usedBytes: null, isOverBudget: false });
  });

  test('a queue whose waiting jobs alone are above it says so once, and keeps them', async () => {
    const { sweep, hub, redis, over } = await sweeping(server);
    await publish(hub, { full: { maxBytes: '1mb' } });
    const queue = new Queue('full', { connection: createClient(server) });
    onTestFinished(() => queue.close());
    const data = 'x'.repeat(30_000);
    await queue.addBulk(Array.from({ length: 100 }, () => ({ name: 'large', data })));
    await sweep.round();
    await sweep.round();
    expect(await queue.getWaitingCount()).toBe(100);
    expect(over).toHaveLength(1);
    expect(over[0]).toMatchObject({ queue: 'full', maxBytes: 1_048_576 });
    expect(over[0]!.usedBytes).toBeGreaterThan(2_500_000);
    expect(await recordOf(redis, 'full')).toMatchObject({ isOverBudget: true });
    await queue.drain();
    await sweep.round();
    expect(await recordOf(redis, 'full')).toMatchObject({ isOverBudget: false });
  });
});

describe('clocks', () => {
  test('a leader whose clock is two hours off deletes nothing early, and says why it waits', async () => {
    await using server = await startRedis();
    const now = (): number => Date.now() + 2 * HOUR_MS;
    const after = systemClock.after.bind(systemClock);
    const monotonic = (): number => systemClock.monotonic();
    const { sweep, hub } = await openSweep(server, { now, monotonic, after });
    const redis = createClient(server);
    await publish(hub, { skewed: { completed: { age: '1h' } } });
    await layOut(redis, 'skewed', { count: 5, agoMs: 1_000 });
    await layOut(redis, 'skewed', { count: 5, agoMs: 3 * HOUR_MS, name: 'old' });
    await sweep.round();
    expect(await redis.zcard('bull:skewed:completed')).toBe(10);
    expect((await recordOf(redis, 'skewed')).held).toMatch(/7\d{6} ms apart/);
    const right = await openSweep(server);
    await right.sweep.round();
    expect(await redis.zcard('bull:skewed:completed')).toBe(5);
    expect((await recordOf(redis, 'skewed')).held).toBeNull();
  });

  test('jobs from a host whose clock is ahead age from when they are found', async () => {
    const { sweep, hub, redis } = await sweeping(server);
    await publish(hub, { ahead: { completed: { age: '1h' } } });
    const ids = await layOut(redis, 'ahead', { count: 120, agoMs: -400 * DAY_MS });
    await layOut(redis, 'ahead', { count: 1, agoMs: -60_000, name: 'a-minute' });
    await sweep.round();
    const scores = await Promise.all(ids.map((id) => redis.zscore('bull:ahead:completed', id)));
    for (const score of scores) expect(Math.abs(Number(score) - Date.now())).toBeLessThan(60_000);
    expect(Number(await redis.zscore('bull:ahead:completed', 'a-minute-0'))).toBeGreaterThan(
      Date.now(),
    );
    for (const id of ids) await redis.zadd('bull:ahead:completed', Date.now() - 2 * HOUR_MS, id);
    await sweep.round();
    expect(await redis.zcard('bull:ahead:completed')).toBe(1);
  });
});
