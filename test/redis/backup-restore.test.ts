/** Backups come back: every state of every queue, into the folder of a stopped server, and what was there is kept. */
import { chownSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FlowProducer, Queue, Worker } from 'bullmq';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { makeBackup } from '../../src/backup/make/make-backup.ts';
import type { BackupManifest } from '../../src/backup/manifest.ts';
import { readManifest } from '../../src/backup/read-backup.ts';
import { type RestoreOptions, restoreBackup } from '../../src/backup/restore/restore-backup.ts';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { verifyBackup } from '../../src/backup/verify-backup.ts';
import { resolveAddress } from '../../src/config/redis-address.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { clientOf, dataFolder, serverOn, temporaryFolder } from './backup-places.ts';

const place = temporaryFolder();
const store = folderStore(place);
let manifest: BackupManifest;

/** A queue of plain BullMQ's. */
function queueOn(server: RedisServer, name: string): Queue {
  const queue = new Queue(name, { connection: { host: server.host, port: server.port } });
  onTestFinished(() => queue.close());
  return queue;
}

function restore(dataDir: string, more: Partial<RestoreOptions> = {}) {
  return restoreBackup({ store, name: manifest.name, dataDir, ...more });
}

/** Every state that BullMQ knows. */
async function fill(server: RedisServer): Promise<void> {
  const connection = { host: server.host, port: server.port };
  const mails = new Queue('mails', { connection });
  await mails.addBulk(Array.from({ length: 20 }, (_, i) => ({ name: 'mail', data: { i } })));
  await mails.add('later', {}, { delay: 3_600_000, jobId: 'later-1' });
  await mails.add('overdue', {}, { delay: 1, jobId: 'overdue-1' });
  await mails.add('urgent', {}, { priority: 1 });
  await mails.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { name: 'night' });
  const done = new Queue('done', { connection });
  await done.addBulk(['good', 'good', 'bad'].map((name) => ({ name, data: {} })));
  const worker = new Worker(
    'done',
    async ({ name }) => {
      if (name === 'bad') throw new Error('bad');
    },
    { connection },
  );
  await until(async () => (await done.getJobCounts()).failed === 1);
  await until(async () => (await done.getJobCounts()).completed === 2);
  await worker.close();
  const hanging = new Queue('hanging', { connection });
  await hanging.addBulk([1, 2, 3].map((i) => ({ name: 'hang', data: { i } })));
  const hung = new Worker('hanging', () => new Promise(() => {}), {
    ...{ connection, concurrency: 2, lockDuration: 500, stalledInterval: 300 },
  });
  await until(async () => (await hanging.getJobCounts()).active === 2);
  await hung.close(true);
  const flows = new FlowProducer({ connection });
  await flows.add({
    name: 'parent',
    queueName: 'parents',
    children: [{ name: 'child', queueName: 'held' }],
  });
  const held = new Queue('held', { connection });
  await held.pause();
  await Promise.all([mails, done, hanging, flows, held].map((each) => each.close()));
}

beforeAll(async () => {
  const server = await startRedis({ config: { save: '' } });
  try {
    await fill(server);
    const address = resolveAddress(server.url, undefined)!;
    manifest = await makeBackup({ address, store });
  } finally {
    await server.stop();
  }
  return () => rmSync(place, { recursive: true, force: true });
});

test('a backup is verified, and its manifest says when', async () => {
  const report = await verifyBackup({ store, name: manifest.name });
  expect(report.problems).toEqual([]);
  expect(report.isRight).toBe(true);
  expect(report.queues.map(({ queue }) => queue)).toEqual([
    ...['done', 'hanging', 'held', 'mails', 'parents'],
  ]);
  expect((await readManifest(store, manifest.name)).verifiedAt).toBe(report.verifiedAt);
});

