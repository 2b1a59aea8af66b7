/** What is wrong with a backup, a folder or a disk is told, and whatever was there stays as it was. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BackupManifest } from '../../src/backup/manifest.ts';
import { readManifest } from '../../src/backup/read-backup.ts';
import { type RestoreOptions, restoreBackup } from '../../src/backup/restore/restore-backup.ts';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { verifyBackup } from '../../src/backup/verify-backup.ts';
import { createDeferred } from '../../src/base/deferred.ts';
import { startApp } from '../support/child-app.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { backupOfMails, clientOf, dataFolder, serverOn, temporaryFolder } from './backup-places.ts';

const CHILD = new URL('./restore-child.mjs', import.meta.url).pathname;
/** At which it is killed: those before change nothing. */
const AFTER = ['looks', 'replaces the dump', 'clears', 'none'];
const STEPS = ['writes', 'sets aside', 'brings', 'switches', ...AFTER.slice(0, -1)];
const LONG = { timeout: 90_000 };
const place = temporaryFolder();
const store = folderStore(place);
let manifest: BackupManifest;

beforeAll(async () => {
  manifest = await backupOfMails(store);
  return () => rmSync(place, { recursive: true, force: true });
});

function restore(dataDir: string, more: Partial<RestoreOptions> = {}) {
  return restoreBackup({ store, name: manifest.name, dataDir, ...more });
}

/** A copy of the backup whose snapshot was changed; its manifest knows of it, as one of whoever can write both. */
function changed(change: (plain: Buffer) => Buffer, more: Partial<BackupManifest> = {}) {
  const folder = dataFolder();
  const plain = change(gunzipSync(readFileSync(join(place, manifest.stored.file))));
  const stored = gzipSync(plain);
  const sumOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');
  const own: BackupManifest = {
    ...manifest,
    stored: { ...manifest.stored, bytes: stored.length, sha256: sumOf(stored) },
    plain: { bytes: plain.length, sha256: sumOf(plain) },
    ...more,
  };
  writeFileSync(join(folder, manifest.stored.file), stored);
  writeFileSync(join(folder, `${manifest.name}.json`), JSON.stringify(own));
  return { store: folderStore(folder), name: manifest.name };
}

/** A server that has stopped, with data of its own. */
async function stoppedServer(): Promise<RedisServer> {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const client = clientOf(server);
  await client.set('kept', 'yes');
  await client.save();
  await server.shutdown();
  return server;
}

describe('a backup', () => {
  test('of a newer server names the server that is needed', async () => {
    const newer = changed((plain) => Buffer.concat([Buffer.from('REDIS0099'), plain.subarray(9)]), {
      rdbVersion: 99,
    });
    const told = {
      code: 'BACKUP_DAMAGED',
      message: expect.stringMatching(/newer server \(RDB 99.* cannot read that: install/),
    };
    await expect(verifyBackup(newer)).rejects.toMatchObject(told);
    const folder = dataFolder();
    await expect(restore(folder, newer)).rejects.toMatchObject(told);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['cut short', (plain: Buffer) => plain.subarray(0, plain.length - 40), /cut short|damaged/],
    ['changed', (plain: Buffer) => plain.fill(0xff, plain.length - 8), /checksum is wrong/],
  ])('that is %s inside is told apart by the server', async (_, change, message) => {
    const folder = dataFolder();
    await expect(restore(folder, changed(change))).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
      message: expect.stringMatching(message),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that is cut short in its store is found out before anything is loaded', async () => {
    const cut = changed((plain) => plain);
    const file = join(cut.store.where, manifest.stored.file);
    writeFileSync(file, readFileSync(file).subarray(0, 100));
    await expect(restore(dataFolder(), cut)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    await expect(verifyBackup(cut)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  });

  test('that lacks jobs is reported, and not written down as verified', async () => {
    const more = { ...manifest.counted.queues.mails!.most, waiting: 21 };
    const queues = { mails: { least: more, most: more } };
    const lacking = changed((plain) => plain, { counted: { ...manifest.counted, queues } });
    const report = await verifyBackup(lacking);
    expect(report).toMatchObject({
      isRight: false,
      problems: ['queue mails has 20 waiting jobs, and 21 were counted'],
    });
    expect((await readManifest(lacking.store, lacking.name)).verifiedAt).toBeNull();
  });

  test('that is encrypted is verified with its identity alone', async () => {
    const age = await import('age-encryption');
    const identity = await age.generateIdentity();
    const folder = folderStore(dataFolder());
    const { name } = await backupOfMails(folder, [await age.identityToRecipient(identity)]);
    await expect(verifyBackup({ store: folder, name })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('--identity'),
    });
    const other = [await age.generateIdentity()];
    await expect(verifyBackup({ store: folder, name, identities: other })).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
    });
    expect(await verifyBackup({ store: folder, name, identities: [identity] })).toMatchObject({
      isRight: true,
    });
  });

  test('cannot be loaded without a server', async () => {
    await expect(
      verifyBackup({ store, name: manifest.name, redisServer: './no-such-server' }),
    ).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining('--redis-server'),
    });
  });
});

