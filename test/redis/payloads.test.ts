/** Packed payloads, transparently: everywhere where BullMQ reads and writes data, results and progress of jobs. */
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import { defineQueue } from 'drover';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { useTestPayloads } from './test-payloads.ts';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const photo = { name: 'IMG_1.jpg', exif: 'f/2.8 '.repeat(40) };
const isPacked = expect.stringMatching(/^\{"\$drover":/);

/** Packing, with every body in the store or none. */
async function setUp(offloadAbove = Infinity) {
  redis = createClient(server);
  const payloads = useTestPayloads({ offloadAbove });
  return { payloads, coordinator: await startCoordinator(server) };
}

for (const [how, above] of [
  ['packed', Infinity],
  ['offloaded', 0],
] as const) {
  test(`${how}: data, results and progress are what they were, and packed in Redis`, async () => {
    const { coordinator } = await setUp(above);
    const name = `path-${how}`;
    const queue = coordinator.queue(name);
    const events = coordinator.queueEvents(name);
    await events.waitUntilReady();
    const progress: unknown[] = [];
    events.on('progress', ({ data }) => progress.push(data));
    const seen: unknown[] = [];
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    coordinator.process(name, async (job) => {
      seen.push(job.data);
      await job.updateProgress({ step: photo });
      await job.updateData({ ...photo, seen: true });
      await held;
      return { thumbnail: photo };
    });
    const job = await queue.add('resize', photo);
    await until(async () => (await redis.hget(`bull:${name}:${job.id}`, 'progress')) !== null);
    await until(() => progress.length > 0);
    expect(await redis.hgetall(`bull:${name}:${job.id}`)).toMatchObject({
      data: isPacked,
      progress: isPacked,
    });
    expect((await queue.getJob(job.id!))?.progress).toEqual({ step: photo });
    release();
    expect(await job.waitUntilFinished(events)).toEqual({ thumbnail: photo });
    expect(seen).toEqual([photo]);
    expect(progress).toEqual([{ step: photo }]);
    expect(await redis.hget(`bull:${name}:${job.id}`, 'returnvalue')).toEqual(isPacked);
    expect(JSON.stringify(await redis.xrange(`bull:${name}:events`, '-', '+'))).not.toContain(
      'thumbnail',
    );
    const [listed] = await queue.getJobs(['completed'], 0, 10);
    expect(listed).toMatchObject({
      data: { ...photo, seen: true },
      returnvalue: { thumbnail: photo },
      progress: { step: photo },
    });
    // What had finished before anybody waited.
    expect(await job.waitUntilFinished(events)).toEqual({ thumbnail: photo });
  });

  test(`${how}: batches, flows over several queues and their children's results`, async () => {
    const { coordinator } = await setUp(above);
    const [parent, child] = [`parent-${how}`, `child-${how}`];
    const ran: unknown[] = [];
    coordinator.process(child, async ({ data }) => ({ done: data }));
    coordinator.process(parent, async (job) => {
      ran.push([job.data, Object.values(await job.getChildrenValues())]);
      ran.push(Object.values((await job.getDependencies()).processed ?? {}));
    });
    const { job } = await coordinator.flows.add({
      name: 'album',
      queueName: parent,
      data: photo,
      children: [{ name: 'one', queueName: child, data: { n: 1 } }],
    });
    await until(() => ran.length === 2);
    expect(ran).toEqual([[photo, [{ done: { n: 1 } }]], [{ done: { n: 1 } }]]);
    const page = await coordinator.queue(parent).getDependencies(job.id!, 'processed', 0, -1);
    expect(page.items).toMatchObject([{ v: { done: { n: 1 } } }]);
    expect(page.jobs).toMatchObject([{ data: JSON.stringify({ n: 1 }) }]);

    const bulk = await coordinator
      .queue(`bulk-${how}`)
      .addBulk(Array.from({ length: 250 }, (_, n) => ({ name: 'n', data: { n } })));
    const stored = await redis.hget(`bull:bulk-${how}:${bulk[249]!.id}`, 'data');
    expect(stored).toEqual(isPacked);
    expect((await coordinator.queue(`bulk-${how}`).getJob(bulk[249]!.id!))?.data).toEqual({
      n: 249,
    });
  });

  test(`${how}: schedulers share one template, iteration after iteration`, async () => {
    const { coordinator, payloads } = await setUp(above);
    const name = `scheduled-${how}`;
    const queue = coordinator.queue(name);
    const ran: unknown[] = [];
    coordinator.process(name, async ({ data }) => void ran.push(data));
    await queue.upsertJobScheduler('nightly', { every: 50 }, { name: 'tick', data: photo });
    await until(() => ran.length >= 3);
    expect(ran.slice(0, 3)).toEqual([photo, photo, photo]);
    expect((await queue.getJobScheduler('nightly'))?.template?.data).toEqual(photo);
    expect((await queue.getJobSchedulers())[0]?.template?.data).toEqual(photo);
    expect(await redis.hget(`bull:${name}:repeat:nightly`, 'data')).toEqual(isPacked);
    expect(payloads.bodies.size).toBe(above === 0 ? 1 : 0);
    await queue.removeJobScheduler('nightly');
  });

  test(`${how}: a processor in a child process gets and returns plain data`, async () => {
    const { coordinator } = await setUp(above);
    const name = `child-process-${how}`;
    const file = new URL('./payload-child.mjs', import.meta.url);
    coordinator.process(name, file);
    const events = coordinator.queueEvents(name);
    await events.waitUntilReady();
    const job = await coordinator.queue(name).add('x', photo);
    expect(await job.waitUntilFinished(events)).toEqual({ got: photo });
    const after = await coordinator.queue(name).getJob(job.id!);
    expect(after).toMatchObject({ data: { ...photo, child: true }, progress: { half: photo } });
  });
}

test('data without fields is stored as it is, and what a plain BullMQ producer added is read', async () => {
  const { coordinator } = await setUp();
  const connection = { host: '127.0.0.1', port: server.port };
  const plain = new Queue('mixed', { connection });
  const ran: unknown[] = [];
  await plain.add('plain', photo);
  await coordinator.queue('mixed').add('empty', {});
  expect(await redis.hget('bull:mixed:2', 'data')).toBe('{}');
  coordinator.process('mixed', async ({ data }) => {
    ran.push(data);
    return data;
  });
  await until(() => ran.length === 2);
  expect(ran).toEqual([photo, {}]);
  await plain.close();
});

test("a plain BullMQ worker's jobs, events and flows go beside those of packed queues", async () => {
  redis = createClient(server);
  useTestPayloads({ queues: ['packed-side'] });
  const coordinator = await startCoordinator(server);
  const connection = { host: '127.0.0.1', port: server.port };
  const worker = new Worker('plain-side', async ({ data }) => ({ plain: data }), { connection });
  const values: unknown[] = [];
  coordinator.process('packed-side', async (job) => {
    values.push(Object.values(await job.getChildrenValues()));
  });
  const flows = new FlowProducer({ connection: {} }, coordinator.backend);
  await flows.add({
    ...{ name: 'p', queueName: 'packed-side', data: photo },
    children: [{ name: 'c', queueName: 'plain-side', data: photo }],
  });
  await until(() => values.length > 0);
  expect(values).toEqual([[{ plain: photo }]]);
  await Promise.all([worker.close(), flows.close()]);
});

test('a policy is switched off with jobs in flight, and on again', async () => {
  const { coordinator, payloads } = await setUp();
  const queue = coordinator.queue('switched');
  const packed = await queue.add('x', photo);
  payloads.packs = false;
  const plain = await queue.add('x', photo);
  expect(await redis.hget(`bull:switched:${packed.id}`, 'data')).toEqual(isPacked);
  expect(await redis.hget(`bull:switched:${plain.id}`, 'data')).toBe(JSON.stringify(photo));
  const ran: unknown[] = [];
  coordinator.process('switched', async ({ data }) => {
    ran.push(data);
    return data;
  });
  await until(() => ran.length === 2);
  expect(ran).toEqual([photo, photo]);
  const done = await until(async () => {
    const jobs = await queue.getJobs(['completed']);
    return jobs.length === 2 && jobs;
  });
  expect(done.map(({ returnvalue }) => returnvalue)).toEqual([photo, photo]);
  expect(await redis.hget(`bull:switched:${packed.id}`, 'returnvalue')).toBe(JSON.stringify(photo));
});

test("a user's data, result and progress that look like an envelope come back as they are, also without a policy", async () => {
  redis = createClient(server);
  useTestPayloads({ packs: false });
  const coordinator = await startCoordinator(server);
  const sly = { $drover: { q: 'x', k: 'data', z: 'no' } };
  const events = coordinator.queueEvents('sly');
  await events.waitUntilReady();
  coordinator.process('sly', async (job) => {
    await job.updateProgress(sly);
    await job.updateData({ ...sly, again: true });
    return job.data;
  });
  const job = await coordinator.queue('sly').add('x', sly);
  expect(await job.waitUntilFinished(events)).toEqual({ ...sly, again: true });
  expect(await coordinator.queue('sly').getJob(job.id!)).toMatchObject({
    data: { ...sly, again: true },
    progress: sly,
  });
});

test('data that is too large is refused before anything is added; a result that is fails its job for good', async () => {
  const { coordinator, payloads } = await setUp();
  payloads.maxBytes = 100;
  const queue = coordinator.queue(defineQueue('limited', { job: { attempts: 5, backoff: 1 } }));
  await expect(queue.add('x', photo)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  await expect(queue.addBulk([{ name: 'x', data: photo }])).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
  });
  expect(await queue.count()).toBe(0);
  let runs = 0;
  coordinator.process('limited', async () => {
    runs += 1;
    return photo;
  });
  const job = await queue.add('x', { small: true });
  const failed = await until(async () => {
    const now = await queue.getJob(job.id!);
    return now?.finishedOn && now;
  });
  expect(failed.failedReason).toMatch(
    new RegExp(`^PAYLOAD_TOO_LARGE: job ${job.id} of queue limited: `),
  );
  expect(runs).toBe(1);
});

test('listeners of BullMQ made by hand get what was stored, opened', async () => {
  const { coordinator } = await setUp(0);
  const events = new QueueEvents('by-hand', { connection: {} }, coordinator.backend);
  await events.waitUntilReady();
  const results: unknown[] = [];
  events.on('completed', ({ returnvalue }) => results.push(returnvalue));
  const worker = new Worker(
    'by-hand',
    async ({ data }) => data,
    { connection: {} },
    coordinator.backend,
  );
  await coordinator.queue('by-hand').add('x', photo);
  await until(() => results.length > 0);
  expect(results).toEqual([photo]);
  await Promise.all([worker.close(), events.close()]);
});

test('a queue has one policy in a process', async () => {
  const coordinator = await startCoordinator(server);
  const policy = { payload: { maxBytes: '1mb' } } as const;
  const definition = defineQueue('one-policy', policy);
  expect(coordinator.queue(definition)).toBe(coordinator.queue(definition));
  expect(() => coordinator.queue(defineQueue('one-policy', policy))).toThrow('defined twice');
});
