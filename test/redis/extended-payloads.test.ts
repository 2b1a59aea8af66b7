/** Dates, bigints and bytes in jobs: what was added is what processors, views and waiting callers get. */
import { defineQueue, fromExtended } from 'drover';
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

const taken = new Date('2026-03-01T12:00:00.000Z');
const rich = { taken, size: 12n, thumb: Buffer.from([1, 2, 3]), odd: { $date: 'mine' } };
const extended = (name: string) => defineQueue(name, { payload: { types: 'extended' } });

test('a job is the same for its producer, its processor, views and whoever waits for its result', async () => {
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue(extended('rich'));
  const events = coordinator.queueEvents('rich');
  await events.waitUntilReady();
  const seen: unknown[] = [];
  coordinator.process('rich', async (job) => {
    seen.push(job.data);
    await job.updateProgress({ at: taken });
    await job.updateData({ ...(job.data as object), size: 13n });
    seen.push(job.data, job.progress);
    return { stored: taken, bytes: new Uint8Array([9]) };
  });
  const job = await queue.add('x', rich);
  expect(job.data).toEqual(rich);
  const result = { stored: taken, bytes: new Uint8Array([9]) };
  expect(await job.waitUntilFinished(events)).toEqual(result);
  expect(seen).toEqual([rich, { ...rich, size: 13n }, { at: taken }]);
  const [listed] = await queue.getJobs(['completed']);
  expect(listed).toMatchObject({
    ...{ data: { ...rich, size: 13n }, returnvalue: result, progress: { at: taken } },
  });
  expect(await job.waitUntilFinished(events)).toEqual(result);
  const stored = await createClient(server).hget(`bull:rich:${job.id}`, 'data');
  expect(fromExtended(JSON.parse(stored!))).toEqual({ ...rich, size: 13n });
});

test('schemas see the values themselves, in batches too', async () => {
  const definition = defineQueue('checked', {
    data: z.object({ taken: z.date(), size: z.bigint() }),
    result: z.date(),
    payload: { types: 'extended' },
  });
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue(definition);
  const ran: unknown[] = [];
  coordinator.process(definition, async ({ data }) => {
    ran.push(data);
    return data.taken;
  });
  await queue.addBulk([{ name: 'x', data: { taken, size: 1n } }]);
  await until(() => ran.length > 0);
  expect(ran).toEqual([{ taken, size: 1n }]);
});

test('flows mix extended queues with others, and parents get the results of each as they were', async () => {
  const coordinator = await startCoordinator(server);
  coordinator.process(extended('rich-child'), async ({ data }) => data);
  coordinator.process('plain-child', async ({ data }) => data);
  const values: unknown[] = [];
  coordinator.process(extended('rich-parent'), async (job) => {
    values.push(job.data, await job.getChildrenValues());
  });
  const looksLike = { $date: taken.toISOString() };
  await coordinator.flows.add({
    ...{ name: 'p', queueName: 'rich-parent', data: rich },
    children: [
      { name: 'r', queueName: 'rich-child', data: rich, opts: { jobId: 'r' } },
      { name: 'p', queueName: 'plain-child', data: looksLike, opts: { jobId: 'p' } },
    ],
  });
  await until(() => values.length > 0);
  expect(values).toEqual([rich, { 'bull:rich-child:r': rich, 'bull:plain-child:p': looksLike }]);
});

test('schedulers repeat them', async () => {
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue(extended('rich-nightly'));
  const ran: unknown[] = [];
  coordinator.process('rich-nightly', async ({ data }) => void ran.push(data));
  const first = await queue.upsertJobScheduler('s', { every: 50 }, { name: 't', data: rich });
  expect(first?.data).toEqual(rich);
  await until(() => ran.length >= 3);
  expect(ran.slice(0, 3)).toEqual([rich, rich, rich]);
  expect((await queue.getJobScheduler('s'))?.template?.data).toEqual(rich);
  expect((await queue.getJobSchedulers())[0]?.template?.data).toEqual(rich);
  await queue.removeJobScheduler('s');
});

test('a processor in a file gets JSON, reads it and answers in the same way', async () => {
  const coordinator = await startCoordinator(server);
  const definition = extended('rich-file');
  coordinator.process(definition, new URL('./extended-child.mjs', import.meta.url));
  const events = coordinator.queueEvents('rich-file');
  await events.waitUntilReady();
  const job = await coordinator.queue(definition).add('x', rich);
  expect(await job.waitUntilFinished(events)).toEqual({ year: 2026, next: 13n });
});

test('what was added before the types were switched on, and retries, come as they were', async () => {
  const coordinator = await startCoordinator(server);
  const plain = await startCoordinator(server);
  await plain.queue('late').add('x', { plain: true });
  const queue = coordinator.queue(
    defineQueue('late', { payload: { types: 'extended' }, job: { attempts: 2, backoff: 1 } }),
  );
  await queue.add('x', rich);
  const ran: unknown[] = [];
  coordinator.process('late', async (job) => {
    ran.push(job.data);
    if (job.name === 'x' && job.attemptsMade === 0) throw new Error('again');
  });
  await until(() => ran.length === 4);
  expect(ran).toEqual(expect.arrayContaining([{ plain: true }, rich]));
  expect(ran.filter((data) => 'taken' in (data as object))).toEqual([rich, rich]);
});
