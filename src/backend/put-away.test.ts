/** Many bodies at once: a few on their way at a time, and none written twice by the tries of one add. */
import { expect, test } from 'vitest';
import { createDeferred, type Deferred } from '../base/deferred.ts';
import { CoordinatorError } from '../errors.ts';
import type { PayloadCodec } from '../payloads/payload-codec.ts';
import { fewAtOnce, onceEach } from './put-away.ts';

const codec = {} as PayloadCodec;
const away = new CoordinatorError('BODY_STORE_UNAVAILABLE', 'away');
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A store whose every put is answered by the test. */
function setUp() {
  const puts = new Map<string, Deferred<string>[]>();
  const put = (_: PayloadCodec, data: string): string | Promise<string> => {
    if (data.startsWith('small')) return data;
    const deferred = createDeferred<string>();
    puts.set(data, [...(puts.get(data) ?? []), deferred]);
    return deferred.promise;
  };
  return { puts, put, many: Array.from({ length: 100 }, (_, i) => `body ${i}`) };
}

test('a hundred bodies are put away sixteen at a time', async () => {
  const { puts, put, many } = setUp();
  const change = fewAtOnce(put);
  const stored = Promise.all(many.map((body) => change(codec, body)));
  await settled();
  expect(puts.size).toBe(16);
  puts.get('body 0')![0]!.resolve('pointer');
  await settled();
  expect(puts.size).toBe(17);
  for (const body of many) {
    await settled();
    puts.get(body)![0]!.resolve('pointer');
  }
  expect(await stored).toEqual(many.map(() => 'pointer'));
});

test('what is small is there in the same turn', () => {
  const { put } = setUp();
  expect(fewAtOnce(put)(codec, 'small')).toBe('small');
  expect(onceEach(put)(codec, 'small')).toBe('small');
});

test('after one that finds the store down the others do not begin, and the next try begins them', async () => {
  const { puts, put, many } = setUp();
  const change = fewAtOnce(put);
  const first = Promise.allSettled(many.map((body) => change(codec, body)));
  await settled();
  for (const [, [deferred]] of puts) deferred!.reject(away);
  expect((await first).every(({ status }) => status === 'rejected')).toBe(true);
  expect(puts.size).toBe(16);
  void Promise.resolve(change(codec, 'again'));
  await settled();
  expect(puts.has('again')).toBe(true);
});

test('the tries of one add put nothing away twice, neither what is stored nor what is on its way', async () => {
  const { puts, put } = setUp();
  const change = onceEach(put);
  const tryAll = () => Promise.all(['a', 'b', 'c'].map((body) => change(codec, body)));
  const first = tryAll();
  puts.get('a')![0]!.resolve('pointer a');
  puts.get('b')![0]!.reject(away);
  await expect(first).rejects.toBe(away);
  const second = tryAll();
  expect([...puts].map(([body, all]) => [body, all.length])).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 1],
  ]);
  puts.get('b')![1]!.resolve('pointer b');
  puts.get('c')![0]!.resolve('pointer c');
  expect(await second).toEqual(['pointer a', 'pointer b', 'pointer c']);
});
