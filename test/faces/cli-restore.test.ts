/** `drover verify`, `restore`, `backup drill` and `backup rewind`: what people and programs are told, and exit codes. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { BackupManifest } from '../../src/backup/manifest.ts';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { backupOfMails, clientOf, dataFolder, temporaryFolder } from '../redis/backup-places.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { drover } from './command-line.ts';

const place = temporaryFolder();
let manifest: BackupManifest;

beforeAll(async () => {
  manifest = await backupOfMails(folderStore(place));
  return () => rmSync(place, { recursive: true, force: true });
});

test('verify tells of each queue, and has an answer for programs', async () => {
  const told = await drover(['verify', '--from', place]);
  expect(told.code).toBe(0);
  expect(told.stdout).toContain(`${manifest.name} in ${place} is whole and loads`);
  expect(told.stdout).toContain('  mails: 20 waiting');
  const { code, stdout } = await drover([
    'backup',
    'verify',
    manifest.name,
    '--from',
    place,
    '--json',
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ name: manifest.name, isRight: true, problems: [] });
});

test('a place without backups, a name that is none and a damaged backup end in different ways', async () => {
  const empty = await drover(['verify', '--from', dataFolder()]);
  expect([empty.code, empty.stderr]).toEqual([
    3,
    expect.stringContaining('no backup with the label "queue"'),
  ]);
  const unnamed = await drover(['verify', 'nothing', '--from', place]);
  expect(unnamed.code).toBe(2);
  const unreadable = await drover(['verify', '--from', place, '--identity', '/nowhere/key']);
  expect([unreadable.code, unreadable.stderr]).toEqual([2, expect.stringContaining('--identity')]);
});

test('restore says what to expect and how the queues go on', async () => {
  const folder = dataFolder();
  const { code, stdout } = await drover(['restore', '--from', place, '--data-dir', folder]);
  expect(code).toBe(0);
  expect(stdout).toContain('0 jobs were active and run again');
  expect(stdout).toContain('    npx drover queue resume mails\n');
  expect(readdirSync(folder).sort()).toEqual(['appendonlydir', 'dump.rdb']);
});

test('a running server is ended only when it was forced and confirmed', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  await clientOf(server).set('kept', 'yes');
  const args = ['restore', '--from', place, '--data-dir', server.dir];
  const refused = await drover(args);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('RESTORE_REFUSED')]);
  const unconfirmed = await drover([...args, '--force']);
  expect([unconfirmed.code, unconfirmed.stderr]).toEqual([2, expect.stringContaining('--yes')]);
  expect(server.isRunning).toBe(true);
  const forced = await drover([...args, '--force', '--yes']);
  expect([forced.stderr, forced.code]).toEqual(['', 0]);
  await until(() => !server.isRunning);
  expect(forced.stdout).toMatch(/What was there is in .*before-restore-/);
});

test('the server at the address is found by the folder that it names', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const args = ['restore', '--from', place, '--data-dir', server.dir, '-r', server.url];
  const { code, stderr } = await drover(args);
  expect([code, stderr]).toEqual([1, expect.stringContaining('is used by')]);
});

test('drill prints each step with its time', async () => {
  const { code, stdout } = await drover(['backup', 'drill', 'latest', '--from', place]);
  expect(code).toBe(0);
  expect(stdout.match(/^ok {3}/gm)).toHaveLength(6);
  expect(stdout).toContain(`${manifest.name} comes back`);
});

test('rewind takes times that mean the same everywhere', async () => {
  const folder = dataFolder();
  const args = ['backup', 'rewind', '--data-dir', folder, '--out', join(folder, 'out')];
  for (const time of ['yesterday', '2026-01-01T07:00:00', '99999999999'])
    expect([time, (await drover([...args, '--to-time', time])).code]).toEqual([time, 2]);
  const { code, stderr } = await drover([...args, '--to-time', '2026-01-01T07:00:00Z']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('holds no append-only file')]);
});
