/** Every queue of a Redis is found, whoever made it, and nothing is written by looking. */
import type { Queue } from 'bullmq';
import { beforeEach, expect, test } from 'vitest';
import { OutageGate } from '../../src/backend/outage-gate.ts';
import { FakeClock } from '../../src/base/fake-clock.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import { createKeys } from '../../src/keys.ts';
import { QueueDirectory } from '../../src/queues/queue-directory.ts';
import { QueueDiscovery } from '../../src/queues/queue-discovery.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { shareRedis } from '../support/shared-redis.ts';
import { until } from '../support/until.ts';
import { openHub } from './open-hub.ts';
import { plainQueue } from './operate-queues.ts';

const keys = createKeys('coordinator');
const { server, redis } = await shareRedis();
beforeEach(async () => {
  await redis.config('RESETSTAT');
});

/** A queue of plain BullMQ's with one job. */
async function usedQueue(name: string, prefix = 'bull'): Promise<Queue> {
  const queue = plainQueue(server, name, { prefix });
  await queue.add('job', {});
  return queue;
}

/** Discovery without anything that carries it on, so that a test can. */
function createDiscovery(own: readonly string[] = [], timeoutMs = 2_000, target = server) {
  const clock = new FakeClock();
  const hub = openHub(target);
  const gate = new OutageGate(hub, timeoutMs);
  return { clock, hub, discovery: new QueueDiscovery({ hub, gate, keys, own: () => own, clock }) };
}

