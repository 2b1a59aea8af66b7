/** Disk and speed of a real server: each fault is provoked, found by its id, mended as printed, and gone. */
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Ask, recordBackup } from '../../src/backup/keep/record-backup.ts';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { AGES_MS } from '../../src/config/ages.ts';
import { createKeys } from '../../src/keys.ts';
import { drover } from '../faces/command-line.ts';
import { createClient } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { until } from '../support/until.ts';
import { findAndMend, found, look, startLooking, startPatient, startServer } from './doctors.ts';
import { storeBackup } from './stored-backups.ts';

test('PER01: a snapshot that cannot be written', async () => {
  const patient = await startPatient({ config: { save: '3600 1' } });
  const { server, redis, coordinator } = patient;
  const inTheWay = join(server.dir, 'dump.rdb');
  mkdirSync(inTheWay);
  await redis.set('x', 1);
  await redis.bgsave();
  await until(async () => (await redis.info('persistence')).includes('bgsave_status:err'));
  await look(coordinator);
  await redis.set('x', 2).catch(() => {});
  await findAndMend(patient, 'PER01', {
    ...{ severity: 'critical', seen: 'rdb_last_bgsave_status is err' },
    byHand: () => rmdirSync(inTheWay),
  });
}, 30_000);

test('PER04: an append-only file that cannot be rewritten', async () => {
  const patient = await startPatient();
  const { server, redis } = patient;
  const inTheWay = join(server.dir, 'appendonlydir', 'appendonly.aof.2.base.rdb');
  mkdirSync(inTheWay);
  mkdirSync(join(inTheWay, 'x'));
  for (let i = 0; i < 2; i += 1) {
    await redis.bgrewriteaof();
    await until(async () =>
      /rewrite_in_progress:0\s+aof_rewrite_scheduled:0/.test(await redis.info('persistence')),
    );
  }
  await findAndMend(patient, 'PER04', {
    ...{ severity: 'warning', seen: 'rewrites failed in a row' },
    byHand: () => {
      rmdirSync(join(inTheWay, 'x'));
      rmdirSync(inTheWay);
    },
  });
}, 30_000);

