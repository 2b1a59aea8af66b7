/** Queues as users meet them: typed, checked, with defaults, and BullMQ's own objects all the way. */
import { FlowProducer, Queue, QueueEvents, setDefaultBackendFactory, Worker } from 'bullmq';
import { defineQueue } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const orders = defineQueue('orders', {
  jobs: {
    route: z.object({ order: z.string(), items: z.coerce.number() }),
    cancel: z.object({ order: z.string() }),
  },
  result: z.object({ carrier: z.string() }),
});

test('data is parsed on add, and what does not match is rejected with the path of the field', async () => {
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue(orders);
  const job = await queue.add('route', { order: 'a1', items: '3' });
  expect(job.data).toEqual({ order: 'a1', items: 3 });
  const wrong = queue.add('route', { order: 7 as unknown as string, items: 1 });
  await expect(wrong).rejects.toMatchObject({
    code: 'DATA_INVALID',
    message: expect.stringContaining('data.order'),
  });
  const unknown = queue.add('rout' as 'route', { order: 'a', items: 1 });
  await expect(unknown).rejects.toThrow('did you mean "route"');
  const bulk = queue.addBulk([
    { name: 'cancel', data: { order: 'a2' } },
    { name: 'cancel', data: {} as { order: string } },
  ]);
  await expect(bulk).rejects.toMatchObject({ code: 'DATA_INVALID' });
  expect(await queue.getJobCountByTypes('waiting')).toBe(1);
});

test('a batch of many slices keeps its order, and whole lists of several states hold whole jobs', async () => {
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue('slices');
  const batch = Array.from({ length: 250 }, (_, i) => ({
    name: `n${i}`,
    data: { i },
    opts: { jobId: `job-${i}`, delay: i % 2 === 0 ? 0 : 60_000 },
  }));
  const added = await queue.addBulk(batch);
  expect(added.map(({ id, name }) => [id, name])).toEqual(
    batch.map(({ name, opts }) => [opts.jobId, name]),
  );
  const {
    length,
    0: first,
    124: last,
    125: delayed,
  } = await queue.getJobs(['waiting', 'delayed'], 0, -1, true);
  expect(length).toBe(250);
  expect([first, last, delayed].map((job) => job?.data)).toEqual([{ i: 0 }, { i: 248 }, { i: 1 }]);
  const page = await queue.getJobs(['waiting', 'delayed'], 1, 2, true);
  expect(page.map(({ data }) => data.i)).toEqual([2, 4, 3, 5]);
});

test('a queue and a flow get the defaults: three attempts, exponential backoff, bounded history', async () => {
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue(defineQueue('defaults'));
  const expected = {
    attempts: 3,
    backoff: { type: 'exponential', delay: 2_000 },
    removeOnComplete: { count: 100 },
    removeOnFail: { count: 500 },
  };
  const { opts } = await queue.add('job', {});
  expect(opts).toMatchObject(expected);
  const flow = await coordinator.flows.add({
    name: 'parent',
    queueName: 'defaults',
    children: [{ name: 'child', queueName: 'defaults' }],
  });
  expect(flow.job.opts).toMatchObject(expected);
  expect(flow.children?.[0]?.job.opts).toMatchObject(expected);
});

test('a result that does not match its schema makes the attempt fail with the path', async () => {
  const coordinator = await startCoordinator(server);
  const checked = defineQueue('results', {
    result: z.object({ carrier: z.string() }),
    job: { attempts: 1 },
  });
  coordinator.process(checked, async () => ({ carrier: 5 }) as never);
  const job = await coordinator.queue(checked).add('job', {});
  await until(() => job.isFailed(), { what: 'the failure' });
  const failed = await coordinator.queue(checked).getJob(job.id!);
  expect(failed?.failedReason).toContain('result.carrier');
});

test('a queue is one object per process, and defining it twice is refused', async () => {
  const coordinator = await startCoordinator(server);
  expect(coordinator.queue(orders)).toBe(coordinator.queue('orders'));
  expect(coordinator.queue(orders)).toBeInstanceOf(Queue);
  const again = defineQueue('orders', { data: z.string() });
  expect(() => coordinator.queue(again)).toThrow('defined twice');
});

test('defining a queue twice is refused when it would be kept differently', async () => {
  const coordinator = await startCoordinator(server);
  coordinator.queue('kept');
  const long = { retention: { completed: { count: 100_000 } } };
  coordinator.queue(defineQueue('kept', long));
  expect(() => coordinator.queue(defineQueue('kept'))).toThrow('defined twice');
  coordinator.queue(defineQueue('kept', long));
  const kept = [...coordinator.queues.retentions.values()];
  expect(kept).toMatchObject([{ completed: { count: 100_000 } }]);
});

test('schedulers, pause and resume work through the manager', async () => {
  const coordinator = await startCoordinator(server);
  await coordinator.queues.upsertScheduler('ticks', 'every', { every: 60_000 }, { name: 'tick' });
  expect(await coordinator.queue('ticks').getJobSchedulersCount()).toBe(1);
  await coordinator.queues.pause('ticks');
  expect(await coordinator.getQueueStats('ticks')).toMatchObject({ isPaused: true });
  await coordinator.queues.resume('ticks');
  expect(await coordinator.getQueueStats('ticks')).toMatchObject({ isPaused: false });
});

test("BullMQ's own classes work on the backend, made by hand", async () => {
  const coordinator = await startCoordinator(server, { name: 'by-hand' });
  const { backend } = coordinator;
  const options = { connection: {} };
  const queue = new Queue('hand', options, backend);
  const events = new QueueEvents('hand', options, backend);
  const flows = new FlowProducer(options, backend);
  const worker = new Worker('hand', async (job) => `did ${job.name}`, options, backend);
  await events.waitUntilReady();
  const job = await queue.add('one', {});
  expect(await job.waitUntilFinished(events, 5_000)).toBe('did one');
  const tree = await flows.add({
    name: 'parent',
    queueName: 'hand',
    children: [{ name: 'child', queueName: 'hand' }],
  });
  expect(await tree.job.waitUntilFinished(events, 5_000)).toBe('did parent');
  const list = String(await createClient(server).client('LIST'));
  expect(list.split('name=by-hand:').length - 1).toBe(3);
  await Promise.all([worker.close(), events.close(), flows.close(), queue.close()]);
});

test("the backend works as BullMQ's process-wide default", async () => {
  const coordinator = await startCoordinator(server);
  setDefaultBackendFactory(coordinator.backend);
  try {
    const queue = new Queue('default', { connection: {} });
    const worker = new Worker('default', async () => 'done', { connection: {} });
    const job = await queue.add('job', {});
    await until(() => job.isCompleted(), { what: 'the job' });
    await Promise.all([worker.close(), queue.close()]);
  } finally {
    setDefaultBackendFactory(undefined as never);
  }
});

test("Drover's connection handed to a class without the backend is refused, not taken for localhost", async () => {
  const coordinator = await startCoordinator(server);
  const { connection } = coordinator.queue('refused').opts;
  expect(() => new Queue('refused', { connection })).toThrow('coordinator.backend');
});

test('a prefix separates applications', async () => {
  const mine = await startCoordinator(server, { prefix: 'bull:photo-platform' });
  const theirs = await startCoordinator(server);
  await mine.queue('shared').add('job', {});
  expect((await mine.getQueueStats('shared')).counts.waiting).toBe(1);
  expect((await mine.getQueueStats('shared')).queue).toBe('bull:photo-platform:shared');
  expect((await theirs.getQueueStats('shared')).counts.waiting).toBe(0);
});
