/** Every store of bodies does the same, on real servers and disks. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BodyStore } from '../../src/config/body-store.ts';
import { EventBus } from '../../src/events.ts';
import { createKeys } from '../../src/keys.ts';
import { createBodyId } from '../../src/payloads/body-id.ts';
import { fileBodies } from '../../src/payloads/file-bodies.ts';
import { ownBodies, redisBodies } from '../../src/payloads/redis-bodies.ts';
import { S3Bodies, s3Bodies } from '../../src/payloads/s3-bodies.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { Hub } from '../../src/redis/hub.ts';
import { createClient } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, reserve, startRedis } from '../support/redis-server.ts';
import { type S3Server, startS3, whyNoS3 } from '../support/s3-server.ts';
import { until } from '../support/until.ts';
import { describeBodyStore, listAll, noHurry } from './body-store-suite.ts';

let redis: RedisServer;
let s3: S3Server;
const noS3 = whyNoS3();
if (noS3) console.warn(noS3);

beforeAll(async () => {
  [redis, s3] = await Promise.all([startRedis(), noS3 ? (undefined as never) : startS3()]);
}, 60_000);
afterAll(async () => {
  await redis?.stop();
  await s3?.[Symbol.asyncDispose]();
});

let prefixes = 0;
const newPrefix = (): string => {
  prefixes += 1;
  return `c${prefixes}`;
};

function closing<T extends BodyStore>(store: T): T {
  onTestFinished(async () => store.close?.());
  return store;
}

function createHub(port: number): Hub {
  const hub = new Hub({
    ...{ app: 'bodies', host: 'here', pid: process.pid, allowEviction: false },
    createClient: clientMaker({ options: { host: '127.0.0.1', port } }),
    reconnect: { minDelayMs: 20, maxDelayMs: 100, maxAttempts: Number.POSITIVE_INFINITY },
    keys: createKeys('hub'),
    announce: new EventBus().announce,
  });
  onTestFinished(() => hub.close());
  return hub;
}

/** Accepts connections and says nothing. */
async function silentPort(): Promise<number> {
  const server: Server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

describeBodyStore("the coordinator's Redis", {
  create: () => ownBodies(createHub(redis.port), createKeys(newPrefix())),
  createSilent: async () => ownBodies(createHub(await silentPort()), createKeys(newPrefix())),
  createGone: async () => ownBodies(createHub(await reserve()), createKeys(newPrefix())),
});

describeBodyStore('another Redis', {
  create: () => closing(redisBodies({ name: 'cold', url: redis.url, prefix: newPrefix() })),
  createSilent: async () =>
    closing(redisBodies({ name: 'cold', url: `redis://127.0.0.1:${await silentPort()}` })),
  createGone: async () =>
    closing(redisBodies({ name: 'cold', url: `redis://127.0.0.1:${await reserve()}` })),
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drover-bodies-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describeBodyStore('a folder', {
  create: () => fileBodies({ path: newFolder() }),
  createGone: () => fileBodies({ path: join(newFolder(), 'not', 'mounted') }),
});

if (!noS3) {
  const create = async (endpoint?: string) =>
    closing(
      s3Bodies({ bucket: await s3.createBucket(), clientOptions: s3.clientOptions(endpoint) }),
    );
  describeBodyStore('S3', {
    create: () => create(),
    createSilent: async () => create(`http://127.0.0.1:${await silentPort()}`),
    createGone: async () => create(`http://127.0.0.1:${await reserve()}`),
  });
}

describe('a Redis', () => {
  test('body, index and place are written in one step and deleted in one step', async () => {
    const prefix = newPrefix();
    const keys = createKeys(prefix);
    const store = closing(redisBodies({ name: 'cold', url: redis.url, prefix }));
    const look = createClient(redis);
    const key = { queue: 'shop:a', id: createBodyId() };
    await store.put(key, Buffer.from('body'), noHurry());
    expect(await look.zscore(keys.bodies('shop:a'), key.id)).toBe('4');
    expect(await look.zrange(keys.payloads(), '0', '-1')).toEqual(['shop:a']);
    expect(await look.pttl(keys.body('shop:a', key.id))).toBe(-1);
    await store.delete([key], noHurry());
    expect(await look.exists(keys.bodies('shop:a'), keys.body('shop:a', key.id))).toBe(0);
  });

  test('a full Redis refuses a body as a whole, and works again when it has room', async () => {
    await using full = await startRedis({ config: { maxmemory: '4mb' } });
    const store = closing(redisBodies({ name: 'cold', url: full.url }));
    const look = createClient(full);
    const fill = async (): Promise<void> => {
      for (;;)
        await store.put({ queue: 'a', id: createBodyId() }, Buffer.alloc(500_000), noHurry());
    };
    await expect(fill()).rejects.toThrow();
    expect(await look.zcard('coordinator:bodies:a')).toBe((await look.dbsize()) - 2);
    await look.config('SET', 'maxmemory', '0');
    await store.put({ queue: 'a', id: createBodyId() }, Buffer.alloc(10), noHurry());
  });

  test('calls work again when Redis is back', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const store = closing(redisBodies({ name: 'cold', url: server.url }));
    const key = { queue: 'a', id: createBodyId() };
    await store.put(key, Buffer.from('x'), noHurry());
    await server.kill();
    await expect(store.get(key, AbortSignal.timeout(500))).rejects.toThrow();
    await server.restart();
    const again = () => store.get(key, AbortSignal.timeout(500)).then((body) => body !== undefined);
    await until(again, { what: 'the body is read again' });
  });

  test('a slow line holds a call no longer than its signal', async () => {
    const proxy = await startProxy({ target: { port: redis.port } });
    onTestFinished(() => {
      proxy.mode = 'refuse';
      proxy.cut();
    });
    const store = closing(redisBodies({ name: 'cold', url: proxy.url, prefix: newPrefix() }));
    await store.put({ queue: 'a', id: createBodyId() }, Buffer.alloc(10), noHurry());
    proxy.limit(1_000);
    const large = store.put(
      { queue: 'a', id: createBodyId() },
      Buffer.alloc(200_000),
      AbortSignal.timeout(200),
    );
    await expect(large).rejects.toThrow('timeout');
  });

  test('without an address it says what is missing', () => {
    expect(() => redisBodies({ name: 'cold' })).toThrow('needs the address of a Redis');
  });
});

describe('a folder', () => {
  test('is for its owner alone, and holds nothing but bodies in their places', async () => {
    const path = join(newFolder(), 'bodies');
    mkdirSync(path);
    const store = fileBodies({ path });
    const key = { queue: '../escape', id: createBodyId() };
    await store.put(key, Buffer.from('x'), noHurry());
    expect(readdirSync(join(path, '..'))).toEqual(['bodies']);
    const folder = join(path, '%2E%2E%2Fescape', key.id.slice(-2));
    expect(await readdir(folder)).toEqual([key.id]);
    expect(await readdir(join(path, '.writing'))).toEqual([]);
    const mode = spawnSync('stat', ['-c', '%a', folder, join(folder, key.id)], {
      encoding: 'utf8',
    });
    expect(mode.stdout.trim().split('\n')).toEqual(['700', '600']);
  });

  test('what a killed process left half written is no body, and goes when it is old', async () => {
    const path = newFolder();
    const store = fileBodies({ path });
    await store.put({ queue: 'a', id: createBodyId() }, Buffer.from('x'), noHurry());
    const [young, old] = [1, 2].map((n) => join(path, '.writing', `${createBodyId()}.${n}.abcd`));
    for (const file of [young!, old!]) await writeFile(file, 'half');
    await utimes(old!, new Date(0), new Date(0));
    expect((await listAll(store)).size).toBe(1);
    expect([young, old].map((file) => existsSync(file!))).toEqual([true, false]);
  });

  test('other files in it are left alone', async () => {
    const path = newFolder();
    const store = fileBodies({ path });
    const key = { queue: 'a', id: createBodyId() };
    await store.put(key, Buffer.from('x'), noHurry());
    mkdirSync(join(path, 'lost+found'));
    writeFileSync(join(path, 'README'), 'mine');
    writeFileSync(join(path, 'a', 'README'), 'mine');
    writeFileSync(join(path, 'a', key.id.slice(-2), 'README'), 'mine');
    expect([...(await listAll(store)).keys()]).toEqual([key.id]);
    expect(await readFile(join(path, 'README'), 'utf8')).toBe('mine');
  });

  test('a truncated file is given as it is: the checksum of the pointer tells', async () => {
    const path = newFolder();
    const store = fileBodies({ path });
    const key = { queue: 'a', id: createBodyId() };
    await store.put(key, Buffer.from('whole'), noHurry());
    await truncate(join(path, 'a', key.id.slice(-2), key.id), 2);
    expect((await store.get(key, noHurry()))?.toString()).toBe('wh');
  });

  test('a disk that is full refuses the body and keeps no part of it', async () => {
    const path = newFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]);
    if (mounted.status !== 0) {
      console.warn('a full disk is not tested: this user cannot mount a small one');
      return;
    }
    onTestFinished(() => void spawnSync('umount', ['-l', path]));
    const store = fileBodies({ path });
    const small = { queue: 'a', id: createBodyId() };
    await store.put(small, Buffer.from('x'), noHurry());
    const large = { queue: 'a', id: createBodyId() };
    await expect(store.put(large, Buffer.alloc(2_000_000), noHurry())).rejects.toThrow('ENOSPC');
    expect(await store.get(large, noHurry())).toBeUndefined();
    expect(readdirSync(join(path, '.writing'))).toEqual([]);
    await store.put({ queue: 'a', id: createBodyId() }, Buffer.alloc(500_000), noHurry());
  });

  test('a folder that may not be written is an error that names it', async () => {
    const path = newFolder();
    const key = { queue: 'a', id: createBodyId() };
    // Rights do not bind root; a file in the way does.
    if (process.getuid?.() === 0) writeFileSync(join(path, 'a'), '');
    else await chmod(path, 0o500);
    const put = fileBodies({ path }).put(key, Buffer.from('x'), noHurry());
    await expect(put).rejects.toThrow(path);
  });

  test('a folder that is not there is never made, and nothing counts as missing in it', async () => {
    const path = join(newFolder(), 'not-mounted');
    const store = fileBodies({ path });
    const key = { queue: 'a', id: createBodyId() };
    const message = `${path} is no folder: make it, or mount what it should be on`;
    await expect(store.put(key, Buffer.from('x'), noHurry())).rejects.toThrow(message);
    await expect(store.get(key, noHurry())).rejects.toThrow(message);
    await expect(listAll(store)).rejects.toThrow(message);
    expect(existsSync(path)).toBe(false);
  });

  test('without a path it says what is missing', () => {
    expect(() => fileBodies({ path: '' })).toThrow('needs a path');
  });
});