describe('a restore', () => {
  test('that is killed at any step leaves the old data or the new, whole', LONG, async () => {
    const server = await stoppedServer();
    const scratch = dataFolder();
    const env = {
      ...{ STORE: place, NAME: manifest.name, DATA_DIR: server.dir, FORCE: '1' },
      TMPDIR: scratch,
    };
    const client = clientOf(server);
    for (const step of [...STEPS, 'none']) {
      await using app = startApp(CHILD, { env: { ...env, KILL_AT: step } });
      await app.exited;
      expect(app.output.at(-1)).toBe(step === 'none' ? 'done' : step);
      await until(() => readdirSync(scratch).length === 0);
      await server.restart();
      const isNew = (await client.llen('bull:mails:wait')) === 20;
      const isOld = (await client.get('kept')) === 'yes';
      expect([step, isOld, isNew]).toEqual([step, !AFTER.includes(step), AFTER.includes(step)]);
      // What was switched to stays; the next one is to find old data again.
      if (isNew) await client.multi().flushall().set('kept', 'yes').exec();
      await server.shutdown();
    }
    expect(readdirSync(server.dir).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('is the only one in its folder', async () => {
    const folder = dataFolder();
    const reached = createDeferred<void>();
    const go = createDeferred<void>();
    const first = restore(folder, {
      onProgress: (step) => {
        if (step !== 'pauses') return;
        reached.resolve();
        return go.promise;
      },
    });
    await reached.promise;
    await expect(restore(folder)).rejects.toMatchObject({
      code: 'RESTORE_REFUSED',
      message: expect.stringContaining(String(process.pid)),
    });
    go.resolve();
    expect((await first).queues).toHaveLength(1);
  });

  test.each(['brings', 'switches'])(
    'is taken back when a server comes up at the step "%s"',
    async (at) => {
      const server = await stoppedServer();
      const before = readdirSync(join(server.dir, 'appendonlydir')).sort();
      const onProgress = (step: string) => (step === at ? server.restart() : undefined);
      await expect(restore(server.dir, { isForced: true, onProgress })).rejects.toMatchObject({
        code: 'RESTORE_REFUSED',
      });
      const client = clientOf(server);
      expect(await client.get('kept')).toBe('yes');
      await client.set('more', 'yes');
      await server.restart();
      expect(await client.mget('kept', 'more')).toEqual(['yes', 'yes']);
      expect(readdirSync(join(server.dir, 'appendonlydir')).sort()).toEqual(before);
      expect(readdirSync(server.dir).filter((name) => /restor/.test(name))).toEqual([]);
    },
  );

  test('on a disk without room says how much is needed, or that it became full', async (context) => {
    const folder = dataFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
    if (mounted.status !== 0) {
      process.stdout.write(`skipped: no small disk can be mounted (${mounted.stderr})\n`);
      return context.skip('no small disk can be mounted here');
    }
    onTestFinished(() => void spawnSync('umount', ['-l', folder]));
    const large = changed((plain) => plain, { plain: { ...manifest.plain, bytes: 10_000_000 } });
    await expect(restore(folder, large)).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringMatching(/2\d\d KB free and 19 MB are needed/),
    });
    const filled = join(folder, 'filled');
    const onProgress = (step: string) => {
      if (step === 'pauses') spawnSync('dd', ['if=/dev/zero', `of=${filled}`, 'bs=4k']);
    };
    await expect(restore(folder, { onProgress })).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringMatching(/No space left/),
    });
    expect(readdirSync(folder)).toEqual(['filled']);
  });
});

test('a restored server that ran before 7.0 does not load its old file', async () => {
  const folder = dataFolder();
  writeFileSync(join(folder, 'appendonly.aof'), '*3\r\n$3\r\nset\r\n$4\r\nkept\r\n$3\r\nyes\r\n');
  await expect(restore(folder)).rejects.toMatchObject({ code: 'RESTORE_REFUSED' });
  const { aside } = await restore(folder, { isForced: true });
  expect(existsSync(join(folder, aside!, 'appendonly.aof'))).toBe(true);
  const client = clientOf(await serverOn(folder));
  expect([await client.get('kept'), await client.llen('bull:mails:wait')]).toEqual([null, 20]);
});
