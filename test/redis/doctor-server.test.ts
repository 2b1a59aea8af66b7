/** Settings, rights and connections of a real server: each fault is provoked, found by its id, mended as printed, gone. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import {
  findAndMend,
  found,
  look,
  obey,
  startLooking,
  startPatient,
  startServer,
} from './doctors.ts';

test('CFG02: no limit of memory, and one that is too high', async () => {
  const patient = await startPatient();
  await findAndMend(patient, 'CFG02', { severity: 'warning', seen: 'maxmemory is 0' });
  await patient.redis.config('SET', 'maxmemory', '900000gb');
  await findAndMend(patient, 'CFG02', { severity: 'warning', seen: '%' });
}, 30_000);

test('CFG03: nothing is written to disk', async () => {
  const patient = await startPatient({ config: { appendonly: 'no' } });
  await findAndMend(patient, 'CFG03', { severity: 'critical', seen: 'neither' });
}, 30_000);

test('CFG04: a denied default user beside an append-only file', async () => {
  const patient = await startPatient(
    { aclLines: ['user default on nopass ~* &* +@all', 'user app on >app ~* &* +@all'] },
    { url: ({ port }) => `redis://app:app@127.0.0.1:${port}` },
  );
  await patient.redis.call('ACL', 'SETUSER', 'default', 'off', '-@all');
  await findAndMend(patient, 'CFG04', { severity: 'critical', seen: 'default user' });
}, 30_000);

test('CFG05: the default user is used, and the printed user replaces it', async () => {
  const { server, redis, coordinator } = await startPatient({ password: 'secret' });
  const [finding] = await found(coordinator, 'CFG05');
  expect(finding).toMatchObject({ severity: 'warning' });
  const sha = createHash('sha256').update('app').digest('hex');
  const rules = finding!.remedy[0]!.replace('<sha256 of the password>', sha);
  await obey(redis, coordinator, rules);
  const after = await startLooking(`redis://drover-app:app@127.0.0.1:${server.port}`);
  const { findings } = await look(after);
  const access = findings.filter(({ id }) => /^(CFG05|CFG06|ERR..)$/.test(id));
  expect(access.filter(({ severity }) => severity !== 'unverified')).toEqual([]);
  expect(access.map(({ id }) => id)).toEqual(['ERR02']);
}, 30_000);

test('CFG10: the keys of a cache beside the queues', async () => {
  const patient = await startPatient();
  const pipeline = patient.redis.pipeline();
  for (let i = 0; i < 200; i += 1) pipeline.set(`cache:${i}`, 'x', 'EX', 600);
  await pipeline.exec();
  await findAndMend(patient, 'CFG10', {
    ...{ severity: 'warning', seen: 'cache:' },
    byHand: () => patient.redis.flushdb(),
  });
}, 30_000);

test('CFG12: a connection that gives its commands up', async () => {
  const server = await startServer();
  const given = new Redis(server.url, { commandTimeout: 4_000, lazyConnect: true });
  onTestFinished(() => given.disconnect());
  const coordinator = await startLooking(server.url, { connection: given } as object);
  expect(await found(coordinator, 'CFG12')).toMatchObject([
    { severity: 'critical', seen: 'commandTimeout is 4000 ms' },
  ]);
  expect(await found(await startLooking(server.url), 'CFG12')).toEqual([]);
}, 30_000);

test('CFG14: a dangerous switch, and a restart without it', async () => {
  const patient = await startPatient();
  await findAndMend(patient, 'CFG14', {
    ...{ severity: 'warning', seen: 'enable-debug-command is local' },
    byHand: () => patient.server.restart({ config: { 'enable-debug-command': 'no' } }),
  });
}, 30_000);

test('CFG15: a buffer for replicas below the data', async () => {
  const patient = await startPatient();
  const replica = await startServer({
    config: { replicaof: `127.0.0.1 ${patient.server.port}` },
  });
  const client = createClient(replica);
  await patient.redis.set('big', 'x'.repeat(3_000_000));
  await patient.redis.config('SET', 'client-output-buffer-limit', 'replica 1mb 1mb 60');
  await client.ping();
  await findAndMend(patient, 'CFG15', { severity: 'warning', seen: 'the limit is' });
}, 30_000);

test('CFG17: scripts that are not loaded', async () => {
  const patient = await startPatient();
  await patient.redis.script('FLUSH');
  await findAndMend(patient, 'CFG17', { severity: 'warning', seen: 'scripts of BullMQ' });
}, 30_000);

test('ERR01 and ERR02: a refusal inside a script, and one of another user', async () => {
  const patient = await startPatient({
    aclLines: ['user default on nopass ~* &* +@all', 'user app on >app ~* &* +@all -incr -config'],
  });
  const { server, coordinator } = patient;
  await look(coordinator);
  const app = createClient({ url: `redis://app:app@127.0.0.1:${server.port}` });
  await app.eval("return redis.call('incr', KEYS[1])", 1, 'x').catch(() => {});
  await app.config('GET', 'save').catch(() => {});
  const { findings } = await look(coordinator);
  expect(findings.filter(({ id }) => id.startsWith('ERR'))).toMatchObject([
    { id: 'ERR02', severity: 'critical', seen: expect.stringContaining('2 refusals; app') },
    { id: 'ERR01', severity: 'warning', seen: expect.stringContaining('NOPERM') },
  ]);
  await findAndMend(patient, 'ERR02', { severity: 'critical', seen: 'inside a script' });
  expect(await app.eval("return redis.call('incr', KEYS[1])", 1, 'x')).toBe(1);
  await app.config('GET', 'save').catch(() => {});
  await findAndMend(patient, 'ERR02', { severity: 'warning', seen: 'config|get' });
}, 30_000);

test('what the doctor itself is refused is neither an error nor a refusal, however often it looks', async () => {
  const { coordinator } = await startPatient({
    aclLines: ['user default on nopass ~* &* +@all -config -slowlog -latency -acl|getuser'],
  });
  await look(coordinator);
  const { findings } = await look(coordinator);
  expect(findings.filter(({ id }) => id.startsWith('ERR'))).toEqual([]);
  expect(findings.filter(({ severity }) => severity === 'unverified').length).toBeGreaterThan(3);
}, 30_000);

test('CON01: almost too many clients', async () => {
  const patient = await startPatient();
  const { redis } = patient;
  const connected = Number(/connected_clients:(\d+)/.exec(await redis.info('clients'))![1]);
  await redis.config('SET', 'maxclients', String(connected + 1));
  createClient(patient.server);
  await findAndMend(patient, 'CON01', { severity: 'critical', seen: 'clients' });
}, 30_000);

test('CON02: more connections of one process than Drover opens', async () => {
  const patient = await startPatient();
  for (let i = 0; i < 5; i += 1) {
    const client = new Redis(patient.server.url, { retryStrategy: () => null });
    client.on('error', () => {});
    onTestFinished(() => client.disconnect());
    await client.client('SETNAME', 'shop:bullmq-command:host:1');
  }
  await findAndMend(patient, 'CON02', { severity: 'warning', seen: '5 connections' });
}, 30_000);

test('CON03: jobs wait and nobody works', async () => {
  const patient = await startPatient();
  const queue = new Queue('mails', { connection: createClient(patient.server) });
  onTestFinished(() => queue.close());
  await queue.add('send', {});
  await findAndMend(patient, 'CON03', {
    ...{ severity: 'critical', seen: '1 jobs wait' },
    byHand: () => patient.coordinator.process('mails', async () => 'sent'),
  });
}, 30_000);

test('CON04: a connection whose other end is gone', async () => {
  const server = await startServer();
  const proxy = await startProxy({ target: { port: server.port } });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  // Not looked at before: the bulk socket comes after the silence.
  const coordinator = await startCoordinator({ url: proxy.url });
  await coordinator.queue('mails').add('send', {});
  proxy.mode = 'blackhole';
  expect(await found(coordinator, 'CON04')).toMatchObject([
    { severity: 'critical', seen: expect.stringContaining('has not answered') },
  ]);
  // It is closed and opened again by itself.
  await expect.poll(() => found(coordinator, 'CON04'), { timeout: 40_000 }).toEqual([]);
}, 60_000);

test('CON05: a reader that does not take its answers', async () => {
  const patient = await startPatient();
  await patient.redis.set('big', Buffer.alloc(50_000_000));
  const socket = connect(patient.server.port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.pause();
  socket.write('GET big\r\n'.repeat(3));
  await once(socket, 'connect');
  // Not the one that has just written as much.
  const seen = `127.0.0.1:${socket.localPort}) holds`;
  await findAndMend(patient, 'CON05', { severity: 'warning', seen });
}, 30_000);
