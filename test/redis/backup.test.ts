/** A backup of a running Redis: whole, counted, packed, and what a server loads of it. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { Queue, Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readManifest } from '../../src/backup/read-backup.ts';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { drover } from '../faces/command-line.ts';
import { createClient } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { backUp, loadSnapshot, namesIn, noise, plainOf, temporaryFolder } from './backups.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

function queueOn({ port }: RedisServer, name: string): Queue {
  const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
  onTestFinished(() => queue.close());
  return queue;
}

interface Accepted {
  readonly id: string;
  /** When it is due; 0: at once. */
  readonly dueAt: number;
}

/** Adds jobs until it is told to stop: every third later, every third with a priority. */
async function produce(queue: Queue, accepted: Accepted[], stop: AbortSignal): Promise<void> {
  for (let i = 0; !stop.aborted; i += 1) {
    const delay = i % 3 === 0 ? 3_600_000 + i : 0;
    const options = { delay, ...(i % 3 === 1 && { priority: 5 }) };
    const job = await queue.add('send', { i, text: noise(300) }, options);
    accepted.push({ id: job.id!, dueAt: delay === 0 ? 0 : job.timestamp + delay });
  }
}

describe('while a producer and a worker run', () => {
  it.each([
    ['from memory', 'yes'],
    ['by way of its disk', 'no'],
  ])('every job that was accepted before is there, sent %s', async (_, diskless) => {
    await createClient(server).config('SET', 'repl-diskless-sync', diskless);
    const name = `busy-${diskless}`;
    const queue = queueOn(server, name);
    const connection = { host: '127.0.0.1', port: server.port };
    const worker = new Worker(name, async () => 'sent', { connection, concurrency: 5 });
    onTestFinished(() => worker.close());
    const accepted: Accepted[] = [];
    const stop = new AbortController();
    const producers = [1, 2, 3].map(() => produce(queue, accepted, stop.signal));
    await until(() => accepted.length > 300);
    const before = [...accepted];
    const store = folderStore(temporaryFolder());
    const manifest = await backUp(server, store);
    const after = accepted.length;
    stop.abort();
    await Promise.all(producers);
    expect(after).toBeGreaterThan(before.length);

    const loaded = await loadSnapshot(await plainOf(store, manifest));
    const restored = queueOn(loaded, name);
    const client = createClient(loaded);
    for (const { id, dueAt } of before) {
      const state = await (await restored.getJob(id))?.getState();
      if (dueAt === 0) expect(['waiting', 'prioritized', 'active', 'completed']).toContain(state);
      else {
        expect([id, state]).toEqual([id, 'delayed']);
        // BullMQ keeps the time in the score, above twelve bits of order.
        const score = Number(await client.zscore(`bull:${name}:delayed`, id));
        expect(Math.floor(score / 4_096)).toBe(dueAt);
      }
    }
    expect(manifest.counted.queues[name]!.most.completed).toBeGreaterThan(0);
    expect(manifest.rdbVersion).toBeGreaterThan(8);
  });
});

describe('of a quiet Redis', () => {
  it('the counts are exact, under every prefix, and what is no queue is none', async () => {
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const redis = createClient(own);
    const queue = queueOn(own, 'mail');
    await queue.addBulk(Array.from({ length: 40 }, () => ({ name: 'send', data: {} })));
    await queue.add('send', {}, { delay: 60_000 });
    await redis.hset('{shop}:orders:meta', 'version', 'bullmq');
    await redis.zadd('{shop}:orders:failed', 1, 'a', 2, 'b');
    await redis.hset('app:user:meta', 'name', 'no queue');
    await redis.set('app:user:wait', 'a string');
    await redis.set('bull:text:meta', 'a string');
    await redis.setex('soon-gone', 3_600, 'x');
    const keys = await redis.dbsize();
    const store = folderStore(temporaryFolder());
    const { counted } = await backUp(own, store);
    expect(counted.isExact).toBe(true);
    expect(counted.keys).toEqual({ least: keys - 1, most: keys });
    expect(Object.keys(counted.queues).sort()).toEqual(['mail', '{shop}:orders']);
    expect(counted.queues.mail!.least).toMatchObject({ waiting: 40, delayed: 1, failed: 0 });
    expect(counted.queues.mail!.most).toEqual(counted.queues.mail!.least);
    expect(counted.queues['{shop}:orders']!.least.failed).toBe(2);
  });

  it('writes while it is made are told as such, also where the server does not count them yet', async () => {
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const redis = createClient(own);
    await redis.hset('bull:mail:meta', 'version', 'bullmq');
    const store = folderStore(temporaryFolder());
    let isOver = false;
    const writing = (async () => {
      while (!isOver) await redis.lpush('bull:mail:wait', 'job');
    })();
    const { counted } = await backUp(own, store);
    isOver = true;
    await writing;
    expect(counted.isExact).toBe(false);
    const { least, most } = counted.queues.mail!;
    expect(least.waiting).toBeLessThan(most.waiting);
  });

  it('the database of the address is counted', async () => {
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const redis = createClient({ url: `${own.url}/3` });
    await redis.hset('bull:mail:meta', 'version', 'bullmq');
    await redis.lpush('bull:mail:wait', 'a', 'b');
    const { counted } = await backUp({ url: `${own.url}/3` }, folderStore(temporaryFolder()));
    expect(counted.queues.mail!.least.waiting).toBe(2);
    expect(counted.keys.most).toBe(2);
  });

  it('nothing of it stays at the server', async () => {
    const redis = createClient(server);
    await backUp(server, folderStore(temporaryFolder()));
    await until(async () => (await redis.info('replication')).includes('connected_slaves:0'));
    expect(await redis.client('LIST')).not.toMatch(/cmd=(?:psync|replconf)/);
  });
});

