/** What the doctor finds on a real server: each fault is provoked, named by its id, mended as printed, and gone. */
import { Queue, Worker } from 'bullmq';
import type { Coordinator, CoordinatorOptions } from 'drover';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import type { DoctorReport } from '../../src/operations/doctor/doctor-views.ts';
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

test.each([
  ['CFG01', ['maxmemory-policy', 'allkeys-lru'], 'critical'],
  ['CFG11', ['timeout', '5'], 'critical'],
  ['CFG03', ['appendfsync', 'no'], 'warning'],
] as const)(
  '%s is found, and its remedy as printed mends it',
  async (id, [name, value], severity) => {
    const { redis, coordinator } = await ready({}, { allowEviction: true });
    expect(await found(coordinator, id)).toEqual([]);
    await redis.config('SET', name, value);
    const { findings } = await look(coordinator);
    const finding = findings.find((each) => each.id === id);
    expect(finding).toMatchObject({ severity, isFixable: true });
    expect(finding!.seen).toContain(value);
    for (const line of finding!.remedy.filter((each) => each.startsWith('redis-cli ')))
      await obey(redis, line);
    expect(await found(coordinator, id)).toEqual([]);
    await redis.config('SET', name, value);
    const would = await coordinator.control.call(
      'doctor.fix',
      { checks: [id], dryRun: true },
      CALLER,
    );
    expect(would).toMatchObject([{ id, outcome: 'would' }]);
    expect(await found(coordinator, id)).toEqual([severity]);
    const done = await coordinator.control.call('doctor.fix', { checks: [id] }, CALLER);
    expect(done).toMatchObject([{ id, outcome: 'done' }]);
    expect(await found(coordinator, id)).toEqual([]);
  },
  60_000,
);

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

test('queues: a long events stream is trimmed, a counter raised, an id without a hash named', async () => {
  const { server, redis, coordinator } = await ready();
  const connection = createClient(server);
  const queue = new Queue('mails', { connection, streams: { events: { maxLen: 10 } } });
  onTestFinished(() => queue.close());
  await queue.waitUntilReady();
  for (let i = 0; i < 5; i += 1) await queue.add('send', { i });
  expect(
    (await look(coordinator)).findings.filter(
      ({ id, severity }) => /^(MEM0[5-8]|Q0[1-7])$/.test(id) && severity !== 'unverified',
    ),
  ).toEqual([]);
  expect(await found(coordinator, 'CON03')).toEqual(['critical']);
  const pipeline = redis.pipeline();
  for (let i = 0; i < 500; i += 1)
    pipeline.xadd('bull:mails:events', '*', 'event', 'stalled', 'jobId', '1');
  await pipeline.exec();
  await redis.set('bull:mails:id', '1');
  await redis.del('bull:mails:3');
  await redis.hset('bull:mails:2', 'data', 'x'.repeat(2_000_000));
  const ids = (await look(coordinator)).findings.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['MEM07', 'Q06', 'Q07', 'MEM05', 'Q03']));
  const done = await coordinator.control.call('doctor.fix', { checks: ['MEM07', 'Q06'] }, CALLER);
  expect(done.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual(
    expect.arrayContaining(['MEM07 done', 'Q06 done']),
  );
  expect(await found(coordinator, 'MEM07')).toEqual([]);
  expect(await found(coordinator, 'Q06')).toEqual([]);
}, 30_000);

test('a job in no list is found in two looks and put back, and an active one without a lock is named', async () => {
  const { server, redis, coordinator } = await ready();
  const queue = new Queue('mails', { connection: createClient(server) });
  onTestFinished(() => queue.close());
  const job = await queue.add('send', {});
  const other = await queue.add('send', {});
  await redis.lrem('bull:mails:wait', 0, job.id!);
  await redis.lrem('bull:mails:wait', 0, other.id!);
  await redis.lpush('bull:mails:active', other.id!);
  const { findings } = await look(coordinator, {});
  expect(
    findings
      .filter(({ id, severity }) => ['MEM08', 'Q04'].includes(id) && severity === 'warning')
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['MEM08', 'Q04']);
  const done = await coordinator.control.call('doctor.fix', { checks: ['MEM08'] }, CALLER);
  expect(done).toMatchObject([{ id: 'MEM08', queue: 'mails', outcome: 'done' }]);
  expect(await redis.lrange('bull:mails:wait', 0, -1)).toEqual([job.id]);
}, 60_000);

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
  const { findings } = await look(coordinator, {});
  // The machine, its backups and its speed are not the configuration.
  const others = findings.filter(({ id }) => !['CFG13', 'PER05', 'LAT01', 'PER02'].includes(id));
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

test('queues whose keys may not be read are unverified, not empty', async () => {
  const { server, coordinator, redis } = await ready();
  const queue = new Queue('mails', { connection: createClient(server) });
  onTestFinished(() => queue.close());
  await queue.add('send', {});
  expect(await found(coordinator, 'CON03')).toEqual(['critical']);
  await redis.call('ACL', 'SETUSER', 'default', '-zcard');
  const { findings } = await look(coordinator);
  const severities = findings
    .filter(({ id }) => ['CON03', 'MEM06', 'Q07'].includes(id))
    .map(({ severity }) => severity);
  expect(severities).toEqual(['unverified', 'unverified', 'unverified']);
}, 30_000);
