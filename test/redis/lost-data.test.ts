/** A Redis that no longer has its data is noticed and told: BullMQ itself would go on as if nothing were. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  createClient,
  createCoordinator,
  nextEvent,
  startCoordinator,
} from '../support/coordinators.ts';
import { startMonitor } from '../support/monitor.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

/** A look asks for the name of the data, then for the replication; nobody else asks for both. */
async function anotherLook(server: RedisServer): Promise<void> {
  const seen = await startMonitor(server);
  await until(
    () => {
      const named = seen.findIndex(
        ({ command, words }) => command === 'get' && words[0] === 'coordinator:data',
      );
      const after = named < 0 ? [] : seen.slice(named);
      return after.some(({ command, words }) => command === 'info' && words[0] === 'replication');
    },
    { what: 'another look' },
  );
}

test('Redis comes back empty', async () => {
  await using server = await startRedis();
  const coordinator = await startCoordinator(server);
  const look = createClient(server);
  await until(() => look.exists('coordinator:data'), { what: 'the name of the data' });
  const told = nextEvent(coordinator, 'redis.emptied');
  await server.kill();
  rmSync(join(server.dir, 'appendonlydir'), { recursive: true });
  await server.restart();
  await told;
});

test('Redis comes back with everything: nothing is told', async () => {
  await using server = await startRedis();
  const coordinator = createCoordinator(server);
  const told: string[] = [];
  coordinator.on('redis.emptied', () => told.push('emptied'));
  coordinator.on('redis.failed-over', () => told.push('failed over'));
  await coordinator.start();
  const look = createClient(server);
  await until(() => look.exists('coordinator:data'), { what: 'the name of the data' });
  const back = nextEvent(coordinator, 'connection.ready', ({ role }) => role === 'command');
  await server.kill();
  await server.restart();
  await back;
  await coordinator.queue('orders').add('x', {});
  await anotherLook(server);
  expect(told).toEqual([]);
});

test('a replica that lacks writes is promoted', async () => {
  await using primary = await startRedis();
  await using replica = await startRedis();
  await using link = await startProxy({ target: primary });
  await using address = await startProxy({ target: primary });
  const [_onPrimary, onReplica] = [createClient(primary), createClient(replica)];
  await onReplica.replicaof('127.0.0.1', link.port);
  const isInSync = async (): Promise<boolean> =>
    (await onReplica.info('replication')).includes('master_link_status:up');
  await until(isInSync, { what: 'the replica to be in sync' });
  const coordinator = await startCoordinator(address);
  await coordinator.queue('orders').add('x', {});
  link.mode = 'silence';
  await coordinator.queue('orders').add('x', { lost: 'x'.repeat(1_000) });
  await anotherLook(primary);
  const told = nextEvent(coordinator, 'redis.failed-over');
  await primary.kill();
  await onReplica.replicaof('NO', 'ONE');
  address.retarget({ port: replica.port });
  address.cut();
  expect((await told).lostBytes).toBeGreaterThan(1_000);
});
