/** Statistics of many queues in one round trip, without KEYS, and the oldest wait told truly. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test('every state is counted, for a queue that exists and for one that does not', async () => {
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue('states');
  await queue.addBulk([
    { name: 'waiting', data: {} },
    { name: 'prioritized', data: {}, opts: { priority: 2 } },
    { name: 'delayed', data: {}, opts: { delay: 60_000 } },
  ]);
  await coordinator.flows.add({
    name: 'parent',
    queueName: 'states',
    children: [{ name: 'child', queueName: 'states-children' }],
  });
  coordinator.queue('empty');
  const [states, children, empty] = await Promise.all(
    ['states', 'states-children', 'empty'].map((name) => coordinator.getQueueStats(name)),
  );
  expect(states).toMatchObject({
    queue: 'states',
    counts: {
      waiting: 1,
      prioritized: 1,
      delayed: 1,
      'waiting-children': 1,
      active: 0,
      completed: 0,
      failed: 0,
    },
    isPaused: false,
    oldestWaitingMs: expect.any(Number),
  });
  expect(children?.counts.waiting).toBe(1);
  expect(empty).toMatchObject({ oldestWaitingMs: null, workers: 0, slots: 0 });
  await queue.pause();
  expect(await coordinator.getQueueStats('states')).toMatchObject({
    isPaused: true,
    counts: { waiting: 1 },
  });
});

test('the oldest wait counts from when a job could have run, not from when it was added', async () => {
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue('oldest');
  const hourAgo = Date.now() - 3_600_000;
  await queue.add('late', {}, { timestamp: hourAgo });
  const { oldestWaitingMs } = await coordinator.getQueueStats('oldest');
  expect(oldestWaitingMs).toBeGreaterThanOrEqual(3_600_000);
  expect(oldestWaitingMs).toBeLessThan(3_660_000);
  const delayed = coordinator.queue('oldest-delayed');
  const job = await delayed.add('late', {}, { timestamp: hourAgo, delay: 3_600_000 });
  await job.promote();
  expect((await coordinator.getQueueStats('oldest-delayed')).oldestWaitingMs).toBeLessThan(60_000);
});

test('statistics of 300 queues are one round trip, and KEYS is never asked', async () => {
  const turns: string[] = [];
  const proxy = await startProxy({
    target: server,
    onData: (_chunk, from) => {
      if (turns.at(-1) !== from) turns.push(from);
    },
  });
  const coordinator = await startCoordinator(proxy);
  for (let i = 0; i < 300; i += 1) await coordinator.queue(`many-${i}`).waitUntilReady();
  const before = turns.length;
  expect(await coordinator.getAllQueueStats()).toHaveLength(300);
  // One turn of the client and one of the server; the loops of the coordinator may add one pair.
  expect(turns.length - before).toBeLessThanOrEqual(4);
  const commands = String(await createClient(server).info('commandstats'));
  expect(commands).not.toContain('cmdstat_keys');
  await coordinator.stop();
  await proxy.close();
});
