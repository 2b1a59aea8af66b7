/** Values that cannot be stored: every way in says which job's it is, and a result of that kind is tried no more. */
import { defineQueue } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const circle: Record<string, unknown> = {};
circle.again = circle;
const invalid = (...texts: string[]) => ({
  code: 'DATA_INVALID',
  message: expect.stringMatching(new RegExp(texts.map((text) => `(?=.*${text})`).join(''))),
});

test.each(['json', 'extended'] as const)(
  'data that refers back to itself is refused with queue and job on every way in: %s',
  async (types) => {
    const coordinator = await startCoordinator(server);
    const name = `circle-${types}`;
    const queue = coordinator.queue(defineQueue(name, { payload: { types } }));
    const named = invalid(`queue "${name}"`, '"x"', 'refers back');
    await expect(queue.add('x', circle)).rejects.toMatchObject(named);
    await expect(queue.add('x', circle, { jobId: 'seven' })).rejects.toMatchObject(
      invalid('seven', name),
    );
    await expect(queue.addBulk([{ name: 'x', data: circle }])).rejects.toMatchObject(named);
    const flow = coordinator.flows.add({ name: 'x', queueName: name, data: circle });
    await expect(flow).rejects.toMatchObject(named);
    const scheduler = queue.upsertJobScheduler('nightly', { every: 60_000 }, { data: circle });
    await expect(scheduler).rejects.toMatchObject(invalid('nightly', name, 'refers back'));
    const job = await queue.add('x', {});
    const ofJob = invalid(`job ${job.id}`, name, 'refers back');
    await expect((async () => job.updateData(circle))()).rejects.toMatchObject(ofJob);
    await expect(job.updateProgress(circle)).rejects.toMatchObject(ofJob);
    expect(await queue.count()).toBe(1);
  },
);

test.each([
  ['no policy', undefined],
  ['compression', { compressAbove: 0 }],
  ['extended types', { types: 'extended' as const }],
])(
  'a result that refers back to itself fails its job for good, with queue and job: %s',
  async (how, payload) => {
    const coordinator = await startCoordinator(server);
    const name = `result-${how.replace(' ', '-')}`;
    const definition = defineQueue(name, {
      ...(payload && { payload }),
      job: { attempts: 3, backoff: 1 },
    });
    const queue = coordinator.queue(definition);
    let runs = 0;
    coordinator.process(definition, async () => {
      runs += 1;
      return circle;
    });
    const { id } = await queue.add('x', {});
    const failed = await until(async () => {
      const job = await queue.getJob(id!);
      return job?.failedReason && job;
    });
    expect(failed.failedReason).toMatch(
      new RegExp(`^DATA_INVALID: job ${id} of queue ${name}: .*refers back`),
    );
    expect(runs).toBe(1);
  },
);

test('stored data that the extended types cannot walk fails its job at once, and is shown as it is stored', async () => {
  const coordinator = await startCoordinator(server);
  const definition = defineQueue('too-deep', {
    payload: { types: 'extended' },
    job: { attempts: 3, backoff: 1 },
  });
  const queue = coordinator.queue(definition);
  const { id } = await queue.add('x', {});
  const depth = 50_000;
  const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
  await createClient(server).hset(`bull:too-deep:${id}`, 'data', deep);
  expect((await queue.getJob(id!))?.data).toBeInstanceOf(Array);
  const ran: unknown[] = [];
  coordinator.process(definition, async (job) => void ran.push(job.name));
  await queue.add('next', {});
  const failed = await until(async () => {
    const job = await queue.getJob(id!);
    return job?.failedReason && job;
  });
  await until(() => ran.length > 0);
  expect(failed.failedReason).toMatch(
    new RegExp(`^PAYLOAD_UNREADABLE: job ${id} of queue too-deep: .*nested too deeply`),
  );
  expect(ran).toEqual(['next']);
});