describe('S3', () => {
  test.skipIf(noS3)('a bucket that is not there, or not open to us, is an error', async () => {
    const store = closing(
      s3Bodies({ bucket: 'nobody-made-this', clientOptions: s3.clientOptions() }),
    );
    const key = { queue: 'a', id: createBodyId() };
    await expect(store.put(key, Buffer.from('x'), noHurry())).rejects.toThrow('bucket');
    await expect(store.get(key, noHurry())).rejects.toThrow('bucket');
    await expect(listAll(store)).rejects.toThrow('bucket');
  });

  test.skipIf(noS3)('a client that was handed in is used and not closed', async () => {
    const client = new S3Client(s3.clientOptions());
    onTestFinished(() => client.destroy());
    const store = s3Bodies({ bucket: await s3.createBucket(), client, prefix: 'x/' });
    const key = { queue: 'shop:a', id: createBodyId() };
    await store.put(key, Buffer.from('x'), noHurry());
    await store.close?.();
    expect((await store.get(key, noHurry()))?.toString()).toBe('x');
  });

  test.skipIf(noS3)(
    'a slow line holds a call no longer than its signal, and no socket after that',
    async () => {
      const proxy = await startProxy({ target: { port: Number(new URL(s3.endpoint).port) } });
      onTestFinished(() => {
        proxy.mode = 'refuse';
        proxy.cut();
      });
      const clientOptions = {
        ...s3.clientOptions(`http://127.0.0.1:${proxy.port}`),
        requestHandler: { httpAgent: { keepAlive: true, maxSockets: 1 } },
      };
      const store = closing(s3Bodies({ bucket: await s3.createBucket(), clientOptions }));
      const key = { queue: 'a', id: createBodyId() };
      const body = Buffer.alloc(2_000_000);
      await store.put(key, body, noHurry());
      proxy.limit(100_000);
      await expect(store.get(key, AbortSignal.timeout(400))).rejects.toThrow('timeout');
      const another = { queue: 'a', id: createBodyId() };
      await expect(store.put(another, body, AbortSignal.timeout(400))).rejects.toThrow('timeout');
      proxy.limit(Number.POSITIVE_INFINITY);
      expect((await store.get(key, AbortSignal.timeout(5_000)))?.length).toBe(body.length);
    },
  );

  test.skipIf(noS3)('other objects in the bucket are not listed', async () => {
    const bucket = await s3.createBucket();
    const at = (prefix: string) =>
      closing(s3Bodies({ bucket, prefix, clientOptions: s3.clientOptions() }));
    await at('other/').put({ queue: 'a', id: createBodyId() }, Buffer.from('x'), noHurry());
    await at('bodies/deep/').put({ queue: 'a', id: createBodyId() }, Buffer.from('x'), noHurry());
    expect((await listAll(at('bodies/'))).size).toBe(0);
  });

  test('without the package it says which one to install', async () => {
    const store = new S3Bodies('s3', { bucket: 'b', prefix: '' }, async () => {
      throw new Error("Cannot find package '@aws-sdk/client-s3'");
    });
    const put = store.put({ queue: 'a', id: createBodyId() }, Buffer.from('x'), noHurry());
    await expect(put).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('npm install @aws-sdk/client-s3'),
    });
  });

  test('without a bucket it says what is missing', () => {
    expect(() => s3Bodies({ bucket: '' })).toThrow('needs the name of a bucket');
  });
});
