/** Stop drains to a deadline and ends by it, whatever Redis does. */
import { Worker } from 'bullmq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDeferred } from '../../src/base/deferred.ts';
import {
  createClient,
  createCoordinator,
  nextEvent,
  startCoordinator,
} from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test('running jobs finish and are acknowledged, waiting ones are left, nothing new is taken', async () => {
  const coordinator = await startCoordinator(server);
  const running = createDeferred<void>();
  const started: string[] = [];
  coordinator.process(
    'drain',
    async (job) => {
      started.push(job.name);
      await running.promise;
    },
    2,
  );
  const queue = coordinator.queue('drain');
  await queue.addBulk(['a', 'b', 'c', 'd'].map((name) => ({ name, data: {} })));
  await until(() => started.length === 2, { what: 'two running jobs' });
  const stopped = nextEvent(coordinator, 'coordinator.stopped');
  const stopping = coordinator.stop();
  expect(coordinator.operations.health.ready()).toMatchObject({ reason: 'stopping' });
  running.resolve();
  await stopping;
  expect(await stopped).toMatchObject({ unfinished: 0 });
  expect(started).toEqual(['a', 'b']);
  const other = await startCoordinator(server);
  const { counts } = await other.getQueueStats('drain');
  expect(counts).toMatchObject({ waiting: 2, active: 0, completed: 2 });
});

test('a job that does not end in time is left to its lock, and stop says so', async () => {
  const coordinator = await startCoordinator(server);
  const running = createDeferred<void>();
  coordinator.process('slow', () => running.promise);
  await coordinator.queue('slow').add('job', {});
  await until(() => coordinator.workers.workers[0]?.active === 1, { what: 'the running job' });
  const stopped = nextEvent(coordinator, 'coordinator.stopped');
  await coordinator.stop({ timeoutMs: 100 });
  expect(await stopped).toMatchObject({ unfinished: 1 });
  running.resolve();
});

test('what is attached is stopped first, and one that never stops is not waited for', async () => {
  const coordinator = await startCoordinator(server);
  const order: string[] = [];
  coordinator.attach({ name: 'stuck', stop: () => new Promise(() => {}) });
  coordinator.attach({ name: 'page', stop: () => void order.push('page') });
  coordinator.on('coordinator.stopped', () => order.push('stopped'));
  await coordinator.stop({ timeoutMs: 300 });
  expect(order).toEqual(['page', 'stopped']);
});

test.each(['refuse', 'silence'] as const)(
  'with Redis gone (%s) stop ends, idle and with a running job, and nothing hangs afterwards',
  async (mode) => {
    const proxy = await startProxy({ target: server });
    const coordinator = createCoordinator(proxy);
    const running = createDeferred<void>();
    coordinator.process(`gone-${mode}`, () => running.promise);
    for (let i = 0; i < 20; i += 1) {
      coordinator.process(`idle-${mode}-${i}`, async () => {});
      coordinator.queueEvents(`idle-${mode}-${i}`);
    }
    await coordinator.start();
    await coordinator.queue(`gone-${mode}`).add('job', {});
    await until(() => coordinator.workers.workers[0]?.active === 1, { what: 'the running job' });
    proxy.mode = mode;
    if (mode === 'refuse') {
      proxy.cut();
      await until(() => !coordinator.getRedisHealth().redis.connected, { what: 'the loss' });
    }
    const adds = Promise.allSettled([
      coordinator.queue(`gone-${mode}`).add('late', {}),
      coordinator.getAllQueueStats(),
    ]);
    const stopped = nextEvent(coordinator, 'coordinator.stopped');
    await coordinator.stop({ timeoutMs: 200 });
    expect(await stopped).toMatchObject({ unfinished: 1 });
    running.resolve();
    for (const outcome of await adds) expect(outcome.status).toBe('rejected');
    await proxy.close();
  },
);

test('a job that ends while Redis is away is acknowledged when it is back, within the deadline', async () => {
  const proxy = await startProxy({ target: server });
  const coordinator = createCoordinator(proxy);
  const running = createDeferred<void>();
  coordinator.process('late-ack', () => running.promise);
  await coordinator.start();
  await coordinator.queue('late-ack').add('job', {});
  await until(() => coordinator.workers.workers[0]?.active === 1, { what: 'the running job' });
  proxy.mode = 'refuse';
  proxy.cut();
  await until(() => !coordinator.getRedisHealth().redis.connected, { what: 'the loss' });
  const retried = nextEvent(coordinator, 'connection.retried', ({ attempt }) => attempt > 1);
  const stopping = coordinator.stop({ timeoutMs: 20_000 });
  running.resolve();
  await retried;
  proxy.mode = 'pass';
  await stopping;
  const other = await startCoordinator(server);
  expect((await other.getQueueStats('late-ack')).counts).toMatchObject({ active: 0, completed: 1 });
  await proxy.close();
});

test("workers and listeners made by hand on the coordinator's backend end with it", async () => {
  const coordinator = await startCoordinator(server);
  const worker = new Worker('by-hand', async () => {}, { connection: {} }, coordinator.backend);
  worker.on('error', () => {});
  await worker.waitUntilReady();
  await coordinator.stop();
  await worker.close();
  const list = String(await createClient(server).client('LIST'));
  expect(list).not.toMatch(new RegExp(` name=drover:\\S+:${process.pid} `));
});

test('a face that waits for an add while Redis is away is given the time to hear of it', async () => {
  await using server = await startRedis();
  const coordinator = await startCoordinator(server, { addTimeoutMs: 1_500 });
  const queue = coordinator.queue('late');
  await queue.waitUntilReady();
  await server.kill();
  await until(() => !coordinator.getRedisHealth().redis.connected, { what: 'the loss' });
  const adding = queue.add('x', {}).catch((error: unknown) => error);
  let hasEnded = false;
  coordinator.attach({
    name: 'http',
    async stop() {
      await adding;
      hasEnded = true;
    },
  });
  await coordinator.stop();
  expect(hasEnded).toBe(true);
  expect(await adding).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
});