/** How many commands Redis has done, by name. */
async function callsOf(name: string): Promise<number> {
  const stats = await redis.info('commandstats');
  return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

test('queues under every prefix are found, and what only looks like one is not', async () => {
  await usedQueue('mails');
  await usedQueue('mails', 'eu:west');
  await usedQueue('photos', '{bull}');
  const paused = await usedQueue('paused', 'old');
  await redis.hdel('old:paused:meta', 'version', 'opts.maxLenEvents');
  await paused.pause();
  await paused.upsertJobScheduler('meta', { every: 60_000 });
  await redis.hdel('old:paused:meta', 'version', 'opts.maxLenEvents');
  await redis.hset('user:1:meta', { version: '3', name: 'ann' });
  await redis.set('blog:post:meta', 'text');
  await redis.hset('coordinator:queue:meta', { version: 'bullmq:6.7.0' });
  await redis.hset('nameless:meta', { version: 'bullmq:6.7.0' });
  await redis.hset('bull:line\nbreak:meta', { version: 'bullmq:6.7.0' });
  const { discovery } = createDiscovery();
  await discovery.look();
  expect(discovery.labels).toEqual(['eu:west:mails', 'mails', 'old:paused', '{bull}:photos']);
  expect(discovery.discoveredAt).not.toBeNull();
});

test('the first answer is bounded, and rounds find the rest', async () => {
  const pipeline = redis.pipeline();
  for (let i = 0; i < 250_000; i += 1) pipeline.set(`filler:${i}`, '');
  await pipeline.exec();
  await usedQueue('mails');
  const { discovery } = createDiscovery();
  const before = await callsOf('scan');
  await discovery.look();
  expect(await callsOf('scan')).toBeLessThanOrEqual(before + 200);
  expect(discovery.discoveredAt).toBeNull();
  let rounds = 0;
  while (discovery.discoveredAt === null) {
    const calls = await callsOf('scan');
    await discovery.round();
    expect(await callsOf('scan')).toBeLessThanOrEqual(calls + 25);
    rounds += 1;
  }
  expect(rounds).toBeGreaterThan(1);
  expect(discovery.labels).toEqual(['mails']);
});

test('what Drover keeps of a queue tells of it at once; a queue that is gone is not told', async () => {
  await usedQueue('measured');
  await redis.zadd(keys.metrics(), 1, 'measured', 1, 'gone');
  const { discovery } = createDiscovery(['also-gone']);
  await discovery.look();
  expect(discovery.labels).toEqual(['measured']);
});

test('a queue that is deleted goes with the next pass, and one that is made turns up', async () => {
  const old = await usedQueue('old');
  const { discovery, clock } = createDiscovery();
  await discovery.look();
  await old.obliterate({ force: true });
  await usedQueue('new');
  await discovery.round();
  expect(discovery.labels, 'no pass before its time').toEqual(['old']);
  await clock.pass(16_000);
  await discovery.round();
  expect(discovery.labels).toEqual(['new']);
});

test('nobody asks, nobody looks; a later round takes few commands', async () => {
  await usedQueue('mails');
  const { discovery, clock } = createDiscovery();
  await discovery.round();
  expect(await callsOf('scan')).toBe(0);
  await discovery.look();
  const looked = await callsOf('scan');
  for (let second = 0; second < 60; second += 1) {
    await clock.pass(1_000);
    await discovery.round();
  }
  const inAMinute = (await callsOf('scan')) - looked;
  expect(inAMinute).toBeGreaterThan(0);
  expect(inAMinute).toBeLessThanOrEqual(4);
  await clock.pass(5 * 60_000);
  for (let second = 0; second < 60; second += 1) {
    await clock.pass(1_000);
    await discovery.round();
  }
  expect(await callsOf('scan')).toBe(looked + inAMinute);
});

test('while Redis is away asking ends in time, what is known stays, and it goes on afterwards', async () => {
  await usedQueue('mails');
  const { discovery, clock, hub } = createDiscovery([], 500);
  await discovery.look();
  await server.kill();
  await until(() => !hub.command.isReady);
  await clock.pass(20_000);
  await expect(discovery.look()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  await discovery.round();
  expect(discovery.labels).toEqual(['mails']);
  await server.restart();
  await until(() => hub.command.isReady);
  await discovery.look();
  expect(discovery.labels).toEqual(['mails']);
});

test('opening and reading a queue of others writes nothing into its hash', async () => {
  await usedQueue('mails', 'theirs');
  await redis.hset('theirs:mails:meta', { version: 'bullmq:5.1.0', 'opts.maxLenEvents': '77' });
  const theirs = async (): Promise<(Buffer | null)[]> =>
    Promise.all((await redis.keys('theirs:*')).sort().map((key) => redis.dumpBuffer(key)));
  const before = await theirs();
  const coordinator = await startCoordinator(server, { readOnly: true, metrics: false });
  const { queues } = coordinator.operations;
  await queues.get('theirs:mails');
  await queues.list({}, () => true);
  await queues.schedulers.list({ queue: 'theirs:mails' }, {});
  // On the socket that a write of the opened queue would have taken before.
  await queues.get('theirs:mails');
  expect(await theirs()).toEqual(before);
  expect(await redis.exists(keys.pauses(), keys.metrics())).toBe(0);
});

test('without the right to scan what Drover knows is told, and it is never called complete', async () => {
  await using limited = await startRedis({
    aclLines: ['user default on nopass ~* &* +@all -scan'],
  });
  const there = createClient(limited);
  await there.hset('bull:measured:meta', { version: 'bullmq:6.7.0' });
  await there.hset('bull:unknown:meta', { version: 'bullmq:6.7.0' });
  await there.zadd(keys.metrics(), 1, 'measured');
  const { discovery, clock } = createDiscovery([], 500, limited);
  await discovery.look();
  await discovery.round();
  await clock.pass(16_000);
  await discovery.round();
  expect(discovery.labels).toEqual(['measured']);
  expect(discovery.discoveredAt).toBeNull();
});

test('objects for queues of others are few, and one that was closed is made anew', async () => {
  const many = Array.from({ length: 210 }, (_, i) => `q${i}`);
  for (const name of many) await redis.hset(`bull:${name}:meta`, { version: 'bullmq:6.7.0' });
  const coordinator = await startCoordinator(server, { metrics: false });
  const { hub } = createDiscovery();
  const directory = new QueueDirectory({
    ...{ config: resolveConfig({}, {}), hub, gate: new OutageGate(hub, 2_000), keys },
    queues: coordinator.queues,
  });
  const first = await directory.open('q0');
  const closed = new Promise((resolve) => {
    const close = first.close.bind(first);
    first.close = async () => resolve(await close());
  });
  for (const label of many.slice(1)) await directory.open(label);
  await closed;
  const again = await directory.open('q0');
  expect(again).not.toBe(first);
  expect(await again.getWaitingCount()).toBe(0);
  expect(await directory.open('q209')).toBe(await directory.open('q209'));
  await directory.close();
});
