/** Redis as it is deployed: behind Sentinels, with a restricted user, over a unix socket, counted by others. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Coordinator } from 'drover';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/setup/free-port.mjs';
import { endWithThisProcess } from '../../scripts/setup/guard.mjs';
import { countCoordinators } from '../../src/health/count-coordinators.ts';
import { parseClientList } from '../../src/redis/client-list.ts';
import {
  createClient,
  createCoordinator,
  nextEvent,
  startCoordinator,
} from '../support/coordinators.ts';
import { type RedisServer, redisBinary, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

async function startSentinel(primary: RedisServer): Promise<number> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'drover-sentinel-'));
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor mymaster 127.0.0.1 ${primary.port} 1`,
    'sentinel down-after-milliseconds mymaster 500',
    'sentinel failover-timeout mymaster 2000',
  ];
  writeFileSync(join(dir, 'sentinel.conf'), `${lines.join('\n')}\n`);
  const sentinel = spawn(redisBinary(), ['sentinel.conf', '--sentinel'], {
    cwd: dir,
    stdio: 'ignore',
  });
  endWithThisProcess(sentinel, 'KILL');
  await once(sentinel, 'spawn');
  onTestFinished(async () => {
    const exited = once(sentinel, 'exit');
    sentinel.kill('SIGKILL');
    await exited;
    rmSync(dir, { recursive: true });
  });
  return port;
}

test('behind Sentinels a failover is survived: the worker goes on with the new primary', {
  timeout: 60_000,
}, async () => {
  const primary = await startRedis();
  const replica = await startRedis();
  await createClient(replica).call('REPLICAOF', '127.0.0.1', String(primary.port));
  const port = await startSentinel(primary);
  const sentinel = createClient({ url: `redis://127.0.0.1:${port}` });
  await until(
    async () =>
      ((await sentinel.call('SENTINEL', 'replicas', 'mymaster')) as unknown[]).length === 1,
  );
  const coordinator = createCoordinator(server, {
    redisUrl: undefined,
    redis: { sentinels: [{ host: '127.0.0.1', port }], sentinelName: 'mymaster' },
  });
  const ran: string[] = [];
  coordinator.process('failover', async (job) => void ran.push(job.name));
  await coordinator.start();
  await until(async () => coordinator.queue('failover').add('before', {}));
  await until(() => ran.includes('before'));
  await until(async () =>
    String(await createClient(replica).info('replication')).includes('master_link_status:up'),
  );
  await primary.kill();
  await until(async () => coordinator.queue('failover').add('after', {}), {
    timeoutMs: 30_000,
    what: 'an add after the failover',
  });
  await until(() => ran.includes('after'), {
    timeoutMs: 20_000,
    what: 'the job after the failover',
  });
  await coordinator.stop({ timeoutMs: 500 });
  await Promise.all([primary.stop(), replica.stop()]);
});

test('a demoted primary (READONLY) is left for a new connection, without an error of the worker', async () => {
  const demoted = await startRedis();
  const coordinator = await startCoordinator(demoted, { addTimeoutMs: '10s' });
  const ran: string[] = [];
  const errors: string[] = [];
  coordinator.on('worker.error', ({ message }) => errors.push(message));
  coordinator.process('readonly', async (job) => void ran.push(job.name));
  await coordinator.queue('readonly').add('before', {});
  await until(() => ran.length === 1);
  const admin = createClient(demoted);
  await admin.call('REPLICAOF', '127.0.0.1', '1');
  const closed = nextEvent(coordinator, 'connection.closed');
  const add = coordinator.queue('readonly').add('during', {});
  await closed;
  await admin.call('REPLICAOF', 'NO', 'ONE');
  await add;
  await until(() => ran.includes('during'), { what: 'the job' });
  expect(errors).toEqual([]);
  await coordinator.stop();
  await demoted.stop();
});

/** What the kit will ship for a process that produces and works, with the commands that Drover adds. */
const APP_USER =
  'user app on >secret resetchannels ~bull:* ~coordinator:* -@all +@read +@write +@connection +@transaction +eval +evalsha +script|load +script|exists +bzpopmin -@dangerous -@admin +info +time +client|list';

