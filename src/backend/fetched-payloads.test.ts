/** A fetched job whose payload cannot be read: marked or sent back, and never an error. */
import type { JobJson } from 'bullmq';
import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { CoordinatorError } from '../errors.ts';
import type { PayloadCodec } from '../payloads/payload-codec.ts';
import { FetchedPayloads } from './fetched-payloads.ts';
import { QueuePayloads } from './queue-payloads.ts';

const POINTER = '{"$drover":"p1"}';

function setUp(unpack: PayloadCodec['unpack'], interruption = new AbortController()) {
  const clock = new FakeClock();
  const told: string[] = [];
  const sent: unknown[] = [];
  const codec: PayloadCodec = { pack: (_, json) => json, offload: (_, text) => text, unpack };
  const context = {
    payloads: { of: () => codec },
    announce: (name: string) => told.push(name),
    bodyReads: (read: () => unknown) => read(),
  };
  let looks = 0;
  const fetched = new FetchedPayloads({
    payloads: new QueuePayloads(context as never, 'q'),
    lockMs: () => 3_000,
    interruption: () => interruption.signal,
    sendBack: async (...back) => void sent.push(back),
    lookOn: () => {
      looks += 1;
    },
    clock,
  });
  const job = (data: string, more: Partial<JobJson> = {}) =>
    [{ name: 'x', data, progress: 0, ...more } as JobJson, '17', 0, 0] as [JobJson, string, 0, 0];
  return { clock, told, sent, fetched, job, interruption, looks: () => looks };
}

const away = () => Promise.reject(new CoordinatorError('BODY_STORE_UNAVAILABLE', 'away'));

test('what is not packed is handed on in the same turn, untouched', () => {
  const { fetched, job } = setUp(away);
  const plain = job('{"a":1}');
  expect(fetched.open(plain, 't')).toBe(plain);
  expect(fetched.open(undefined, 't')).toBeUndefined();
});

test('what cannot be read is marked with code, queue and job, and keeps what is stored', async () => {
  const { fetched, job, told } = setUp(() => {
    throw new CoordinatorError('PAYLOAD_KEY_UNKNOWN', 'key "k1"');
  });
  const opened = await fetched.open(job(POINTER), 't');
  expect(opened![0]).toMatchObject({
    data: POINTER,
    deferredFailure: 'PAYLOAD_KEY_UNKNOWN: job 17 of queue q: key "k1"',
  });
  expect(told).toEqual(['payload.unreadable']);
});

test('an envelope that is no JSON is not handed to BullMQ, which would throw', async () => {
  const { fetched, job } = setUp(() => {
    throw new Error('boom');
  });
  const opened = await fetched.open(job('{"$drover":"z'), 't');
  expect(opened![0]).toMatchObject({
    data: '{}',
    deferredFailure: expect.stringMatching(/^PAYLOAD_UNREADABLE: job 17 .*boom/),
  });
});

test('progress that cannot be read does not fail the job', async () => {
  const { fetched, job } = setUp((kind) => (kind === 'data' ? '{"a":1}' : away()));
  const opened = await fetched.open(job(POINTER, { progress: { $drover: 'p2' } }), 't');
  expect(opened![0]).toMatchObject({ data: '{"a":1}', progress: { $drover: 'p2' } });
  expect(opened![0]!.deferredFailure).toBeUndefined();
});

test('a store that is away is waited for during a third of the lock, then the job goes back for some seconds', async () => {
  const { clock, fetched, job, sent, told, looks } = setUp(away);
  const opening = fetched.open(job(POINTER), 't') as Promise<unknown>;
  const at = opening.then(() => clock.monotonic());
  await clock.pass(3_000);
  expect(await opening).toBeUndefined();
  expect(await at).toBeLessThanOrEqual(1_000);
  const [[jobId, token, delayMs]] = sent as [[string, string, number]];
  expect([jobId, token]).toEqual(['17', 't']);
  expect(delayMs).toBeGreaterThanOrEqual(5_000);
  expect(delayMs).toBeLessThanOrEqual(15_000);
  expect([told, looks()]).toEqual([['payload.held'], 1]);
});

test('the outage is told once, and over only when the store has answered', async () => {
  let isUp = false;
  const inline = '{"$drover":"z1"}';
  const { clock, fetched, job, told } = setUp((_, stored) =>
    stored === inline || isUp ? '{"a":1}' : away(),
  );
  for (const data of [POINTER, POINTER, inline]) {
    const opening = fetched.open(job(data), 't') as Promise<unknown>;
    await clock.pass(1_000);
    await opening;
  }
  expect(told).toEqual(['payload.held']);
  isUp = true;
  await fetched.open(job(POINTER), 't');
  expect(told).toEqual(['payload.held', 'payload.resumed']);
});

test('a worker that closes sends the job back at once', async () => {
  const { clock, fetched, job, sent, interruption } = setUp(away);
  const opening = fetched.open(job(POINTER), 't') as Promise<unknown>;
  await clock.pass(1);
  interruption.abort();
  expect(await opening).toBeUndefined();
  expect(sent).toHaveLength(1);
  expect(clock.monotonic()).toBe(1);
});