test('PER05: a backup that is old and was never verified, until another one is made and verified', async () => {
  const { server, redis, coordinator } = await startPatient();
  const folder = mkdtempSync(join(tmpdir(), 'drover-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const unknown = (await look(coordinator)).findings.find(({ id }) => id === 'PER05');
  expect(unknown).toMatchObject({ severity: 'unverified' });
  const hourAgo = Date.now() - 3_600_000;
  const old = await storeBackup(folderStore(folder), hourAgo);
  const ask: Ask = (...words) => redis.call(words[0]!, ...words.slice(1));
  await recordBackup(ask, createKeys('coordinator'), old);
  const findings = await found(coordinator, 'PER05');
  expect(findings).toMatchObject([
    { severity: 'warning', seen: expect.stringMatching(/^the last backup is 1h 0m old$/) },
    { severity: 'warning', seen: 'no backup was verified yet' },
  ]);
  for (const { remedy } of findings) {
    const place = remedy[0]!.includes('verify') ? '--from' : '--to';
    const words = remedy[0]!.replace('npx drover ', '').split(' ');
    const { code, stderr } = await drover([...words, place, folder, '-r', server.url]);
    expect([remedy[0], code, stderr]).toEqual([remedy[0], 0, '']);
  }
  expect(await found(coordinator, 'PER05')).toEqual([]);
  const left = (await look(coordinator)).findings.filter(({ id }) => id === 'PER05');
  expect(left).toEqual([]);
}, 30_000);

test('LAT01: a server that is far away', async () => {
  const server = await startServer();
  const proxy = await startProxy({ target: { port: server.port } });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const coordinator = await startLooking(proxy.url);
  proxy.delay(30);
  await findAndMend({ redis: createClient(server), coordinator }, 'LAT01', {
    ...{ severity: 'warning', seen: 'a PING takes up to' },
    byHand: () => {
      proxy.delay(0);
    },
  });
}, 30_000);

const SPIN = `
  local from = redis.call('time')
  repeat local now = redis.call('time')
  until (now[1] - from[1]) * 1000 + (now[2] - from[2]) / 1000 > tonumber(ARGV[1])`;

test('LAT02: a script that holds everybody up', async () => {
  const patient = await startPatient();
  await patient.redis.eval(SPIN, 0, 120);
  await findAndMend(patient, 'LAT02', {
    severity: 'warning',
    seen: 'a script that is not of BullMQ',
  });
}, 30_000);

test('LAT05: the main thread has no time left', async () => {
  const { redis, coordinator } = await startPatient();
  // As often as it takes to get a processor for itself.
  const [finding] = await until(
    async () => {
      await look(coordinator);
      await redis.eval(SPIN, 0, 1_000);
      const busy = await found(coordinator, 'LAT05');
      return busy.length > 0 && busy;
    },
    { timeoutMs: 25_000 },
  );
  expect(finding).toMatchObject({ severity: 'warning' });
  await until(async () => (await found(coordinator, 'LAT05')).length === 0);
}, 30_000);

test('LAT03: a script that does not end', async () => {
  const patient = await startPatient({ config: { 'busy-reply-threshold': '200' } });
  await look(patient.coordinator);
  const other = createClient(patient.server);
  const running = other.eval('while true do end', 0).catch(() => {});
  await until(async () =>
    patient.redis.ping().then(
      () => false,
      (error: Error) => /BUSY/.test(error.message),
    ),
  );
  await findAndMend(patient, 'LAT03', { severity: 'critical', seen: 'BUSY' });
  await running;
}, 30_000);

test('LAT04: somebody walks through all keys, and somebody empties the server', async () => {
  const patient = await startPatient({
    aclLines: ['user default on nopass ~* &* +@all', 'user guest on >guest ~* &* +@all'],
  });
  const guest = createClient({ url: `redis://guest:guest@127.0.0.1:${patient.server.port}` });
  await look(patient.coordinator);
  await guest.keys('*');
  await guest.flushdb();
  await findAndMend(patient, 'LAT04', {
    ...{ severity: 'critical', seen: 'FLUSHALL or FLUSHDB ran 1 times', fill: { user: 'guest' } },
  });
  await guest.keys('*').catch(() => {});
  await guest.flushdb().catch(() => {});
  await until(async () => (await found(patient.coordinator, 'LAT04')).length === 0);
}, 30_000);

test('CLK01: a host with another time, by its heartbeat', async () => {
  const patient = await startPatient();
  const { redis } = patient;
  await redis.zadd('coordinator:hosts', Date.now(), 'other:1');
  await redis.hset('coordinator:hosts:other:1', { beatAt: Date.now() + 60_000, queues: '{}' });
  await redis.pexpire('coordinator:hosts:other:1', AGES_MS.workerHeartbeats);
  await findAndMend(patient, 'CLK01', {
    ...{ severity: 'critical', seen: 'the clock of other:1 is' },
    byHand: () => redis.del('coordinator:hosts:other:1'),
  });
}, 30_000);

test('LOD01: a server that reads its data says how long that takes', async () => {
  const { server, redis, coordinator } = await startPatient();
  const pipeline = redis.pipeline();
  for (let i = 0; i < 6_000; i += 1) pipeline.set(`filler:${i}`, 'x'.repeat(100));
  await pipeline.exec();
  await redis.call('BGREWRITEAOF');
  await until(async () =>
    /rewrite_in_progress:0\s+aof_rewrite_scheduled:0/.test(await redis.info('persistence')),
  );
  await server.restart({
    config: { 'key-load-delay': '500', 'loading-process-events-interval-bytes': '1024' },
    isAwaited: false,
  });
  await until(async () => {
    const [finding] = await found(coordinator, 'LOD01');
    return finding?.severity === 'warning' && finding.seen.includes('LOADING');
  });
  // The remedy is to wait.
  await server.waitUntilReady();
  await until(async () => (await look(coordinator)).server !== null);
  await until(async () => (await found(coordinator, 'LOD01')).length === 0);
}, 60_000);
