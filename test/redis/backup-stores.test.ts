/** Every store of backups does the same, on a real disk and over a real S3 protocol. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BackupStore } from '../../src/backup/store/backup-store.ts';
import { folderStore } from '../../src/backup/store/folder-store.ts';
import { openStore } from '../../src/backup/store/open-store.ts';
import { s3Store } from '../../src/backup/store/s3-store.ts';
import { systemClock } from '../../src/base/clock.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { reserve } from '../support/redis-server.ts';
import { type S3Server, startS3, whyNoS3 } from '../support/s3-server.ts';
import { until } from '../support/until.ts';

let s3: S3Server;
const noS3 = whyNoS3();
if (noS3) console.warn(noS3);
const MB = 1_048_576;

beforeAll(async () => {
  if (!noS3) s3 = await startS3();
}, 60_000);
afterAll(() => s3?.[Symbol.asyncDispose]());

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drover-backups-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Bucket {
  readonly store: BackupStore;
  readonly client: S3Client;
  readonly bucket: string;
  /** Uploads that were begun and are neither whole nor given up. */
  readonly unfinished: () => Promise<number>;
}

async function newBucket(endpoint?: string, prefix = 'kit/'): Promise<Bucket> {
  const bucket = await s3.createBucket();
  const client = new S3Client(s3.clientOptions());
  const store = s3Store({ bucket, prefix, clientOptions: s3.clientOptions(endpoint) });
  onTestFinished(async () => {
    client.destroy();
    await store.close();
  });
  const unfinished = async (): Promise<number> => {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    return Uploads.length;
  };
  return { store, client, bucket, unfinished };
}

/** A proxy before the server, ended with the test. */
async function beforeS3(): Promise<{ proxy: TcpProxy; endpoint: string }> {
  const proxy = await startProxy({ target: { port: Number(new URL(s3.endpoint).port) } });
  onTestFinished(() => {
    proxy.mode = 'refuse';
    proxy.cut();
    return proxy[Symbol.asyncDispose]();
  });
  return { proxy, endpoint: `http://127.0.0.1:${proxy.port}` };
}

/** Bytes of which each piece is another one, in chunks of odd sizes. */
async function* bytesOf(total: number, chunkBytes = 777_777): AsyncGenerator<Buffer> {
  for (let at = 0; at < total; at += chunkBytes)
    yield Buffer.alloc(Math.min(chunkBytes, total - at), `${at}-`);
}

async function* textOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const stores: readonly (readonly [string, () => Promise<BackupStore>])[] = [
  ['a folder', async () => folderStore(newFolder())],
  ...(noS3 ? [] : [['a bucket', async () => (await newBucket()).store] as const]),
];

