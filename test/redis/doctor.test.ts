/** What the doctor finds on a real server: each fault is provoked, named by its id, mended as printed, and gone. */
import { Queue, Worker } from 'bullmq';
import type { Coordinator, CoordinatorOptions } from 'drover';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import type { DoctorReport, FixView } from '../../src/operations/doctor/doctor-views.ts';
import { createClient, createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { type RedisOptions, type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const CALLER = {
  principal: { kind: 'loopback', id: 'test', name: 'test', grants: [{ may: ['admin'] }] },
} as const;

async function ready(
  redisOptions: RedisOptions = {},
  options: CoordinatorOptions = {},
): Promise<{ server: RedisServer; redis: Redis; coordinator: Coordinator }> {
  const server = await startRedis(redisOptions);
  onTestFinished(() => server.stop());
  const coordinator = await startCoordinator(server, options);
  await until(
    () =>
      coordinator.control.call('doctor.run', { quick: true }, CALLER).then(({ server }) => server),
    { what: 'the doctor gets in' },
  );
  return { server, redis: createClient({ url: server.adminUrl }), coordinator };
}

const look = (coordinator: Coordinator, input: object = { quick: true }): Promise<DoctorReport> =>
  coordinator.control.call('doctor.run', input, CALLER);

async function found(coordinator: Coordinator, id: string, input?: object): Promise<string[]> {
  const { findings } = await look(coordinator, input);
  return findings
    .filter((each) => each.id === id && each.severity !== 'unverified')
    .map(({ severity }) => severity);
}

/** Does what the line says after `redis-cli`. */
async function obey(redis: Redis, line: string): Promise<void> {
  const words = [
    ...line
      .replace(/^redis-cli /, '')
      .replace(/ \(.*\)$/, '')
      .matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g),
  ].map((word) => word[1] ?? word[2] ?? word[3]!);
  await redis.call(words[0]!, ...words.slice(1));
}

const SETTINGS = [
  ['CFG01', ['maxmemory-policy', 'allkeys-lru'], 'critical'],
  ['CFG11', ['timeout', '5'], 'critical'],
  ['CFG03', ['appendfsync', 'no'], 'warning'],
] as const;

test('CFG01, CFG03 and CFG11 are found, and mended by their remedies as printed, or by the doctor', async () => {
  const { redis, coordinator } = await ready({}, { allowEviction: true });
  const checks = SETTINGS.map(([id]) => id);
  for (const [id, [name, value], severity] of SETTINGS) {
    expect(await found(coordinator, id)).toEqual([]);
    await redis.config('SET', name, value);
    const finding = (await look(coordinator)).findings.find((each) => each.id === id);
    expect(finding).toMatchObject({ severity, isFixable: true });
    expect(finding!.seen).toContain(value);
    for (const line of finding!.remedy.filter((each) => each.startsWith('redis-cli ')))
      await obey(redis, line);
    expect(await found(coordinator, id)).toEqual([]);
    await redis.config('SET', name, value);
  }
  const fix = (input: object) => coordinator.control.call('doctor.fix', input, CALLER);
  const outcomes = (views: readonly FixView[]): string[] =>
    views.map(({ id, outcome }) => `${id} ${outcome}`).sort();
  expect(outcomes(await fix({ checks, dryRun: true }))).toEqual(
    checks.map((id) => `${id} would`).sort(),
  );
  for (const [id, , severity] of SETTINGS) expect(await found(coordinator, id)).toEqual([severity]);
  expect(outcomes(await fix({ checks }))).toEqual(checks.map((id) => `${id} done`).sort());
  for (const id of checks) expect(await found(coordinator, id)).toEqual([]);
}, 60_000);

test('settings are not mended unless they are asked for by id', async () => {
  const { redis, coordinator } = await ready();
  await redis.config('SET', 'timeout', '5');
  const done = await coordinator.control.call('doctor.fix', {}, CALLER);
  expect(done.map(({ id }) => id)).not.toContain('CFG11');
  expect(await redis.config('GET', 'timeout')).toEqual(['timeout', '5']);
}, 30_000);

test('a denied default user beside an append-only file is found before the restart that loses all', async () => {
  const { redis, coordinator } = await ready();
  await redis.call('ACL', 'SETUSER', 'default', '-flushall');
  const finding = (await look(coordinator)).findings.find(({ id }) => id === 'CFG04');
  expect(finding).toMatchObject({ severity: 'critical' });
  await redis.call('ACL', 'SETUSER', 'default', '+@all');
  expect(await found(coordinator, 'CFG04')).toEqual([]);
}, 30_000);

test('what grows between two looks is found: refusals of memory, connections, commands that walk or empty', async () => {
  const { redis, coordinator } = await ready();
  await look(coordinator);
  await redis.config('SET', 'maxmemory', '1mb');
  await redis.set('x', '1').catch(() => {});
  await redis.config('SET', 'maxmemory', '0');
  await redis.keys('*');
  await redis.flushdb();
  const ids = (await look(coordinator)).findings.map(({ id, severity }) => `${id} ${severity}`);
  expect(ids).toEqual(
    expect.arrayContaining(['MEM02 critical', 'LAT04 critical', 'LAT04 warning', 'ERR01 warning']),
  );
  const after = (await look(coordinator)).findings.map(({ id }) => id);
  expect(after).not.toContain('MEM02');
}, 30_000);

test('healthy queues with a worker on a server set for queues give no finding about either', async () => {
  const { server, coordinator } = await ready({
    config: { maxmemory: '64mb', timeout: '0', 'enable-debug-command': 'no', save: '3600 1' },
  });
  const queue = new Queue('mails', { connection: createClient(server) });
  const worker = new Worker('mails', async () => 'sent', { connection: createClient(server) });
  onTestFinished(async () => {
    await worker.close(true);
    await queue.close();
  });
  for (let i = 0; i < 20; i += 1) await queue.add('send', { i });
  await until(async () => (await queue.getJobCounts('completed')).completed === 20);
  await look(coordinator, { quick: true, queue: 'mails' });
  const { findings, queues } = await look(coordinator, {});
  expect(queues).toBe(1);
  // The machine, its backups and its speed are not the configuration.
  const others = findings.filter(
    ({ id }) => !['CFG13', 'PER05', 'LAT01', 'LAT05', 'PER02'].includes(id),
  );
  expect(others).toEqual([]);
}, 30_000);

test('rights that are missing are named, and what may not be read is unverified and no failure', async () => {
  const { redis, coordinator, server } = await ready({
    aclLines: [
      'user default on nopass ~* &* +@all -hincrby -config -slowlog -latency -acl|log -acl|getuser',
    ],
  });
  const { findings } = await look(coordinator);
  const rights = findings.find(({ id }) => id === 'CFG06');
  expect(rights).toMatchObject({ severity: 'critical' });
  expect(rights!.seen).toContain('+hincrby');
  const unverified = findings
    .filter(({ severity }) => severity === 'unverified')
    .map(({ id }) => id);
  expect(unverified).toEqual(expect.arrayContaining(['CFG04', 'CFG11', 'LAT02', 'ERR02']));
  expect(server.isRunning).toBe(true);
  await obey(redis, rights!.remedy[0]!);
  expect(await found(coordinator, 'CFG06')).toEqual([]);
}, 30_000);

test('without Redis the report says why it cannot be reached', async () => {
  const coordinator = createCoordinator({ url: 'redis://127.0.0.1:1' });
  await coordinator.start();
  const { findings, worst } = await look(coordinator);
  expect(findings).toMatchObject([{ id: 'CON00', severity: 'critical' }]);
  expect(findings[0]!.seen).toContain('ECONNREFUSED');
  expect(worst).toBe('critical');
}, 30_000);