test('all states come back, paused, with ids that nobody had', async () => {
  const folder = dataFolder();
  const report = await restore(folder);
  expect(report).toMatchObject({ aside: null, problems: [], unknown: [] });
  expect(report.keys).toBeGreaterThan(manifest.counted.keys.least - 1);
  expect(report.queues).toEqual([
    { queue: 'done', wasPaused: false, active: 0, overdue: 0 },
    { queue: 'hanging', wasPaused: false, active: 2, overdue: 0 },
    { queue: 'held', wasPaused: true, active: 0, overdue: 0 },
    { queue: 'mails', wasPaused: false, active: 0, overdue: 1 },
    { queue: 'parents', wasPaused: false, active: 0, overdue: 0 },
  ]);
  const server = await serverOn(folder);
  const mails = queueOn(server, 'mails');
  expect(await mails.isPaused()).toBe(true);
  expect(await mails.getJobCounts()).toMatchObject({ waiting: 20, delayed: 3, prioritized: 1 });
  expect((await mails.getJob('later-1'))?.delay).toBe(3_600_000);
  expect((await mails.getJobSchedulers()).map(({ key }) => key)).toEqual(['nightly']);
  expect(await queueOn(server, 'done').getJobCounts()).toMatchObject({ completed: 2, failed: 1 });
  expect(await queueOn(server, 'parents').getJobCounts()).toMatchObject({ 'waiting-children': 1 });
  const { id } = await mails.add('new', {});
  expect(Number(id)).toBeGreaterThan(1_000_000);
});

test('what was active runs again once the queue goes on', { timeout: 60_000 }, async () => {
  const folder = dataFolder();
  await restore(folder);
  const server = await serverOn(folder);
  const hanging = queueOn(server, 'hanging');
  const ran: string[] = [];
  const worker = new Worker('hanging', async ({ id }) => void ran.push(id!), {
    ...{ connection: { host: server.host, port: server.port }, stalledInterval: 200 },
    maxStalledCount: 3,
  });
  onTestFinished(() => worker.close(true));
  await worker.waitUntilReady();
  await hanging.resume();
  await until(() => new Set(ran).size === 3);
});

test('a server finds the data with an append-only file and without', async () => {
  const folder = dataFolder();
  await restore(folder);
  const without = await serverOn(folder, { appendonly: 'no' });
  expect(await clientOf(without).llen('bull:mails:wait')).toBe(20);
  // The trap: a server with an append-only file takes no notice of a dump alone.
  rmSync(join(folder, 'appendonlydir'), { recursive: true });
  const trapped = await serverOn(folder);
  expect(await clientOf(trapped).dbsize()).toBe(0);
});

test('data that is there is left alone, or set aside by force', async () => {
  const other = await startRedis();
  onTestFinished(() => other.stop());
  const client = clientOf(other);
  await client.set('kept', 'yes');
  await client.save();
  await other.shutdown();
  const before = readdirSync(join(other.dir, 'appendonlydir')).sort();
  await expect(restore(other.dir)).rejects.toMatchObject({
    code: 'RESTORE_REFUSED',
    message: expect.stringContaining('dump.rdb, appendonlydir'),
  });
  expect(readdirSync(join(other.dir, 'appendonlydir')).sort()).toEqual(before);
  const { aside } = await restore(other.dir, { isForced: true });
  expect(aside).toMatch(/^before-restore-/);
  const kept = await serverOn(join(other.dir, aside!));
  expect(await clientOf(kept).get('kept')).toBe('yes');
  await other.restart();
  expect(await client.get('kept')).toBeNull();
  expect(await client.llen('bull:mails:wait')).toBe(20);
  // It goes on as any: written anew, and started again.
  await client.set('later', 'yes');
  await client.bgrewriteaof();
  await until(async () => /aof_rewrite_in_progress:0/.test(await client.info('persistence')));
  await other.restart();
  expect(await client.get('later')).toBe('yes');
  expect(existsSync(join(other.dir, '.restoring'))).toBe(false);
});

test('a folder that a server uses is refused; by force the server is ended first', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const client = clientOf(server);
  await client.set('kept', 'yes');
  const { pid } = server;
  await expect(restore(server.dir)).rejects.toMatchObject({
    code: 'RESTORE_REFUSED',
    message: expect.stringContaining(String(pid)),
  });
  expect(await client.get('kept')).toBe('yes');
  const { aside } = await restore(server.dir, { isForced: true });
  await until(() => !server.isRunning);
  await server.restart();
  expect(await client.llen('bull:mails:wait')).toBe(20);
  const kept = await serverOn(join(server.dir, aside!));
  expect(await clientOf(kept).get('kept')).toBe('yes');
});

test.runIf(process.getuid?.() === 0)('the data belongs to whom the folder belongs to', async () => {
  const folder = dataFolder();
  chownSync(folder, 4_711, 4_712);
  await restore(folder);
  const inner = join(folder, 'appendonlydir');
  const all = [join(folder, 'dump.rdb'), inner, ...readdirSync(inner).map((n) => join(inner, n))];
  expect(all.length).toBe(5);
  for (const path of all) {
    const { uid, gid, mode } = statSync(path);
    expect([uid, gid, mode & 0o077]).toEqual([4_711, 4_712, 0]);
  }
});