describe.each(stores)('%s', (_name, create) => {
  test('what is put is got, whatever its length', async () => {
    const store = await create();
    for (const bytes of [0, 1, 8 * MB, 8 * MB + 1, 20 * MB]) {
      await store.put('a.rdb.gz', bytesOf(bytes));
      const got = await collect(store.get('a.rdb.gz'));
      expect(got.equals(await collect(bytesOf(bytes)))).toBe(true);
      expect(await store.list()).toEqual([{ name: 'a.rdb.gz', bytes }]);
    }
  });

  test('what is put again is another content as a whole', async () => {
    const store = await create();
    await store.put('a.rdb.gz', bytesOf(9 * MB));
    await store.put('a.rdb.gz', textOf('short'));
    expect((await collect(store.get('a.rdb.gz'))).toString()).toBe('short');
  });

  test.each([1, 20])('a source that breaks off after %i MB leaves what was there', async (mb) => {
    const store = await create();
    await store.put('a.rdb.gz', textOf('before'));
    async function* broken(): AsyncGenerator<Buffer> {
      yield* bytesOf(mb * MB);
      throw new Error('the snapshot broke off');
    }
    await expect(store.put('a.rdb.gz', broken())).rejects.toThrow('the snapshot broke off');
    await expect(store.put('b.rdb.gz', broken())).rejects.toThrow('the snapshot broke off');
    expect(await store.list()).toEqual([{ name: 'a.rdb.gz', bytes: 6 }]);
    expect((await collect(store.get('a.rdb.gz'))).toString()).toBe('before');
  });

  test.each([1, 20])('an abort after %i MB leaves nothing, and closes the source', async (mb) => {
    const store = await create();
    const abort = new AbortController();
    let isClosed = false;
    async function* watched(): AsyncGenerator<Buffer> {
      try {
        yield* bytesOf(mb * MB);
        abort.abort(new Error('enough'));
        yield Buffer.from('more');
      } finally {
        isClosed = true;
      }
    }
    await expect(store.put('a.rdb.gz', watched(), abort.signal)).rejects.toThrow('enough');
    expect(isClosed).toBe(true);
    expect(await store.list()).toEqual([]);
  });

  test('two that put at once leave one of both, whole', async () => {
    const store = await create();
    const sizes = [9 * MB, 10 * MB];
    await Promise.all(sizes.map((bytes) => store.put('a.rdb.gz', bytesOf(bytes))));
    const got = await collect(store.get('a.rdb.gz'));
    expect(sizes).toContain(got.length);
    expect(got.equals(await collect(bytesOf(got.length)))).toBe(true);
  });

  test('what is not there is NOT_FOUND to a reader, and gone already to a deleter', async () => {
    const store = await create();
    await expect(collect(store.get('a.json'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await store.delete('a.json');
    await store.put('a.json', textOf('x'));
    await store.delete('a.json');
    expect(await store.list()).toEqual([]);
  });

  test('a reader that has enough, or is told to stop, holds nothing up', async () => {
    const store = await create();
    await store.put('a.rdb.gz', bytesOf(20 * MB));
    for await (const _ of store.get('a.rdb.gz')) break;
    const abort = new AbortController();
    const reading = (async () => {
      for await (const _ of store.get('a.rdb.gz', abort.signal)) abort.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow('enough');
    for (const act of [
      () => store.list(abort.signal),
      () => store.delete('a.rdb.gz', abort.signal),
      () => store.put('a.rdb.gz', textOf('x'), abort.signal),
    ])
      await expect(act()).rejects.toThrow('enough');
    expect((await store.list()).map(({ bytes }) => bytes)).toEqual([20 * MB]);
  });
});

describe.skipIf(noS3)('a bucket', () => {
  test('an upload that fails takes its parts back', async () => {
    const { store, unfinished } = await newBucket();
    async function* broken(): AsyncGenerator<Buffer> {
      yield* bytesOf(20 * MB);
      throw new Error('the snapshot broke off');
    }
    await expect(store.put('a.rdb.gz', broken())).rejects.toThrow();
    expect(await unfinished()).toBe(0);
  });

  test('an abort is obeyed while the source stands still', async () => {
    const { store, unfinished } = await newBucket();
    const abort = new AbortController();
    async function* hanging(): AsyncGenerator<Buffer> {
      yield* bytesOf(20 * MB);
      abort.abort(new Error('enough'));
      await new Promise(() => {});
    }
    await expect(store.put('a.rdb.gz', hanging(), abort.signal)).rejects.toThrow('enough');
    expect(await unfinished()).toBe(0);
  });

  test('parts that a killed process left are given up when they are old', async () => {
    const { client, bucket, unfinished } = await newBucket();
    const left = { Bucket: bucket, Key: 'kit/killed.rdb.gz' };
    await client.send(new CreateMultipartUploadCommand(left));
    await client.send(new CreateMultipartUploadCommand({ ...left, Key: 'other/killed' }));
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    const begunAt = Uploads![0]!.Initiated!.getTime();
    const putHoursLater = async (hours: number): Promise<void> => {
      const clock = { ...systemClock, now: () => begunAt + hours * 3_600_000 };
      const clientOptions = s3.clientOptions();
      const later = s3Store({ bucket, prefix: 'kit/', clock, clientOptions });
      await later.put('a.rdb.gz', bytesOf(9 * MB));
      await later.close();
    };
    await putHoursLater(23);
    expect(await unfinished()).toBe(2);
    await putHoursLater(25);
    expect(await unfinished()).toBe(1);
  });

  test('a list of many pages is whole, and has nothing of other prefixes and folders', async () => {
    const { store, client, bucket } = await newBucket();
    const names = Array.from({ length: 1_005 }, (_, i) => `n${String(i).padStart(4, '0')}`);
    for (let i = 0; i < names.length; i += 50)
      await Promise.all(
        names
          .slice(i, i + 50)
          .map((name) =>
            client.send(new PutObjectCommand({ Bucket: bucket, Key: `kit/${name}`, Body: 'x' })),
          ),
      );
    for (const Key of ['kit/', 'kit/deep/a.json', 'kitten/a.json', 'a.json'])
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
    expect((await store.list()).map(({ name }) => name)).toEqual(names);
  }, 20_000);

  test('a body that ends before its length is no success', async () => {
    const { proxy, endpoint } = await beforeS3();
    const { store } = await newBucket(endpoint);
    await store.put('a.rdb.gz', bytesOf(20 * MB));
    let isFirst = true;
    const reading = (async () => {
      for await (const _ of store.get('a.rdb.gz')) {
        if (isFirst) proxy.cut();
        isFirst = false;
      }
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringContaining('Cannot read a.rdb.gz in s3://'),
    });
  });

  test('a server that is killed in the middle fails the put, and all later calls say so', async () => {
    const own = await startS3();
    let isOver = false;
    const stop = async (): Promise<void> => {
      if (!isOver) await own[Symbol.asyncDispose]();
      isOver = true;
    };
    onTestFinished(stop);
    const clientOptions = own.clientOptions();
    const store = s3Store({ bucket: await own.createBucket(), prefix: '', clientOptions });
    async function* dying(): AsyncGenerator<Buffer> {
      yield* bytesOf(20 * MB);
      await stop();
      yield* bytesOf(20 * MB);
    }
    const failed = { code: 'BACKUP_FAILED', message: expect.stringMatching(/s3:.*ECONN/) };
    await expect(store.put('a.rdb.gz', dying())).rejects.toMatchObject(failed);
    await expect(store.list()).rejects.toMatchObject(failed);
    await expect(collect(store.get('a.rdb.gz'))).rejects.toMatchObject(failed);
  }, 40_000);

  test('a bucket that is not there is named, with what to do', async () => {
    const store = s3Store({
      ...{ bucket: 'nobody-made-this', prefix: '', clientOptions: s3.clientOptions() },
    });
    await expect(store.list()).rejects.toMatchObject({
      code: 'BACKUP_FAILED',
      message: expect.stringMatching(/s3:\/\/nobody-made-this\/.*Make the bucket first/),
    });
    await expect(store.put('a', bytesOf(9 * MB))).rejects.toThrow('Make the bucket first');
  });

  test('without the package it says which one to install', async () => {
    const store = s3Store({ bucket: 'b', prefix: '' }, async () => {
      throw new Error("Cannot find package '@aws-sdk/client-s3'");
    });
    await expect(store.list()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('npm install @aws-sdk/client-s3'),
    });
  });

  test('keys, region and endpoint come from the environment', async () => {
    const bucket = await s3.createBucket();
    const env = {
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    };
    const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, env);
    onTestFinished(() => {
      for (const [name, value] of before)
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    });
    const store = openStore(`s3://${bucket}/kit/`, { cwd: '/', env });
    await store.put('a.json', textOf('x'));
    expect(await store.list()).toEqual([{ name: 'a.json', bytes: 1 }]);
    await store.close();
    const { client: _, ...other } = await newBucket();
    expect(await other.store.list()).toEqual([]);
  });

  test('nobody is waited for who does not listen', async () => {
    const clientOptions = s3.clientOptions(`http://127.0.0.1:${await reserve()}`);
    const store = s3Store({ bucket: 'b-1', prefix: '', clientOptions });
    await expect(store.list()).rejects.toThrow(/ECONNREFUSED.*AWS_ENDPOINT_URL_S3/);
  });
});

test('a folder may be named from where one is', async () => {
  const cwd = newFolder();
  const store = openStore('./backups', { cwd, env: {} });
  await store.put('a.json', textOf('x'));
  expect(store.where).toBe(join(cwd, 'backups'));
  await until(async () => (await folderStore(join(cwd, 'backups')).list()).length === 1);
});
