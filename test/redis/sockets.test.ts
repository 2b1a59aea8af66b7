import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

async function socketsOf(app: string): Promise<string[]> {
  const admin = createClient(server);
  const list = String(await admin.client('LIST'));
  return [...list.matchAll(/ name=(\S+)/g)]
    .map(([, name]) => name!)
    .filter((name) => name.startsWith(`${app}:`));
}

test('three sockets carry any number of queues, workers and listeners, and are found by name', async () => {
  const coordinator = await startCoordinator(server, { name: 'three' });
  for (let i = 0; i < 30; i += 1) {
    const name = `many-${i}`;
    await coordinator.queue(name).waitUntilReady();
    coordinator.process(name, async () => {});
    coordinator.queueEvents(name);
  }
  await until(async () => (await socketsOf('three')).length >= 3, { what: 'three sockets' });
  await coordinator.queue('many-7').add('job', {});
  const roles = (await socketsOf('three')).map((name) => name.split(':')[1]);
  expect(roles.sort()).toEqual(['bullmq-command', 'bullmq-events', 'bullmq-wait']);
});

test('a fourth socket comes with bulk work', async () => {
  const coordinator = await startCoordinator(server, { name: 'four' });
  const queue = coordinator.queue('bulk');
  await queue.addBulk(Array.from({ length: 1_200 }, (_, i) => ({ name: 'job', data: { i } })));
  expect(await queue.getJobs(['waiting'], 0, 1_500)).toHaveLength(1_200);
  const roles = (await socketsOf('four')).map((name) => name.split(':')[1]);
  expect(roles.sort()).toEqual(['bullmq-bulk', 'bullmq-command']);
});

test('a large read over a slow link may take longer than an add: what arrives slowly is no outage', async () => {
  const proxy = await startProxy({ target: server });
  const coordinator = await startCoordinator(proxy, { addTimeoutMs: 300 });
  const text = 'x'.repeat(20_000);
  const jobs = Array.from({ length: 100 }, () => ({ name: 'job', data: { text } }));
  await (await startCoordinator(server)).queue('slow-link').addBulk(jobs);
  const queue = coordinator.queue('slow-link');
  await queue.waitUntilReady();
  // Two lots of 2 MB at 3 MB/s.
  proxy.limit(3_000_000);
  const reading = queue.getJobs(['waiting'], 0, -1);
  await queue.add('meanwhile', {});
  expect((await reading).length).toBeGreaterThanOrEqual(100);
  await coordinator.stop({ timeoutMs: 500 });
  await proxy.close();
});

test('stop leaves no socket behind', async () => {
  const coordinator = await startCoordinator(server, { name: 'gone' });
  coordinator.process('gone', async () => {});
  coordinator.queueEvents('gone');
  await coordinator.queue('gone').getJobs();
  await until(async () => (await socketsOf('gone')).length === 4, { what: 'four sockets' });
  await coordinator.stop();
  await until(async () => (await socketsOf('gone')).length === 0, { what: 'no socket' });
});

test('two coordinators live in one process without knowing of each other', async () => {
  const one = await startCoordinator(server, { name: 'one', prefix: 'one' });
  const two = await startCoordinator(server, { name: 'two', prefix: 'two' });
  const seen: string[] = [];
  one.process('shared-name', async () => void seen.push('one'));
  two.process('shared-name', async () => void seen.push('two'));
  await one.queue('shared-name').add('job', {});
  await until(() => seen.length > 0, { what: 'the job' });
  await one.stop();
  await two.queue('shared-name').add('job', {});
  await until(() => seen.length > 1, { what: 'the second job' });
  expect(seen).toEqual(['one', 'two']);
});

test('what would hold up the command socket is refused, what BullMQ needs is not', async () => {
  const coordinator = await startCoordinator(server, { name: 'guard' });
  const queue = coordinator.queue('guard');
  const client = (await queue.getBackend().client) as unknown as Record<
    string,
    (...args: unknown[]) => Promise<unknown>
  >;
  for (const [command, ...args] of [
    ['blpop', 'k', 2],
    ['select', 1],
    ['watch', 'k'],
    ['call', 'MULTI'],
    ['subscribe', 'c'],
    ['call', 'XREAD', 'BLOCK', 5_000, 'STREAMS', 'k', '0'],
  ] as [string, ...unknown[]][])
    await expect(client[command]!(...args)).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  await client.quit!();
  await client.disconnect!();
  expect((await queue.add('job', {})).id).toBe('1');
});

test('a pipeline goes out although one of its commands is refused', async () => {
  const coordinator = await startCoordinator(server, { name: 'guard-pipeline' });
  const client = (await coordinator.queue('guard').getBackend().client) as unknown as Redis;
  const replies = await client.pipeline().set('mixed', '1').blpop('k', 2).get('mixed').exec();
  expect(replies!.map(([error, reply]) => (error as { code?: string })?.code ?? reply)).toEqual([
    ...['OK', 'COMMAND_REFUSED', '1'],
  ]);
  const refused = await client.pipeline().blpop('k', 2).exec();
  expect(refused).toMatchObject([[{ code: 'COMMAND_REFUSED' }]]);
});

test('a transaction with a refused command does nothing, and those after it do', async () => {
  const coordinator = await startCoordinator(server, { name: 'guard-transaction' });
  const client = (await coordinator.queue('guard').getBackend().client) as unknown as Redis;
  const refused = client.multi().set('half', '1').blpop('k', 2).set('half', '2').exec();
  // One that others send meanwhile.
  const other = client.multi().set('whole', '1').exec();
  await expect(refused).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  expect(await other).toEqual([[null, 'OK']]);
  expect(await client.mget('half', 'whole')).toEqual([null, '1']);
});
