/** Backups that fail: nothing that counts is left, earlier ones and Redis are as they were, and it is said what to do. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readManifest } from '../../src/backup/read-backup.ts';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { DROVER, drover } from '../faces/command-line.ts';
import { createClient } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { actingStore, backUp, namesIn, noise, plainOf, temporaryFolder } from './backups.ts';

let server: RedisServer;
let small: RedisServer;
beforeAll(async () => {
  [server, small] = await Promise.all([startFilled(), startRedis()]);
});
afterAll(() => Promise.all([server.stop(), small.stop()]));

/** A server with so much that it cannot all be on its way at once. */
async function startFilled(): Promise<RedisServer> {
  const started = await startRedis();
  const redis = new Redis(started.url);
  const value = noise(1_000_000);
  for (let i = 0; i < 20; i += 1) await redis.set(`big:${i}`, `${i}${value}`);
  redis.disconnect();
  return started;
}

/** Makes a good backup; what proves later that it is still there. */
async function withEarlier(folder: string): Promise<() => Promise<void>> {
  const store = folderStore(folder);
  const { name } = await backUp(small, store, { label: 'earlier' });
  return async () => {
    const plain = await plainOf(store, await readManifest(store, name));
    expect(plain.subarray(0, 5).toString()).toBe('REDIS');
    const others = (await namesIn(folder)).filter((each) => !each.startsWith('earlier-'));
    expect(others).toEqual([]);
    expect(readdirSync(folder).filter((each) => each.endsWith('.part'))).toEqual([]);
  };
}

describe('leave nothing but earlier backups', () => {
  it('when Redis is killed in the middle', async () => {
    const folder = temporaryFolder();
    const isAsBefore = await withEarlier(folder);
    const doomed = await startFilled();
    onTestFinished(() => doomed.stop());
    const store = actingStore(folderStore(folder), () => doomed.kill());
    const failed = backUp(doomed, store);
    await expect(failed).rejects.toMatchObject({ code: 'BACKUP_FAILED' });
    await expect(failed).rejects.toThrow(/Redis at .* did not go on: .*Nothing of this backup/);
    await isAsBefore();
  });

  it('when the disk is full', async ({ skip }) => {
    const mounted = temporaryFolder();
    const disk = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mounted]);
    if (disk.status !== 0) skip('no small file system can be mounted here, as root can');
    onTestFinished(() => void spawnSync('umount', ['-l', mounted]));
    const folder = join(mounted, 'backups');
    const earlier = await backUp(small, folderStore(folder), { label: 'earlier' });
    const failed = backUp(server, folderStore(folder));
    await expect(failed).rejects.toMatchObject({ code: 'BACKUP_FAILED' });
    await expect(failed).rejects.toThrow(/the disk is full \(ENOSPC\)\. Make room/);
    expect(readdirSync(folder).sort()).toEqual([`${earlier.name}.json`, earlier.stored.file]);
    expect(await createClient(server).ping()).toBe('PONG');
  });

  it('when it is told to stop', async () => {
    const folder = temporaryFolder();
    const isAsBefore = await withEarlier(folder);
    const stop = new AbortController();
    const act = async (): Promise<void> => stop.abort(new Error('told to stop'));
    const store = actingStore(folderStore(folder), act);
    await expect(backUp(server, store, { signal: stop.signal })).rejects.toThrow('told to stop');
    await isAsBefore();
    const redis = createClient(server);
    await until(async () => (await redis.info('replication')).includes('connected_slaves:0'));
  });

  it('when the store fails with the manifest', async () => {
    const folder = temporaryFolder();
    const isAsBefore = await withEarlier(folder);
    const store = folderStore(folder);
    const failing = actingStore(store, async () => {});
    const put = failing.put.bind(failing);
    failing.put = (name, content, signal) =>
      name.endsWith('.json') ? Promise.reject(new Error('gone')) : put(name, content, signal);
    await expect(backUp(server, failing)).rejects.toThrow('gone');
    await isAsBefore();
  });

  it('when the connection falls silent', async () => {
    const folder = temporaryFolder();
    const isAsBefore = await withEarlier(folder);
    const proxy = await startProxy({ target: { port: server.port } });
    onTestFinished(() => proxy.close());
    const store = actingStore(folderStore(folder), async () => {
      proxy.mode = 'blackhole';
    });
    const failed = backUp(proxy, store, { silenceMs: 300 });
    await expect(failed).rejects.toThrow(/has said nothing for 300ms/);
    await isAsBefore();
  });
});

/** The command, in the middle of copying over a slow network. */
async function inTheMiddle(
  folder: string,
): Promise<{ child: ChildProcess; ended: Promise<Ended> }> {
  const proxy = await startProxy({ target: { port: server.port } });
  onTestFinished(() => proxy.close());
  proxy.limit(2_000_000);
  const child = spawn(process.execPath, [DROVER, 'backup', '--to', folder], {
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', REDIS_URL: proxy.url },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }));
  await until(() => partsIn(folder).some((part) => statSync(join(folder, part)).size > 200_000));
  return { child, ended };
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

function partsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.part'));
}

describe('the command', () => {
  it('that is killed in the middle leaves no backup, and the next one is made', async () => {
    const folder = temporaryFolder();
    const { child, ended } = await inTheMiddle(folder);
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    expect((await namesIn(folder)).filter((name) => !/\.claim-/.test(name))).toEqual([]);
    const redis = createClient(server);
    await until(async () => (await redis.info('replication')).includes('connected_slaves:0'));
    const store = folderStore(folder);
    const { name } = await backUp(server, store);
    expect((await plainOf(store, await readManifest(store, name))).length).toBeGreaterThan(1e7);
  });

  it('that gets Ctrl-C says that there is none, and leaves nothing', async () => {
    const folder = temporaryFolder();
    const { child, ended } = await inTheMiddle(folder);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^Stopped: no backup was made\./)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says where it cannot write', async () => {
    const env = { REDIS_URL: server.url };
    const refused = await drover(['backup', '--to', '/dev/null/backups'], { env });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/Cannot write to the folder of backups \/dev\/null\/backups: /);
  });
});
