/**
 * What every store of bodies must do, whatever it is made of.
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { BodyKey, BodyStore, StoredBody } from '../../src/config/body-store.ts';
import { createBodyId } from '../../src/payloads/body-id.ts';

/** A store to try. */
export interface TriedStore {
  /** An empty one. */
  create(): Promise<BodyStore> | BodyStore;
  /** A store whose server does not answer at all. */
  createSilent?(): Promise<BodyStore> | BodyStore;
  /** A store whose server is not there. */
  createGone?(): Promise<BodyStore> | BodyStore;
}

const MB = 1_024 * 1_024;

/** A signal that is never aborted, since each test ends by itself. */
export function noHurry(): AbortSignal {
  return new AbortController().signal;
}

/** Everything a store lists, by id. */
export async function listAll(store: BodyStore): Promise<Map<string, StoredBody>> {
  const all = new Map<string, StoredBody>();
  for await (const page of store.list(noHurry())) {
    expect(page.length).toBeLessThanOrEqual(1_000);
    for (const body of page) all.set(body.id, body);
  }
  return all;
}

const keyIn = (queue: string): BodyKey => ({ queue, id: createBodyId() });

/** Defines the tests. */
export function describeBodyStore(name: string, tried: TriedStore): void {
  describe(name, () => {
    test('gives back what it was given, byte for byte, and again after that', async () => {
      const store = await tried.create();
      const key = keyIn('thumbnails');
      const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      await store.put(key, body, noHurry());
      expect(await store.get(key, noHurry())).toEqual(body);
      expect(await store.get(key, noHurry())).toEqual(body);
    });

    test('gives back an empty body as an empty body', async () => {
      const store = await tried.create();
      const key = keyIn('thumbnails');
      await store.put(key, Buffer.alloc(0), noHurry());
      expect(await store.get(key, noHurry())).toEqual(Buffer.alloc(0));
    });

    test('what is not there is undefined, also in a queue that it has never heard of', async () => {
      const store = await tried.create();
      expect(await store.get(keyIn('nobody'), noHurry())).toBeUndefined();
    });

    test('keeps the queues apart, whatever they are named', async () => {
      const store = await tried.create();
      const queues = ['a', 'shop:a', '{shop}:a', '..', '.', 'a/b', 'ä €', '%41', 'A b', '-'];
      const keys = queues.map(keyIn);
      for (const key of keys) await store.put(key, Buffer.from(key.queue), noHurry());
      for (const key of keys) expect((await store.get(key, noHurry()))?.toString()).toBe(key.queue);
      const listed = await listAll(store);
      expect(keys.map(({ id }) => listed.get(id)?.queue)).toEqual(queues);
      expect(await store.get({ queue: 'b', id: keys[0]!.id }, noHurry())).toBeUndefined();
    });

    test('refuses ids that are none: they may come from a pointer that was tampered with', async () => {
      const store = await tried.create();
      for (const id of [
        '../../etc/passwd',
        '..',
        '',
        'x',
        '01JDQ/../../x',
        `${createBodyId()}/..`,
      ]) {
        const key = { queue: 'a', id };
        const calls = [
          async () => store.put(key, Buffer.from('x'), noHurry()),
          async () => store.get(key, noHurry()),
          async () => store.delete([key], noHurry()),
        ];
        for (const call of calls) await expect(call()).rejects.toThrow('no id of a body');
      }
      expect(await listAll(store)).toEqual(new Map());
    });

    test('deletes those that are there, and does not mind those that are not', async () => {
      const store = await tried.create();
      const [kept, gone] = [keyIn('a'), keyIn('a')];
      await store.put(kept, Buffer.from('kept'), noHurry());
      await store.put(gone, Buffer.from('gone'), noHurry());
      await store.delete([gone, keyIn('a'), keyIn('b')], noHurry());
      await store.delete([gone], noHurry());
      await store.delete([], noHurry());
      expect(await store.get(gone, noHurry())).toBeUndefined();
      expect((await store.get(kept, noHurry()))?.toString()).toBe('kept');
      expect([...(await listAll(store)).keys()]).toEqual([kept.id]);
    });

    test('lists all bodies with their sizes, in pages', async () => {
      const store = await tried.create();
      const keys = Array.from({ length: 1_250 }, (_, i) => keyIn(i % 5 === 0 ? 'odd:b' : 'a'));
      for (let start = 0; start < keys.length; start += 50)
        await Promise.all(
          keys
            .slice(start, start + 50)
            .map((key, i) => store.put(key, Buffer.alloc(start + i), noHurry())),
        );
      const listed = await listAll(store);
      expect(listed.size).toBe(keys.length);
      for (const [i, { queue, id }] of keys.entries())
        expect(listed.get(id)).toEqual({ queue, id, bytes: i });
      await store.delete(keys, noHurry());
      expect((await listAll(store)).size).toBe(0);
    });

    test('keeps a body of 64 MB whole', async () => {
      const store = await tried.create();
      const key = keyIn('large');
      const body = randomBytes(64 * MB);
      await store.put(key, body, noHurry());
      expect((await store.get(key, noHurry()))?.equals(body)).toBe(true);
      expect((await listAll(store)).get(key.id)?.bytes).toBe(64 * MB);
    });

    test('whoever reads while others write and delete gets the whole body or none', async () => {
      const store = await tried.create();
      const keys = Array.from({ length: 12 }, () => keyIn('busy'));
      const body = randomBytes(512 * 1_024);
      const seen: (Buffer | undefined)[] = [];
      const live = async (key: BodyKey): Promise<void> => {
        const writing = store.put(key, body, noHurry());
        for (let i = 0; i < 4; i += 1) seen.push(await store.get(key, noHurry()));
        await writing;
        const deleting = store.delete([key], noHurry());
        for (let i = 0; i < 4; i += 1) seen.push(await store.get(key, noHurry()));
        await deleting;
      };
      await Promise.all(keys.map(live));
      expect(seen.filter((found) => found !== undefined && !found.equals(body))).toEqual([]);
      expect((await listAll(store)).size).toBe(0);
    });

    test('a call whose time is up rejects with the reason', async () => {
      const store = await tried.create();
      const over = AbortSignal.abort(new Error('the time is up'));
      const key = keyIn('a');
      const calls = [
        async () => store.put(key, Buffer.from('x'), over),
        async () => store.get(key, over),
      ];
      for (const call of calls) await expect(call()).rejects.toThrow('the time is up');
    });

    const { createSilent, createGone } = tried;
    if (createSilent)
      test('a server that falls silent holds nobody', async () => {
        await rejectsInTime(await createSilent());
      });

    if (createGone)
      test('a server that is gone is an error of the call', async () => {
        await rejectsInTime(await createGone());
      });
  });
}

/** Every call rejects, at the latest when its signal is aborted. */
async function rejectsInTime(store: BodyStore): Promise<void> {
  const key = keyIn('a');
  const inTime = (): AbortSignal => AbortSignal.timeout(300);
  const first = async (): Promise<unknown> => store.list(inTime())[Symbol.asyncIterator]().next();
  const calls = [
    async () => store.put(key, Buffer.from('x'), inTime()),
    async () => store.get(key, inTime()),
    async () => store.delete([key], inTime()),
    first,
  ];
  for (const call of calls) await expect(call()).rejects.toThrow();
}
