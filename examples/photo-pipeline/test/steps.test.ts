/**
 * Idempotence: whatever runs twice, or at the same time twice, leaves one result, byte for byte.
 */
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFactsCache } from '../src/facts-cache.ts';
import { VARIANTS } from '../src/images/variants.ts';
import { PhotoSteps } from '../src/steps.ts';
import { Storage } from '../src/storage.ts';
import { digestFolder, listIncoming, makeFolder } from './support/folders.ts';
import { makePhoto } from './support/make-photos.ts';

type Step = (id: string) => Promise<void>;

async function open(data: string): Promise<{ storage: Storage; steps: PhotoSteps; all: Step[] }> {
  const storage = new Storage(data);
  await storage.open();
  const steps = new PhotoSteps(
    storage,
    createFactsCache(undefined, () => {}),
  );
  const all: Step[] = [
    (id) => steps.inspect(id),
    ...VARIANTS.map(
      (each): Step =>
        (id) =>
          steps.variant(id, each),
    ),
    (id) => steps.hash(id),
    (id) => steps.palette(id),
    (id) => steps.manifest(id),
  ];
  return { storage, steps, all };
}

function receive(storage: Storage, bytes: Buffer): Promise<{ id: string; bytes: number }> {
  return storage.receive(toStream(bytes));
}

async function* toStream(bytes: Buffer): AsyncIterable<Buffer> {
  yield bytes.subarray(0, 1_000);
  yield bytes.subarray(1_000);
}

test('every step run twice leaves the storage as after the first time', async () => {
  const data = await makeFolder();
  const { storage, all } = await open(data);
  const { id } = await receive(storage, await makePhoto({ orientation: 6 }));
  for (const step of all) await step(id);
  const once = await digestFolder(data);
  const manifest = join(data, 'manifests', `${id}.json`);
  const writtenAt = (await stat(manifest)).mtimeMs;

  for (const step of all) await step(id);
  expect(await digestFolder(data)).toEqual(once);
  expect((await stat(manifest)).mtimeMs).toBe(writtenAt);
  expect(Object.keys(once)).toHaveLength(1 + 1 + VARIANTS.length + 1 + 1 + 1);
});

test('two processes that run the same steps at once leave one result', async () => {
  const data = await makeFolder();
  const [one, other] = [await open(data), await open(data)];
  const { id } = await receive(one.storage, await makePhoto({ kind: 'sea' }));
  for (const [at, step] of one.all.entries()) await Promise.all([step(id), other.all[at]!(id)]);

  const alone = await makeFolder();
  const reference = await open(alone);
  await receive(reference.storage, await makePhoto({ kind: 'sea' }));
  for (const step of reference.all) await step(id);
  expect(await digestFolder(data)).toEqual(await digestFolder(alone));
  expect(await listIncoming(data)).toEqual([]);
});

test('the same photo under two names is stored once', async () => {
  const data = await makeFolder();
  const { storage } = await open(data);
  const photo = await makePhoto();
  const first = await receive(storage, photo);
  const second = await receive(storage, photo);
  expect(second).toEqual(first);
  expect(await readdir(join(data, 'originals'))).toEqual([first.id]);
  expect(first.bytes).toBe(photo.length);
});

test('a manifest is not made of half the results', async () => {
  const { storage, steps } = await open(await makeFolder());
  const { id } = await receive(storage, await makePhoto());
  await steps.inspect(id);
  await expect(steps.manifest(id)).rejects.toMatchObject({ code: 'STEP_FAILED' });
  expect(await storage.hasRecord('manifests', id)).toBe(false);
});

test('a stream that breaks leaves nothing behind', async () => {
  const data = await makeFolder();
  const { storage } = await open(data);
  async function* breaking(): AsyncIterable<Buffer> {
    yield Buffer.alloc(100_000);
    throw new Error('the cable was pulled');
  }
  await expect(storage.receive(breaking())).rejects.toThrow('the cable was pulled');
  expect(await digestFolder(data)).toEqual({});
});

test('what an interrupted process left half-written is swept away at the next start', async () => {
  const data = await makeFolder();
  await open(data);
  // No process has this number: it is above the largest that any system gives out.
  await writeFile(join(data, 'incoming', '99999999-half'), 'half a photo');
  await open(data);
  expect(await listIncoming(data)).toEqual([]);
});
