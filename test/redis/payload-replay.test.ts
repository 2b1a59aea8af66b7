/** Dead letters of packed jobs: replayed as they are stored, patched as they were added. The key that shows a body. */
import { Queue } from 'bullmq';
import { defineQueue } from 'drover';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pointBeside } from '../../src/backend/pointer-keys.ts';
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

/** A dead letter of an offloaded job, and what its queue runs from now on. */
async function setUp(name: string) {
  redis = createClient(server);
  const payloads = useTestPayloads({ offloadAbove: 0 });
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue(defineQueue(name, { job: { attempts: 1 } }));
  const ran: unknown[] = [];
  const broken = { isBroken: true };
  coordinator.process(name, async ({ data }) => {
    if (broken.isBroken) throw new Error('broken');
    ran.push(data);
  });
  const job = await queue.add('x', photo);
  const letters = coordinator.operations.deadLetters;
  await until(() => letters.get(name, job.id!).catch(() => null));
  broken.isBroken = false;
  const stored = await redis.hget(`bull:${name}:${job.id}`, 'data');
  return { payloads, letters, ran, stored, selection: { queue: name, ids: [job.id!] }, job };
}

test('a replay hands the stored text on, with the body it points to', async () => {
  const { payloads, letters, ran, stored, selection, job } = await setUp('replayed');
  const { pack, offload } = payloads.counts;
  await letters.replay(selection, { actor: 'ann' });
  await until(() => ran.length > 0);
  expect(ran).toEqual([photo]);
  expect(await redis.hget(`bull:replayed:${job.id}`, 'data')).toBe(stored);
  expect(payloads.counts).toEqual({ pack, offload });
});

test('a patch sees what was added; its dry run writes no body, its outcome is packed anew', async () => {
  const { payloads, letters, ran, stored, selection, job } = await setUp('patched');
  const patch = [{ op: 'replace', path: '/name', value: 'IMG_2.jpg' }];
  const { offload } = payloads.counts;
  expect(await letters.plan(selection, { patch })).toMatchObject({ eligible: 1, problems: [] });
  const wrong = [{ op: 'test', path: '/name', value: 'other' }];
  expect(await letters.plan(selection, { patch: wrong })).toMatchObject({ skipped: { patch: 1 } });
  expect(payloads.counts.offload).toBe(offload);
  await letters.replay(selection, { actor: 'ann', patch });
  await until(() => ran.length > 0);
  expect(ran).toEqual([{ ...photo, name: 'IMG_2.jpg' }]);
  expect(payloads.counts.offload).toBe(offload + 1);
  const replayed = await redis.hget(`bull:patched:${job.id}`, 'data');
  expect(replayed).toMatch(/^\{"\$drover":/);
  expect(replayed).not.toBe(stored);
});

test('a dry run of a patch says what it cannot read', async () => {
  const { payloads, letters, selection } = await setUp('unreadable');
  payloads.bodies.clear();
  const patch = [{ op: 'replace', path: '/name', value: 'IMG_2.jpg' }];
  const plan = await letters.plan(selection, { patch });
  expect(plan.problems).toMatchObject([{ problem: expect.stringContaining('no body') }]);
});

test("the key beside a job shows its body's key, for a week, and disturbs nothing of BullMQ's", async () => {
  redis = createClient(server);
  const command = { isReady: true, raw: async () => redis };
  const context = {
    hub: { command } as never,
    bodyKey: (label: string, stored: string) =>
      stored.includes('here') ? `coordinator:body:${label}:1` : undefined,
  };
  const connection = { host: '127.0.0.1', port: server.port };
  const queue = new Queue('pointed', { connection });
  const { id } = await queue.add('x', {});
  pointBeside(context, { prefix: 'bull', queue: 'pointed' }, [
    [id!, '{"$drover":"here"}'],
    ['other-store', '{"$drover":"away"}'],
    ['plain', '{"here":1}'],
  ]);
  const key = `bull:pointed:${id}:largeData`;
  await until(() => redis.exists(key));
  expect(await redis.get(key)).toBe('coordinator:body:pointed:1');
  expect(await redis.ttl(key)).toBeGreaterThan(6 * 86_400);
  expect(await redis.keys('bull:pointed:*:largeData')).toEqual([key]);
  expect(await queue.removeOrphanedJobs()).toBe(0);
  expect(await queue.getJobs()).toHaveLength(1);
  expect(await queue.clean(0, 0, 'wait')).toEqual([id]);
  await queue.obliterate();
  expect(await redis.keys('bull:pointed:*')).toEqual([key]);
  await queue.close();
});

test('a queue that is obliterated leaves no key beside its jobs', async () => {
  const coordinator = await startCoordinator(server);
  const redis = createClient(server);
  const names = ['gone[1]', 'gone1'];
  const queues = names.map((name) =>
    coordinator.queue(defineQueue(name, { payload: { offloadAbove: 1 } })),
  );
  const pointers = (): Promise<string[]> => redis.keys('bull:gone*:largeData');
  for (const queue of queues) await queue.add('x', { large: true });
  await until(async () => (await pointers()).length === 2);
  await queues[0]!.obliterate();
  expect(await pointers()).toEqual([expect.stringContaining('bull:gone1:')]);
  await queues[1]!.obliterate();
  expect(await redis.keys('bull:gone*')).toEqual([]);
});
