/** Keeping backups at the command line: they are noted, listed, and old ones go. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { createKeys } from '../../src/keys.ts';
import { readBackups } from '../../src/metrics/backup-records.ts';
import { drover } from '../faces/command-line.ts';
import { createClient } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { storeBackup } from './stored-backups.ts';

const DAY = 24 * 3_600_000;
const keys = createKeys('coordinator');
let server: RedisServer;

beforeAll(async () => {
  server = await startRedis({ aclLines: ['user default on nopass ~* &* +@all'] });
}, 30_000);
afterAll(() => server.stop());

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drover-keeping-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const make = (to: string, ...flags: readonly string[]) =>
  drover(['backup', 'make', '--to', to, ...flags], { env: { REDIS_URL: server.url } });

describe('drover backup make', () => {
  test('has Redis take a note, and verify adds to it', async () => {
    const redis = createClient({ url: server.adminUrl });
    const folder = newFolder();
    const { code, stdout } = await make(folder, '--json');
    const { name, madeAt, stored } = JSON.parse(stdout);
    expect(code).toBe(0);
    const noted = { label: 'queue', name, madeAt, bytes: stored.bytes };
    expect(await readBackups(redis, keys)).toEqual([
      { ...noted, verifiedAt: null, verifiedName: null },
    ]);
    const env = { REDIS_URL: server.url };
    const verified = await drover(['backup', 'verify', 'latest', '--from', folder], { env });
    expect([verified.code, verified.stderr]).toEqual([0, '']);
    const [record] = await readBackups(redis, keys);
    expect(record).toEqual({ ...noted, verifiedAt: expect.any(Number), verifiedName: name });
  }, 30_000);

  test('a Redis that takes no note is said to, and the backup is there', async () => {
    const redis = createClient({ url: server.adminUrl });
    await redis.call('ACL', 'SETUSER', 'default', 'resetkeys', '%R~*');
    onTestFinished(async () => {
      await redis.call('ACL', 'SETUSER', 'default', 'allkeys');
    });
    const folder = newFolder();
    const { code, stderr } = await make(folder);
    expect(code).toBe(0);
    expect(stderr).toContain(
      'Redis was not told of this backup (its user lacks ~coordinator:backups',
    );
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test('lets old ones go that no flag keeps, and says how many', async () => {
    const folder = newFolder();
    const store = folderStore(folder);
    for (let day = 1; day <= 5; day += 1) await storeBackup(store, Date.now() - day * DAY);
    await storeBackup(store, Date.now() - 9 * DAY, { label: 'other' });
    const none = ['--keep-daily', '0', '--keep-weekly', '0', '--keep-monthly', '0'];
    const { code, stdout } = await make(folder, '--keep-recent', '3', ...none);
    expect(code).toBe(0);
    expect(stdout).toContain('3 old ones were let go');
    const kept = readdirSync(folder).filter((file) => file.endsWith('.json'));
    expect(kept.map((file) => file.split('-2')[0])).toEqual(['other', 'queue', 'queue', 'queue']);
    // By default there is room for all of these.
    expect((await make(folder)).stdout).not.toContain('let go');
  });

  test('that old ones cannot be deleted costs no backup, and ends with 6', async () => {
    const folder = newFolder();
    const { name } = await storeBackup(folderStore(folder), Date.now() - DAY);
    // A folder cannot be unlinked, not even by root.
    mkdirSync(join(folder, `${name}.rdb.gz.age`));
    const none = ['--keep-daily', '0', '--keep-weekly', '0', '--keep-monthly', '0'];
    const { code, stdout, stderr } = await make(folder, '--keep-recent', '1', ...none);
    expect(stdout).toContain('Backed up');
    expect([code, stderr]).toEqual([6, expect.stringContaining('old ones could not all be')]);
    const made = readdirSync(folder).filter((file) => !file.startsWith(name));
    expect(made).toHaveLength(2);
  });

  test('a count that is none is a mistake before anything is done', async () => {
    const folder = newFolder();
    const { code, stderr } = await make(folder, '--keep-daily', '-1');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--keep-daily')]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('drover backup list', () => {
  test('shows what is there, and damaged ones as such', async () => {
    const folder = newFolder();
    const store = folderStore(folder);
    const whole = await storeBackup(store, Date.now() - 90_000, { verifiedAt: Date.now() });
    const cut = await storeBackup(store, Date.now() - DAY, { encryption: 'age' });
    const broken = await storeBackup(store, Date.now() - 2 * DAY, { label: 'other' });
    truncateSync(join(folder, cut.stored.file), 1);
    truncateSync(join(folder, `${broken.name}.json`), 30);
    const { code, stdout } = await drover(['backup', 'list', '--from', folder]);
    expect(code).toBe(0);
    const [head, ...rows] = stdout.trim().split('\n');
    expect(head).toMatch(/^NAME +AGE +SIZE +ENCRYPTED +VERIFIED UTC +PROBLEM$/);
    expect(rows[0]).toMatch(new RegExp(`^${whole.name} +1m 3\\ds +\\d+ B +none +20\\d\\d-.* -$`));
    expect(rows[1]).toMatch(new RegExp(`^${cut.name} +24h 0m .* age +- +its file has 1 bytes`));
    expect(rows[2]).toMatch(new RegExp(`^${broken.name} +48h 0m +- +- +- +The manifest .*JSON`));
    const json = await drover(['backup', 'list', '--from', folder, '--label', 'other', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      where: folder,
      backups: [{ name: broken.name, bytes: null, problem: expect.any(String) }],
    });
  });

  test('a place without any is no error, and one that cannot be is', async () => {
    const none = await drover(['backup', 'list', '--from', join(newFolder(), 'none')]);
    expect([none.code, none.stderr]).toEqual([0, 'There are no backups.\n']);
    const from = 's3://key:secret@bucket/x';
    const wrong = await drover(['backup', 'list', '--from', from]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('AWS_* variables')]);
    expect(wrong.stderr).not.toContain('secret');
  });
});