test('a least-privilege user is enough for everything: nothing is refused', async () => {
  const guarded = await startRedis({
    aclLines: ['user default off resetpass ~* &* +@all', APP_USER],
  });
  const coordinator = createCoordinator(
    { url: `redis://app:secret@127.0.0.1:${guarded.port}` },
    { name: 'least' },
  );
  const heard: string[] = [];
  coordinator.process('acl', async (job) => job.name, { pool: { min: 1, max: 4 } });
  await coordinator.start();
  const events = coordinator.queueEvents('acl');
  events.on('completed', ({ jobId }) => heard.push(jobId));
  await events.waitUntilReady();
  const queue = coordinator.queue('acl');
  const { id } = await queue.add('job', {});
  await queue.addBulk(Array.from({ length: 600 }, () => ({ name: 'bulk', data: {} })));
  await coordinator.flows.add({
    name: 'p',
    queueName: 'acl',
    children: [{ name: 'c', queueName: 'acl' }],
  });
  await until(() => heard.length === 603, { what: 'all jobs' });
  expect(heard).toContain(id);
  expect(await queue.getJobs(['completed'])).not.toEqual([]);
  await coordinator.getAllQueueStats();
  await until(() => coordinator.operations.health.queues().connections !== null);
  const admin = createClient({ url: `redis://harness:harness@127.0.0.1:${guarded.port}` });
  expect(await admin.call('ACL', 'LOG')).toEqual([]);
  await coordinator.stop();
  await guarded.stop();
});

test('a unix socket is a Redis too', async () => {
  const path = join(tmpdir(), `drover-${process.pid}.sock`);
  const local = await startRedis({ config: { unixsocket: path } });
  const coordinator = await startCoordinator({ url: `unix://${path}` });
  expect((await coordinator.queue('unix').add('job', {})).name).toBe('job');
  expect(coordinator.getRedisHealth().redis).toMatchObject({ host: path, connected: true });
  await coordinator.stop();
  await local.stop();
});

test('sockets are counted by role, with what is expected and the share of maxclients', async () => {
  const coordinator = createCoordinator(server, { name: 'counted' });
  coordinator.process('counted', async () => {});
  await coordinator.start();
  const report = await until(() => {
    const { connections } = coordinator.operations.health.queues();
    return connections && connections.total >= 1 && connections;
  });
  expect(report).toMatchObject({ processes: 1, expected: 4, maxClients: expect.any(Number) });
  expect(report.byRole.command).toBe(1);
  expect(report.share).toBeCloseTo(report.total / report.maxClients!, 6);
});

test('more sockets than the processes explain are announced', async () => {
  for (let i = 0; i < 8; i += 1) {
    const spare = createClient(server);
    await spare.client('SETNAME', 'crowded:bullmq-command:elsewhere:1');
  }
  const coordinator = createCoordinator(server, { name: 'crowded' });
  const exceeded = nextEvent(coordinator, 'connections.exceeded');
  await coordinator.start();
  expect(await exceeded).toMatchObject({ seen: 9, expected: 8 });
});

test('the coordinators of one process are counted in what the server shows', async () => {
  const name = 'doubled';
  const start = (url = server.url): Promise<Coordinator> => startCoordinator({ url }, { name });
  const first = await start();
  await first.queue('jobs').waitUntilReady();
  // Another database needs a connection of its own.
  await (await start(`${server.url}/1`)).queue('jobs').waitUntilReady();
  const admin = createClient(server);
  const own = { app: name, host: hostname(), pid: process.pid };
  const count = async (): Promise<number | null> => {
    const text = String(await admin.client('LIST'));
    // None of them is as old as it must be to be judged.
    expect(countCoordinators(parseClientList(text), own)).not.toBe(2);
    return countCoordinators(parseClientList(text.replace(/ age=\d+/g, ' age=60')), own);
  };
  expect(await count()).toBe(1);
  const second = await start();
  await second.queue('jobs').waitUntilReady();
  expect(await count()).toBe(2);
  await second.stop();
  await until(async () => (await count()) === 1, { what: 'the end of its sockets' });
});