describe('encrypted', () => {
  it('it is opened by the program age and loaded', async ({ skip }) => {
    if (spawnSync('age', ['--version']).error) skip('the program age is not installed');
    await createClient(server).set('secret', 'value in the backup');
    const folder = temporaryFolder();
    const identity = await generateIdentity();
    const recipients = [await identityToRecipient(identity)];
    const { stored } = await backUp(server, folderStore(folder), { recipients });
    expect(stored.file).toMatch(/\.rdb\.gz\.age$/);
    writeFileSync(join(folder, 'identity'), identity);
    const opened = spawnSync('age', ['-d', '-i', 'identity', stored.file], {
      ...{ cwd: folder, maxBuffer: 1e9 },
    });
    expect(opened.stderr.toString()).toBe('');
    const plain = spawnSync('gzip', ['-dc'], { input: opened.stdout, maxBuffer: 1e9 }).stdout;
    const loaded = await loadSnapshot(plain);
    expect(await createClient(loaded).get('secret')).toBe('value in the backup');
    expect(readFileSync(join(folder, stored.file)).includes('value in the backup')).toBe(false);
  });
});

describe('two at once', () => {
  it('take two names, and both are whole', async () => {
    const folder = temporaryFolder();
    const made = await Promise.all([1, 2].map(() => backUp(server, folderStore(folder))));
    expect(new Set(made.map(({ name }) => name)).size).toBe(2);
    const store = folderStore(folder);
    for (const { name } of made)
      expect(await plainOf(store, await readManifest(store, name))).not.toHaveLength(0);
    expect((await namesIn(folder)).filter((name) => name.includes('.claim-'))).toEqual([]);
  });
});

describe('at the command line', () => {
  it('it is reported, for people and for programs', async () => {
    const cwd = temporaryFolder();
    const env = { REDIS_URL: server.url };
    const told = await drover(['backup'], { cwd, env });
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(told.stdout).toMatch(/^Backed up redis:\/\/127.0.0.1:\d+ to .* as queue-\d{8}T\d{6}Z\n/);
    const json = await drover(['backup', 'make', '--label', 'b', '--json'], { cwd, env });
    const manifest = JSON.parse(json.stdout);
    expect(await namesIn(join(cwd, 'backups'))).toContain(manifest.stored.file);
    expect(await readManifest(folderStore(join(cwd, 'backups')), manifest.name)).toMatchObject({
      label: 'b',
    });
  });

  it('100 MB are copied in little memory, giving way to others', async () => {
    const own = await startRedis({ config: { appendonly: 'no' } });
    onTestFinished(() => own.stop());
    const redis = createClient(own);
    const value = noise(1_000_000);
    for (let i = 0; i < 100; i += 1) await redis.set(`big:${i}`, `${i}${value}`);
    const watch = `import { getPriority } from 'node:os';
      const told = () => 'maxRSS=' + process.resourceUsage().maxRSS + ' nice=' + getPriority();
      process.on('exit', () => process.stderr.write(told()));`;
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(watch)}`];
    const env = { REDIS_URL: own.url };
    const args = ['backup', 'make', '--json'];
    const { code, stdout, stderr } = await drover(args, { cwd: temporaryFolder(), env, nodeArgs });
    expect([code, JSON.parse(stdout).plain.bytes > 70e6]).toEqual([0, true]);
    expect(stderr).toMatch(/nice=1\d/);
    expect(Number(/maxRSS=(\d+)/.exec(stderr)![1])).toBeLessThan(140 * 1_024);
  });
});
