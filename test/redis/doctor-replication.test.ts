/** Replicas, Sentinels and Cluster: each fault is provoked on real servers, found by its id, mended, and gone. */
import { expect, test } from 'vitest';
import { createClient } from '../support/coordinators.ts';
import { PRIMARY_NAME, startSentinels } from '../support/sentinels.ts';
import { until } from '../support/until.ts';
import { findAndMend, found, look, startLooking, startPatient, startServer } from './doctors.ts';

test('REP01 and CFG08: a server that became a replica without its primary', async () => {
  const patient = await startPatient();
  const { redis, coordinator } = patient;
  await redis.call('REPLICAOF', '127.0.0.1', '1');
  expect(await found(coordinator, 'CFG08')).toMatchObject([
    { severity: 'critical', seen: 'this server is a replica' },
  ]);
  await findAndMend(patient, 'REP01', {
    ...{ severity: 'warning', seen: 'the link to the primary is down' },
    byHand: () => redis.call('REPLICAOF', 'NO', 'ONE'),
  });
  expect(await found(coordinator, 'CFG08')).toEqual([]);
}, 30_000);

test('REP01, REP02 and REP03: a replica that falls behind, and none that can take over', async () => {
  const patient = await startPatient();
  const { server, redis, coordinator } = patient;
  const replica = await startServer({ config: { replicaof: `127.0.0.1 ${server.port}` } });
  await until(async () => /slave0:.*state=online/.test(await redis.info('replication')));
  expect(await found(coordinator, 'REP02')).toEqual([]);
  replica.freeze();
  await redis.set('big', 'x'.repeat(2_000_000));
  await findAndMend(patient, 'REP01', {
    ...{ severity: 'warning', seen: 'behind' },
    byHand: () => replica.thaw(),
  });
  await redis.config('SET', 'min-replicas-to-write', '2');
  await findAndMend(patient, 'REP03', { severity: 'critical', seen: '1 good replicas' });
}, 30_000);

test('REP04: a restart between two looks', async () => {
  const { server, coordinator } = await startPatient();
  expect(await found(coordinator, 'REP04')).toEqual([]);
  await server.restart();
  await until(async () =>
    (await found(coordinator, 'REP04')).some(({ seen }) => seen.includes('run_id')),
  );
  expect(await found(coordinator, 'REP04')).toEqual([]);
}, 30_000);

test('REP02 and REP05: Sentinels that cannot act', async () => {
  const primary = await startServer();
  await using sentinels = await startSentinels(primary.port);
  const coordinator = await startLooking('', {
    redis: { sentinels: sentinels.addresses, sentinelName: PRIMARY_NAME },
  } as object);
  expect(await found(coordinator, 'REP02')).toMatchObject([
    { severity: 'critical', seen: '0 replicas, none of them online' },
  ]);
  const replica = await startServer({ config: { replicaof: `127.0.0.1 ${primary.port}` } });
  await until(async () => (await found(coordinator, 'REP02')).length === 0);
  await until(async () => (await found(coordinator, 'REP05')).length === 0);
  const [first] = sentinels.addresses;
  const sentinel = createClient({ url: `redis://127.0.0.1:${first!.port}` });
  await sentinel.call('SENTINEL', 'SET', PRIMARY_NAME, 'quorum', '9');
  const [finding] = await found(coordinator, 'REP05');
  expect(finding).toMatchObject({ severity: 'critical' });
  expect(finding!.seen).toContain('NOQUORUM');
  await sentinel.call('SENTINEL', 'SET', PRIMARY_NAME, 'quorum', '2');
  await until(async () => (await found(coordinator, 'REP05')).length === 0);
  expect(replica.isRunning).toBe(true);
  const { redis, findings } = await look(coordinator);
  expect(redis).toContain(`${PRIMARY_NAME} by 127.0.0.1:${first!.port}`);
  expect(findings.filter(({ id }) => ['CFG08', 'REP01', 'DNS01'].includes(id))).toEqual([]);
  // Nobody is left to take over: what is said is about the primary, and not about this machine's usual port.
  await replica.kill();
  await primary.kill();
  const away = await until(async () => (await look(coordinator)).findings.find(isAway));
  expect(away.seen).toBe(`127.0.0.1:${primary.port}: nothing listens there (ECONNREFUSED)`);
}, 60_000);

const isAway = ({ id }: { id: string }): boolean => id === 'CON00';

test('CFG08, CFG09 and CLU01: a cluster without hash tags, on one slot, and with slots lost', async () => {
  const server = await startServer({ config: { 'cluster-enabled': 'yes' } });
  const redis = createClient(server);
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await until(async () => String(await redis.call('CLUSTER', 'INFO')).includes('state:ok'));
  const plain = await startLooking(server.url);
  expect(await found(plain, 'CFG08')).toMatchObject([
    { severity: 'critical', seen: expect.stringContaining('hash tag') },
  ]);
  const tagged = await startLooking(server.url, { prefix: '{bull}' });
  expect(await found(tagged, 'CFG08')).toEqual([]);
  expect(await found(tagged, 'CLU01')).toEqual([]);
  await redis.hset('{bull}:mails:meta', 'version', 'bullmq:6.7.0');
  await redis.hset('{bull}:thumbnails:meta', 'version', 'bullmq:6.7.0');
  expect(await found(tagged, 'CFG09')).toMatchObject([
    { severity: 'warning', seen: expect.stringContaining('2 queues are all in slot') },
  ]);
  await redis.call('CLUSTER', 'DELSLOTS', '5');
  await until(async () =>
    (await found(tagged, 'CLU01')).some(({ seen }) => seen.includes('16383 of 16384')),
  );
  await redis.call('CLUSTER', 'ADDSLOTS', '5');
  await until(async () => (await found(tagged, 'CLU01')).length === 0);
  expect((await look(tagged)).worst).not.toBeNull();
}, 60_000);

test('CFG08: a cluster of three nodes, of which a connection reaches one', async () => {
  const nodes = await Promise.all(
    [0, 1, 2].map(() => startServer({ config: { 'cluster-enabled': 'yes' } })),
  );
  const clients = nodes.map(createClient);
  const ranges = [
    ['0', '5460'],
    ['5461', '10922'],
    ['10923', '16383'],
  ] as const;
  for (const [i, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', ...ranges[i]!);
    await clients[0]!.call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[i]!.port));
  }
  for (const client of clients)
    await until(async () => {
      const state = String(await client.call('CLUSTER', 'INFO'));
      return state.includes('cluster_size:3') && state.includes('state:ok');
    });
  const coordinator = await startLooking(nodes[0]!.url, { prefix: '{bull}' });
  const { findings } = await look(coordinator);
  const bad = findings.filter(({ severity, id }) => severity === 'critical' && id !== 'CFG03');
  expect(bad).toMatchObject([
    { id: 'CFG08', seen: expect.stringContaining('a cluster of 3 shards') },
  ]);
  // Queues cannot be read through one node: that is said, and no queue is called well or sick.
  const unread = findings.filter(({ id, severity }) => id === 'Q01' && severity === 'unverified');
  expect(unread).toMatchObject([{ seen: expect.stringContaining('another node of the cluster') }]);
}, 30_000);
