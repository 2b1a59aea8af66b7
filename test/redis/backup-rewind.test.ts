/** Data as it was at a second in the past, out of the append-only file of a server that runs; and the drill. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { drillBackup } from '../../src/backup/drill.ts';
import { rewindData } from '../../src/backup/restore/rewind.ts';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { backupOfMails, clientOf, dataFolder, serverOn, temporaryFolder } from './backup-places.ts';

async function serverWithTimes(): Promise<{ server: RedisServer; client: Redis }> {
  const server = await startRedis({ config: { 'aof-timestamp-enabled': 'yes' } });
  onTestFinished(() => server.stop());
  return { server, client: clientOf(server) };
}

/** The second that the server has just left: all that was written is in it or before. */
async function secondPassed(client: Redis): Promise<number> {
  const [second] = await client.time();
  await until(async () => Number((await client.time())[0]) > Number(second));
  return Number(second);
}

function filesIn(folder: string): [string, string][] {
  const inner = join(folder, 'appendonlydir');
  return readdirSync(inner).map((name) => [name, readFileSync(join(inner, name), 'latin1')]);
}

test('a FLUSHALL is undone in a new folder, while the server goes on', async () => {
  const { server, client } = await serverWithTimes();
  const queue = new Queue('mails', { connection: { host: server.host, port: server.port } });
  onTestFinished(() => queue.close());
  await queue.addBulk(Array.from({ length: 5 }, () => ({ name: 'mail', data: {} })));
  const toSeconds = await secondPassed(client);
  await client.flushall();
  await client.set('after', 'yes');
  const before = filesIn(server.dir);
  const out = join(dataFolder(), 'rewound');
  const report = await rewindData({ dataDir: server.dir, toSeconds, out });
  expect(report.queues).toEqual([{ queue: 'mails', wasPaused: false, active: 0, overdue: 0 }]);
  // The server may still write what it was told before; nothing else changes.
  const after = new Map(filesIn(server.dir));
  expect([...after.keys()]).toEqual(before.map(([name]) => name));
  for (const [name, text] of before) expect(after.get(name)!.startsWith(text)).toBe(true);
  expect(await client.get('after')).toBe('yes');
  const rewound = await serverOn(out);
  const there = clientOf(rewound);
  expect(await there.llen('bull:mails:wait')).toBe(5);
  expect(await there.hget('bull:mails:meta', 'paused')).toBe('1');
  expect(await there.exists('after')).toBe(0);
});

test('what lies before the file is refused, and no folder is left', async () => {
  const { server, client } = await serverWithTimes();
  await client.set('a', 1);
  const out = join(dataFolder(), 'rewound');
  await expect(
    rewindData({ dataDir: server.dir, toSeconds: 1_000_000_000, out }),
  ).rejects.toMatchObject({
    code: 'BACKUP_FAILED',
    message: expect.stringMatching(/reaches back to \d{8}T\d{6}Z/),
  });
  expect(existsSync(out)).toBe(false);
});

test('an append-only file without times says how they come into it', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  await clientOf(server).set('a', 1);
  const toSeconds = Math.floor(systemClock.now() / 1_000);
  const out = join(dataFolder(), 'rewound');
  await expect(rewindData({ dataDir: server.dir, toSeconds, out })).rejects.toMatchObject({
    message: expect.stringContaining('aof-timestamp-enabled yes'),
  });
});

test('a folder that holds something is not rewound into', async () => {
  const { server } = await serverWithTimes();
  await expect(
    rewindData({ dataDir: server.dir, toSeconds: 1_800_000_000, out: server.dir }),
  ).rejects.toMatchObject({ message: expect.stringContaining('is not empty') });
});

test('the drill goes the whole way and touches nothing but the time of its verification', async () => {
  const place = temporaryFolder();
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const store = folderStore(place);
  const { name } = await backupOfMails(store);
  const drill = await drillBackup({ store, name });
  expect(drill.steps.map(({ step, isRight }) => [step, isRight])).toEqual(
    ['verify', 'restore', 'start', 'compare', 'paused', 'run a job'].map((step) => [step, true]),
  );
  expect(drill.isRight).toBe(true);
  expect(readdirSync(place).sort()).toEqual([`${name}.json`, `${name}.rdb.gz`]);
});
