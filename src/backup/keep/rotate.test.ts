/** Listing and rotating real files: what is deleted in which order, what stays, and what a kill in between leaves. */
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { storeBackup } from '../../../test/redis/stored-backups.ts';
import type { BackupStore } from '../store/backup-store.ts';
import { folderStore } from '../store/folder-store.ts';
import { listBackups } from './list-backups.ts';
import { type Rotated, rotate } from './rotate.ts';

const DAY = 24 * 3_600_000;
const NOW = Date.parse('2026-11-27T07:00:00Z');
const LAST_TWO = { recent: 2, daily: 0, weekly: 0, monthly: 0 };

function newStore(): { store: BackupStore; path: string; files: () => string[] } {
  const path = mkdtempSync(join(tmpdir(), 'drover-rotate-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return { store: folderStore(path), path, files: () => readdirSync(path).sort() };
}

const rotateAt = (store: BackupStore, now = NOW, label = 'queue'): Promise<Rotated> =>
  rotate(store, { label, keep: LAST_TWO, now });

it('a list has the newest first, with what each one is', async () => {
  const { store } = newStore();
  expect(await listBackups(store)).toEqual([]);
  await storeBackup(store, NOW - DAY, { verifiedAt: NOW, encryption: 'age' });
  await storeBackup(store, NOW);
  await storeBackup(store, NOW - 2 * DAY, { label: 'other' });
  expect(await listBackups(store)).toMatchObject([
    { name: 'queue-20261127T070000Z', madeAt: NOW, encryption: 'none', verifiedAt: null },
    { name: 'queue-20261126T070000Z', encryption: 'age', verifiedAt: NOW, problem: null },
    { name: 'other-20261125T070000Z', label: 'other', bytes: expect.any(Number) },
  ]);
  expect(await listBackups(store, { label: 'other' })).toHaveLength(1);
});

it('a backup that cannot be used is listed with what is wrong, and the others as ever', async () => {
  const { store, path } = newStore();
  const [cut, gone] = [
    await storeBackup(store, NOW - DAY),
    await storeBackup(store, NOW - 2 * DAY),
  ];
  await storeBackup(store, NOW);
  truncateSync(join(path, cut.stored.file), 3);
  rmSync(join(path, gone.stored.file));
  writeFileSync(join(path, 'queue-20261124T070000Z.json'), '{"version":');
  writeFileSync(join(path, 'queue-20269999T999999Z.json'), '{}');
  writeFileSync(join(path, 'package.json'), '{}');
  expect((await listBackups(store)).map(({ name, problem }) => [name, problem])).toEqual([
    ['queue-20261127T070000Z', null],
    ['queue-20261126T070000Z', `its file has 3 bytes and had ${cut.stored.bytes}`],
    ['queue-20261125T070000Z', 'its file queue-20261125T070000Z.rdb.gz is missing'],
    ['queue-20261124T070000Z', expect.stringContaining('it is not JSON')],
    ['queue-20269999T999999Z', expect.stringContaining('cannot be used')],
  ]);
});

it('rotation deletes manifest and file of what goes, and nothing else', async () => {
  const { store, path, files } = newStore();
  for (let day = 0; day < 4; day += 1) await storeBackup(store, NOW - day * DAY);
  await storeBackup(store, NOW - 5 * DAY, { encryption: 'age' });
  await storeBackup(store, NOW - 9 * DAY, { label: 'other' });
  for (const file of ['notes.txt', 'queue-20261101T070000Z.txt', 'dump.rdb.gz', 'x-1.rdb.gz'])
    writeFileSync(join(path, file), '');
  expect(await rotateAt(store)).toEqual({
    deleted: ['queue-20261122T070000Z', 'queue-20261124T070000Z', 'queue-20261125T070000Z'],
    ...{ swept: [], ahead: [] },
  });
  expect(files()).toEqual([
    'dump.rdb.gz',
    'notes.txt',
    ...['other-20261118T070000Z.json', 'other-20261118T070000Z.rdb.gz'],
    'queue-20261101T070000Z.txt',
    ...['queue-20261126T070000Z.json', 'queue-20261126T070000Z.rdb.gz'],
    ...['queue-20261127T070000Z.json', 'queue-20261127T070000Z.rdb.gz'],
    'x-1.rdb.gz',
  ]);
});

it('what is damaged takes no place of a good one, and stays', async () => {
  const { store, path, files } = newStore();
  for (let day = 2; day < 4; day += 1) await storeBackup(store, NOW - day * DAY);
  for (const day of [0, 1]) {
    const { name } = await storeBackup(store, NOW - day * DAY);
    truncateSync(join(path, `${name}.json`), 20);
  }
  expect((await rotateAt(store)).deleted).toEqual([]);
  expect(files()).toHaveLength(8);
});

it('a kill after the manifest leaves a file that is no backup and goes when it is old', async () => {
  const { store, files } = newStore();
  for (let day = 0; day < 3; day += 1) await storeBackup(store, NOW - day * DAY);
  const killed: BackupStore = {
    ...store,
    where: store.where,
    list: (signal) => store.list(signal),
    get: (name, signal) => store.get(name, signal),
    async delete(name, signal) {
      if (!name.endsWith('.json')) throw new Error('killed');
      await store.delete(name, signal);
    },
  };
  await expect(rotateAt(killed)).rejects.toThrow('killed');
  expect((await listBackups(store)).map(({ problem }) => problem)).toEqual([null, null]);
  expect(files()).toContain('queue-20261125T070000Z.rdb.gz');
  expect((await rotateAt(store)).swept).toEqual(['queue-20261125T070000Z.rdb.gz']);
  expect(files()).toHaveLength(4);
});

it('the file of a backup that is being made is not swept, nor by a clock that fell back', async () => {
  const { store, path } = newStore();
  for (const file of ['queue-20261126T080000Z.rdb.gz', 'queue-20261125T070000Z.rdb.gz.age'])
    writeFileSync(join(path, file), '');
  expect((await rotateAt(store, NOW, 'other')).swept).toEqual([]);
  expect((await rotateAt(store, NOW - 90 * DAY)).swept).toEqual([]);
  expect((await rotateAt(store)).swept).toEqual(['queue-20261125T070000Z.rdb.gz.age']);
});

it('what is dated ahead of now stays and is told', async () => {
  const { store } = newStore();
  for (const day of [-400, 0, 1, 2]) await storeBackup(store, NOW - day * DAY);
  expect(await rotateAt(store)).toEqual({
    deleted: ['queue-20261125T070000Z'],
    swept: [],
    ahead: ['queue-20280101T070000Z'],
  });
});

it('two that rotate at once, and one that lists meanwhile, do as one', async () => {
  const { store, files } = newStore();
  for (let day = 0; day < 12; day += 1) await storeBackup(store, NOW - day * DAY);
  const [, , listed] = await Promise.all([rotateAt(store), rotateAt(store), listBackups(store)]);
  expect(listed.filter(({ madeAt }) => madeAt! > NOW - 2 * DAY)).toHaveLength(2);
  expect(files()).toHaveLength(4);
});
