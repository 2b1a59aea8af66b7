/** The result of a job on its way to Redis: packed once, waited for when its store is away, never lost. */
import { UnrecoverableError } from 'bullmq';
import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { CoordinatorError } from '../errors.ts';
import type { PayloadCodec } from '../payloads/payload-codec.ts';
import { FinishedResults } from './finished-results.ts';
import { QueuePayloads } from './queue-payloads.ts';

function setUp(codec: Partial<PayloadCodec>, interruption = new AbortController()) {
  const clock = new FakeClock();
  const told: string[] = [];
  const calls = { locks: 0, backs: 0 };
  const whole: PayloadCodec = {
    pack: (_, json) => json,
    offload: (_, packed) => packed,
    unpack: (_, stored) => stored,
    ...codec,
  };
  const context = { payloads: { of: () => whole }, announce: (name: string) => told.push(name) };
  const results = new FinishedResults({
    payloads: new QueuePayloads(context as never, 'q'),
    lockMs: () => 3_000,
    interruption: () => interruption.signal,
    keepLock: async () => {
      calls.locks += 1;
    },
    handBack: async () => {
      calls.backs += 1;
    },
    clock,
  });
  const args = (result: unknown): unknown[] => [{ id: '17' }, result, false, 'token', true];
  return { clock, told, calls, results, args, interruption };
}

const envelope = { $drover: 'z' };
const packs = { pack: () => JSON.stringify(envelope) };
const away = () => Promise.reject(new CoordinatorError('BODY_STORE_UNAVAILABLE', 'away'));

test('without a policy a result is not even made JSON of', () => {
  const { results, args } = setUp({ isPlain: true, pack: () => expect.unreachable() });
  const given = args({
    get slow() {
      return expect.unreachable();
    },
  });
  expect(results.prepare(given)).toBe(given);
});

test.each([undefined, {}])('%j stays as it is', (result) => {
  const { results, args } = setUp(packs);
  const given = args(result);
  expect(results.prepare(given)).toBe(given);
});

test('a result is packed in the same turn, as an object: BullMQ makes JSON of it', () => {
  const { results, args } = setUp(packs);
  expect(results.prepare(args('text'))).toEqual(args(envelope));
});

test('a result that is too large fails its job for good: another attempt would return the same', () => {
  const { results, args } = setUp({
    pack: () => {
      throw new CoordinatorError('PAYLOAD_TOO_LARGE', '9 MB');
    },
  });
  expect(() => results.prepare(args([1]))).toThrow(UnrecoverableError);
  expect(() => results.prepare(args([1]))).toThrow('PAYLOAD_TOO_LARGE: job 17 of queue q: 9 MB');
});

test('while the store is away it waits with its lock renewed, for as long as it takes', async () => {
  let isUp = false;
  const { clock, told, calls, results, args } = setUp({
    ...packs,
    offload: () => (isUp ? Promise.resolve('{"$drover":"p"}') : away()),
  });
  const preparing = results.prepare(args([1]));
  await clock.pass(60_000);
  expect(calls.locks).toBe(60);
  isUp = true;
  await clock.pass(5_000);
  expect(await preparing).toEqual(args({ $drover: 'p' }));
  expect(told).toEqual(['payload.held', 'payload.resumed']);
  const { locks } = calls;
  await clock.pass(60_000);
  expect(calls).toEqual({ locks, backs: 0 });
});

test('a worker that closes meanwhile hands the job back', async () => {
  const { clock, calls, results, args, interruption } = setUp({ ...packs, offload: away });
  const preparing = Promise.resolve(results.prepare(args([1]))).catch((error: Error) => error.name);
  await clock.pass(1_000);
  interruption.abort();
  await clock.pass(1);
  expect(await preparing).toBe('WaitingError');
  expect(calls.backs).toBe(1);
});

test('a job that ends while its worker closes has its result put away all the same', async () => {
  const { results, args, interruption } = setUp({
    ...packs,
    offload: () => Promise.resolve('{"$drover":"p"}'),
  });
  interruption.abort();
  expect(await results.prepare(args([1]))).toEqual(args({ $drover: 'p' }));
});

test('a store that hangs while the worker closes is given up', async () => {
  const { clock, calls, results, args, interruption } = setUp({
    ...packs,
    offload: () => new Promise<string>(() => {}),
  });
  const preparing = Promise.resolve(results.prepare(args([1]))).catch((error: Error) => error.name);
  await clock.pass(10_000);
  interruption.abort();
  await clock.pass(2_000);
  expect(await preparing).toBe('WaitingError');
  expect(calls.backs).toBe(1);
});
