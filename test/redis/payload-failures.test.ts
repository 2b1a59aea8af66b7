/** Payloads that cannot be read, and a store of large ones that is away: nothing is lost, and workers go on. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Coordinator,
  CoordinatorError,
  type CoordinatorOptions,
  defineQueue,
  keyRing,
} from 'drover';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createDeferred } from '../../src/base/deferred.ts';
import { createClient, nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { type TestPayloads, useTestPayloads } from './test-payloads.ts';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const photo = { name: 'IMG_1.jpg', exif: 'f/2.8 '.repeat(40) };

async function setUp(
  offloadAbove = Infinity,
  options: CoordinatorOptions = {},
): Promise<{ payloads: TestPayloads; coordinator: Coordinator }> {
  redis = createClient(server);
  const payloads = useTestPayloads({ offloadAbove });
  const coordinator = await startCoordinator(server, { addTimeoutMs: 300, ...options });
  return { payloads, coordinator };
}

const whenFailed = (coordinator: Coordinator, queue: string, id: string) =>
  until(async () => {
    const job = await coordinator.queue(queue).getJob(id);
    return job?.finishedOn !== undefined && job.failedReason !== undefined && job;
  });

for (const [damage, how] of [
  ['missing', 'its body is gone'],
  ['foreign', 'it belongs to another queue'],
  ['cut', 'its text was cut'],
] as const) {
  test(`a job fails once and for good when ${how}; its record says so, what is stored stays, the worker goes on`, async () => {
    const { coordinator, payloads } = await setUp(0);
    const name = `bad-${damage}`;
    const queue = coordinator.queue(defineQueue(name, { job: { attempts: 5, backoff: 1 } }));
    const bad = await queue.add('bad', photo);
    const key = `bull:${name}:${bad.id}`;
    if (damage === 'missing') payloads.bodies.clear();
    else if (damage === 'foreign') {
      const other = await coordinator.queue('other').add('x', photo);
      await redis.hset(key, 'data', (await redis.hget(`bull:other:${other.id}`, 'data'))!);
    } else await redis.hset(key, 'data', '{"$drover":{"q":');
    const stored = await redis.hget(key, 'data');
    const good = await queue.add('good', photo);
    const told = nextEvent(coordinator, 'payload.unreadable');
    const ran: unknown[] = [];
    coordinator.process(name, async (job) => void ran.push(job.id));
    const failed = await whenFailed(coordinator, name, bad.id!);
    await until(() => ran.length > 0);

    expect(ran).toEqual([good.id]);
    const code = damage === 'missing' ? 'BODY_MISSING' : 'PAYLOAD_UNREADABLE';
    const start = `${code}: job ${bad.id} of queue ${name}: `;
    expect(failed.failedReason?.startsWith(start)).toBe(true);
    expect(failed.attemptsMade).toBe(1);
    expect(await told).toMatchObject({ queue: name, jobId: bad.id, code, repeated: 1 });
    expect(await redis.hget(key, 'data')).toBe(stored);
    const letter = await until(() => coordinator.deadLetters.get(name, bad.id!).catch(() => null));
    expect(letter.failureReason.startsWith(start)).toBe(true);
  });
}

test('a page of jobs shows a bad one as it is stored, and the others as they are', async () => {
  const { coordinator, payloads } = await setUp(0);
  const queue = coordinator.queue('page');
  const bad = await queue.add('x', photo);
  payloads.bodies.clear();
  const good = await queue.add('x', photo);
  await redis.hset('bull:page:3', 'data', '{"$drover":', 'name', 'cut', 'opts', '{}');
  const jobs = await queue.getJobs(['waiting']);
  const dataOf = (id: string) => jobs.find((job) => job.id === id)?.data;
  expect(dataOf(good.id!)).toEqual(photo);
  expect(dataOf(bad.id!)).toHaveProperty('$drover');
  expect((await queue.getJob('3'))?.data).toEqual({});
});

test('whoever waits for a result that cannot be read is told, and so is a parent that asks for it', async () => {
  const { coordinator, payloads } = await setUp();
  const events = coordinator.queueEvents('lost-results');
  await events.waitUntilReady();
  coordinator.process('lost-results', async () => photo);
  const job = await coordinator.queue('lost-results').add('x', photo);
  await job.waitUntilFinished(events);
  const asked = createDeferred<void>();
  coordinator.process('asking', async (parent) => {
    await asked.promise;
    return await parent.getChildrenValues();
  });
  const { job: parent } = await coordinator.flows.add({
    ...{ name: 'p', queueName: 'asking', data: {}, opts: { attempts: 3 } },
    children: [{ name: 'c', queueName: 'lost-results', data: {} }],
  });
  await until(() => coordinator.queue('asking').getActiveCount());
  payloads.unreadable = new CoordinatorError(
    'PAYLOAD_KEY_UNKNOWN',
    'key "2020" is not in the ring',
  );
  await expect(job.waitUntilFinished(events)).rejects.toThrow(
    `PAYLOAD_KEY_UNKNOWN: job ${job.id} of queue lost-results: key "2020"`,
  );
  asked.resolve();
  const failed = await whenFailed(coordinator, 'asking', parent.id!);
  expect(failed.attemptsMade).toBe(1);
  expect(failed.failedReason).toMatch(/^PAYLOAD_KEY_UNKNOWN: job .* of queue lost-results: /);
});

test('whoever waits while its result comes is told that it cannot be read, and gets it when it can be again', async () => {
  const { coordinator, payloads } = await setUp();
  const events = coordinator.queueEvents('waited-for');
  await events.waitUntilReady();
  const queue = coordinator.queue('waited-for');
  const run = createDeferred<void>();
  coordinator.process('waited-for', async () => {
    await run.promise;
    return photo;
  });
  const job = await queue.add('x', {});
  const waiting = job.waitUntilFinished(events).catch((error: Error) => error.message);
  await until(() => events.listenerCount(`completed:${job.id}` as 'completed') > 0);
  await until(async () => (await redis.llen('bull:waited-for:active')) > 0);
  payloads.unreadable = new CoordinatorError('PAYLOAD_KEY_UNKNOWN', 'key "2020" is not there');
  run.resolve();
  expect(await waiting).toMatch(
    `PAYLOAD_KEY_UNKNOWN: job ${job.id} of queue waited-for: key "2020"`,
  );
  payloads.unreadable = undefined;
  expect(await job.waitUntilFinished(events)).toEqual(photo);
});

test('who has no key for a result is told so, also when its job is gone by then', async () => {
  const encrypt = keyRing({ current: 'k', keys: { k: randomBytes(32) } });
  const worker = await startCoordinator(server);
  const run = createDeferred<void>();
  worker.process(defineQueue('no-key', { payload: { encrypt } }), async () => {
    await run.promise;
    return photo;
  });
  const keyless = await startCoordinator(server);
  const events = keyless.queueEvents('no-key');
  await events.waitUntilReady();
  const job = await keyless.queue('no-key').add('x', {}, { removeOnComplete: true });
  const waiting = job.waitUntilFinished(events).catch((error: Error) => error.message);
  await until(() => events.listenerCount(`completed:${job.id}` as 'completed') > 0);
  await until(async () => (await createClient(server).llen('bull:no-key:active')) > 0);
  run.resolve();
  expect(await waiting).toMatch(/Missing key for job/);
});

test('while the store is away a look at a job fails, so that its pointer is never taken for its data', async () => {
  const { coordinator, payloads } = await setUp(0);
  const queue = coordinator.queue('looked-at');
  const { id } = await queue.add('x', photo);
  await queue.upsertJobScheduler('nightly', { every: 3_600_000 }, { name: 'x', data: photo });
  payloads.store = 'down';
  const unavailable = { code: 'BODY_STORE_UNAVAILABLE', retryable: true };
  await expect(queue.getJob(id!)).rejects.toMatchObject(unavailable);
  await expect(queue.getJobs(['waiting'])).rejects.toMatchObject(unavailable);
  await expect(queue.getJobScheduler('nightly')).rejects.toMatchObject(unavailable);
  await expect(queue.getJobSchedulers()).rejects.toMatchObject(unavailable);
  payloads.store = 'up';
  expect((await queue.getJob(id!))?.data).toEqual(photo);
  expect((await queue.getJobScheduler('nightly'))?.template?.data).toEqual(photo);
});

test('an add fails in time while the store is away, and nothing was sent', async () => {
  const { coordinator, payloads } = await setUp(0);
  const queue = coordinator.queue('store-fail');
  const unavailable = { code: 'BODY_STORE_UNAVAILABLE' };
  payloads.store = 'down';
  await expect(queue.add('x', photo)).rejects.toMatchObject(unavailable);
  const bulk = queue.addBulk([{ name: 'x', data: photo }]);
  await expect(bulk).rejects.toMatchObject(unavailable);
  const flow = coordinator.flows.add({ name: 'x', queueName: 'store-fail', data: photo });
  await expect(flow).rejects.toMatchObject(unavailable);
  payloads.store = new Promise(() => {});
  await expect(queue.add('x', photo)).rejects.toMatchObject(unavailable);
  await queue.add('small', {});
  expect(await queue.count()).toBe(1);
});

test('an add that waits is made when the store is back', async () => {
  const { coordinator, payloads } = await setUp(0, { whenDown: 'wait' });
  const queue = coordinator.queue('store-wait');
  payloads.store = 'down';
  const held = nextEvent(coordinator, 'payload.held');
  const adding = queue.add('x', photo);
  expect(await held).toMatchObject({ queue: 'store-wait' });
  expect(await queue.count()).toBe(0);
  const resumed = nextEvent(coordinator, 'payload.resumed');
  payloads.store = 'up';
  await adding;
  await resumed;
  expect(await queue.count()).toBe(1);
});

test('with a spool, adds lie on the disk packed until the store is back, and keep their order', async () => {
  const path = mkdtempSync(join(tmpdir(), 'drover-payloads-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const { coordinator, payloads } = await setUp(0, { whenDown: 'spool', spool: { path } });
  const queue = coordinator.queue('store-spool');
  const ids = ['a', 'b', 'c', 'd'];
  await queue.add('x', photo, { jobId: 'before' });
  payloads.store = 'down';
  const told = nextEvent(coordinator, 'spool.failed');
  for (const jobId of ids) await queue.add('x', jobId === 'b' ? {} : photo, { jobId });
  expect(await told).toMatchObject({ message: 'the store of the test is down', repeated: 1 });
  expect(await queue.count()).toBe(1);
  const files = readdirSync(path).filter((file) => file.endsWith('.spool'));
  const text = files.map((file) => readFileSync(join(path, file)).toString('latin1')).join();
  expect(text).toContain('$drover');
  expect(text.match(/alone/g)).toHaveLength(3);
  expect(text).not.toContain('f/2.8');
  expect(text).not.toContain('body');
  const written = payloads.counts.offload;
  const emptied = nextEvent(coordinator, 'spool.emptied');
  payloads.store = 'up';
  await emptied;
  expect(payloads.counts.offload - written).toBe(3);
  const ran: unknown[] = [];
  coordinator.process('store-spool', async (job) => void ran.push([job.id, job.data]));
  await until(() => ran.length === 5);
  const data = (id: string) => (id === 'b' ? {} : photo);
  expect(ran).toEqual(['before', ...ids].map((id) => [id, data(id)]));
});

test.each([
  ['wait', 'payload.held'],
  ['spool', 'spool.failed'],
] as const)(
  'a store that fails in the middle of a batch is given what is missing, and no body twice: %s',
  async (whenDown, told) => {
    const path = mkdtempSync(join(tmpdir(), 'drover-payloads-'));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    const { coordinator, payloads } = await setUp(0, { whenDown, spool: { path } });
    const queue = coordinator.queue(`middle-${whenDown}`);
    const put = payloads.bodies.set.bind(payloads.bodies);
    let puts = 0;
    payloads.bodies.set = (id, body) => {
      puts += 1;
      if (puts === 20) throw new CoordinatorError('BODY_STORE_UNAVAILABLE', 'busy');
      return put(id, body);
    };
    const jobs = Array.from({ length: 40 }, (_, i) => ({ name: 'x', data: { ...photo, i } }));
    payloads.store = 'down';
    const noticed = nextEvent(coordinator, told);
    const adding = queue.addBulk(jobs);
    await noticed;
    payloads.store = 'up';
    await adding;
    await until(async () => (await queue.count()) === 40);
    expect(puts).toBe(41);
    expect((await queue.getJobs(['waiting'])).map(({ data }) => data)).toEqual(
      expect.arrayContaining(jobs.map(({ data }) => data)),
    );
  },
);

test('while Redis refuses what the spool sends, its tries leave no further bodies behind', async () => {
  const path = mkdtempSync(join(tmpdir(), 'drover-payloads-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const { coordinator, payloads } = await setUp(0, { whenDown: 'spool', spool: { path } });
  const queue = coordinator.queue('refused');
  await queue.add('x', photo);
  payloads.store = 'down';
  for (const jobId of ['a', 'b']) await queue.add('x', photo, { jobId });
  await redis.config('SET', 'maxmemory', '1mb');
  const { offload } = payloads.counts;
  payloads.store = 'up';
  const refusals = async (): Promise<number> =>
    Number(/errorstat_OOM:count=(\d+)/.exec(await redis.info('errorstats'))?.[1] ?? 0);
  await until(async () => (await refusals()) >= 6);
  const emptied = nextEvent(coordinator, 'spool.emptied');
  await redis.config('SET', 'maxmemory', '0');
  await emptied;
  expect(payloads.counts.offload - offload).toBe(2);
  expect(await queue.count()).toBe(3);
});

test('a fetched job goes back without using an attempt while the store is away; others run meanwhile', async () => {
  const { coordinator, payloads } = await setUp(0);
  const queue = coordinator.queue('store-fetch');
  const large = await queue.add('large', photo);
  const other = await queue.add('large', photo);
  await queue.add('small', {});
  payloads.store = 'down';
  const ran: unknown[] = [];
  let held = 0;
  coordinator.on('payload.held', () => {
    held += 1;
  });
  coordinator.process('store-fetch', async (job) => void ran.push([job.name, job.attemptsMade]), {
    ...{ lockDuration: 900, concurrency: 1 },
  });
  await until(() => ran.length > 0);
  expect(ran).toEqual([['small', 0]]);
  expect(await queue.getDelayedCount()).toBe(2);
  expect(held).toBe(1);
  const resumed = nextEvent(coordinator, 'payload.resumed');
  payloads.store = 'up';
  for (const { id } of [large, other]) await (await queue.getJob(id!))!.promote();
  await until(() => ran.length === 3);
  expect(ran.slice(1)).toEqual([
    ['large', 0],
    ['large', 0],
  ]);
  expect(await resumed).toMatchObject({ queue: 'store-fetch' });
});

test('a store that never answers does not hold a worker for longer than its lock allows', async () => {
  const { coordinator, payloads } = await setUp(0);
  const queue = coordinator.queue('store-hangs');
  await queue.add('large', photo);
  await queue.add('small', {});
  payloads.store = new Promise(() => {});
  const ran: unknown[] = [];
  coordinator.process('store-hangs', async (job) => void ran.push(job.name), { lockDuration: 900 });
  await until(() => ran.length > 0);
  expect(ran).toEqual(['small']);
  await until(async () => (await queue.getDelayedCount()) === 1);
});

test('a finished job waits for the store with its lock, and its result is kept', async () => {
  const { coordinator, payloads } = await setUp(0);
  const queue = coordinator.queue('store-result');
  let runs = 0;
  let stalled = 0;
  coordinator.on('job.stalled', () => {
    stalled += 1;
  });
  coordinator.process(
    'store-result',
    async () => {
      runs += 1;
      payloads.store = 'down';
      return photo;
    },
    { lockDuration: 600, stalledInterval: 200 },
  );
  const held = nextEvent(coordinator, 'payload.held');
  const job = await queue.add('x', {});
  await held;
  // Renewed so often that it would have run out meanwhile.
  let [renewals, leftMs] = [0, 0];
  await until(async () => {
    const before = leftMs;
    leftMs = await redis.pttl(`bull:store-result:${job.id}:lock`);
    if (leftMs > before) renewals += 1;
    return renewals > 4;
  });
  expect(await job.getState()).toBe('active');
  payloads.store = 'up';
  const done = await until(async () => {
    const now = await queue.getJob(job.id!);
    return now?.finishedOn && now;
  });
  expect(done.returnvalue).toEqual(photo);
  expect({ runs, stalled }).toEqual({ runs: 1, stalled: 0 });
});

test('a worker that closes meanwhile gives the job back, and another one runs it', async () => {
  const { coordinator, payloads } = await setUp(0);
  const queue = coordinator.queue(defineQueue('store-closing', { job: { attempts: 1 } }));
  coordinator.process('store-closing', async () => {
    payloads.store = 'down';
    return photo;
  });
  const held = nextEvent(coordinator, 'payload.held');
  const job = await queue.add('x', {});
  await held;
  await coordinator.stop({ timeoutMs: 5_000 });
  payloads.store = 'up';
  expect(await redis.lrange('bull:store-closing:wait', 0, -1)).toEqual([job.id]);
  const next = await startCoordinator(server);
  next.process('store-closing', async () => photo);
  const done = await until(async () => {
    const now = await next.queue('store-closing').getJob(job.id!);
    return now?.finishedOn && now;
  });
  expect(done).toMatchObject({ returnvalue: photo, attemptsMade: 1 });
});

test('updateData and updateProgress say that the store is away, and the job goes on as its processor decides', async () => {
  const { coordinator, payloads } = await setUp(0);
  const codes: unknown[] = [];
  coordinator.process('store-update', async (job) => {
    payloads.store = 'down';
    for (const change of [() => job.updateData(photo), () => job.updateProgress(photo)])
      await change().catch((error: { code: string }) => codes.push(error.code));
    payloads.store = 'up';
  });
  await coordinator.queue('store-update').add('x', {});
  await until(() => codes.length === 2);
  expect(codes).toEqual(['BODY_STORE_UNAVAILABLE', 'BODY_STORE_UNAVAILABLE']);
});
