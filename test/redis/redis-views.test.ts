/** What operators see of the server: with all rights, with few, and while it is away. */
import { QueueEvents, Worker } from 'bullmq';
import type { Coordinator } from 'drover';
import { expect, onTestFinished, test } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import type { ActionName } from '../../src/operations/actions.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';
import { startCoordinator } from '../support/coordinators.ts';
import { type RedisOptions, type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const viewer: Principal = { kind: 'token', id: 'v', name: 'v', grants: [{ may: ['viewer'] }] };
const NAMES = [
  ...(['redis.info', 'redis.clients', 'redis.slowlog', 'redis.latency', 'redis.memory'] as const),
];

async function freshServer(options: RedisOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  onTestFinished(() => server.stop());
  return server;
}

/** Asks, and checks that the answer is as it is published. */
async function ask<Name extends ActionName>(
  coordinator: Coordinator,
  name: Name,
  input: object = {},
) {
  const answer = await coordinator.control.call(name, input, { principal: viewer });
  HANDLERS[name]!.output.parse(JSON.parse(JSON.stringify(answer)));
  return answer;
}

test('the server, its connections, its slow commands and the memory of queues are told', async () => {
  const server = await freshServer({ config: { 'slowlog-log-slower-than': '0' } });
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue('seen');
  await queue.addBulk(
    Array.from({ length: 300 }, (_, i) => ({ name: 'job', data: { secret: `hidden-${i}` } })),
  );
  await coordinator.queue('small').add('job', {});
  const plain = {
    connection: { host: server.host, port: server.port, maxRetriesPerRequest: null },
  };
  const worker = new Worker('small', async () => {}, { ...plain, autorun: false });
  const events = new QueueEvents('small', plain);
  onTestFinished(async () => {
    await Promise.all([worker.close(true), events.close()]);
  });
  await Promise.all([worker.waitUntilReady(), events.waitUntilReady()]);
  expect(await ask(coordinator, 'redis.info')).toMatchObject({
    ...{ server: 'redis', role: 'master', unverified: [], replicas: 0 },
    ...{ memory: { policy: 'noeviction' }, persistence: { aof: true } },
  });
  const { rows } = await until(async () => {
    const clients = await ask(coordinator, 'redis.clients');
    return clients.rows?.some(({ role }) => role === 'events') && clients;
  });
  const host = expect.arrayContaining([expect.any(String)]);
  expect(rows).toContainEqual(
    expect.objectContaining({ application: 'drover', role: 'command', processes: 1, hosts: host }),
  );
  expect(rows).toContainEqual(
    expect.objectContaining({ application: 'bullmq', role: 'worker', queue: 'small' }),
  );
  const slow = await ask(coordinator, 'redis.slowlog', { limit: 100 });
  expect(slow.rows).toContainEqual(
    expect.objectContaining({ queue: 'seen', script: 'addStandardJob' }),
  );
  expect(JSON.stringify(slow)).not.toContain('hidden-');
  const latency = await ask(coordinator, 'redis.latency');
  expect(latency).toMatchObject({ pingMs: { samples: 20 }, events: [], unverified: [] });
  expect(latency.pingMs.p99).toBeGreaterThanOrEqual(latency.pingMs.p50);
  const memory = await ask(coordinator, 'redis.memory', { limit: 1 });
  expect(memory.rows).toEqual([{ queue: 'seen', bytes: expect.any(Number) }]);
});

test('what may not be read is null and named, and the rest is told', async () => {
  const server = await freshServer({
    aclLines: [
      'user default on nopass ~* &* +@all -info -slowlog -latency -client|list -memory|usage -config',
    ],
  });
  const coordinator = await startCoordinator(server);
  await coordinator.queue('seen').add('job', {});
  const refused = [expect.stringMatching(/NOPERM/)];
  expect(await ask(coordinator, 'redis.info')).toMatchObject({
    ...{ server: null, version: null, memory: { usedBytes: null, policy: null } },
    unverified: refused,
  });
  expect(await ask(coordinator, 'redis.clients')).toEqual({ rows: null, unverified: refused });
  expect(await ask(coordinator, 'redis.slowlog')).toEqual({ rows: null, unverified: refused });
  expect(await ask(coordinator, 'redis.latency')).toMatchObject({
    ...{ events: null, unverified: refused, pingMs: { samples: 20 } },
  });
  expect((await ask(coordinator, 'redis.memory')).rows).not.toBeNull();
});

test('commands that a service has taken away are as those that are refused', async () => {
  const server = await freshServer({
    aclLines: [],
    config: { 'rename-command': 'SLOWLOG ""' },
  });
  const coordinator = await startCoordinator(server);
  expect(await ask(coordinator, 'redis.slowlog')).toEqual({
    ...{ rows: null, unverified: [expect.stringMatching(/unknown command/)] },
  });
});

test.each(NAMES)('%s ends in time while Redis is away', async (name) => {
  const coordinator = await startCoordinator({ url: 'redis://127.0.0.1:1' }, { addTimeoutMs: 300 });
  await expect(ask(coordinator, name)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
});

test.each([
  ['redis.slowlog', { limit: 0 }, '/limit'],
  ['redis.slowlog', { limit: '10' }, '/limit'],
  ['redis.memory', { limit: 51 }, '/limit'],
  ['redis.info', { queue: 'x' }, '/queue'],
] as const)('%s refuses %j with a pointer', async (name, input, pointer) => {
  const coordinator = await startCoordinator({ url: 'redis://127.0.0.1:1' });
  await expect(ask(coordinator, name, input)).rejects.toMatchObject({
    ...{ code: 'INPUT_INVALID', pointer },
  });
});

test('who may not see Redis is refused', async () => {
  const server = await freshServer();
  const coordinator = await startCoordinator(server);
  const principal: Principal = { ...viewer, grants: [{ may: ['queues.read'] }] };
  for (const name of NAMES)
    await expect(coordinator.control.call(name, {}, { principal })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
});
