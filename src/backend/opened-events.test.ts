/** Replies of a stream of events: bounded by what their payloads take when they are opened, and never held up by a store. */
import { expect, test } from 'vitest';
import { CoordinatorError } from '../errors.ts';
import { encodePointer } from '../payloads/envelope.ts';
import type { PayloadCodec } from '../payloads/payload-codec.ts';
import { openEvents, type Streams } from './opened-events.ts';
import { QueuePayloads } from './queue-payloads.ts';

const pointer = (plainBytes: number): string =>
  encodePointer(
    { isDeflated: false, plainBytes, dictionary: undefined, key: undefined },
    { store: 'files', id: '01BODY', bytes: plainBytes, checksum: 'x' },
  );
const reply = (results: readonly string[]): Streams => [
  [
    'bull:q:events',
    results.map((text, i) => [
      `${i + 1}-0`,
      ['event', 'completed', 'jobId', `${i}`, 'returnvalue', text],
    ]),
  ],
];

function setUp(unpack: PayloadCodec['unpack']) {
  const told: string[] = [];
  const codec: PayloadCodec = { pack: (_, json) => json, offload: (_, text) => text, unpack };
  const context = {
    payloads: { of: () => codec },
    announce: (name: string) => told.push(name),
    bodyReads: async (read: () => unknown) => read(),
  };
  return { told, payloads: new QueuePayloads(context as never, 'q') };
}

const MB = 1024 * 1024;

test('a reply is handed on up to what fits, and the next one begins behind it', async () => {
  let reads = 0;
  const { payloads } = setUp(async () => `"${++reads}"`);
  const [[, entries]] = (await openEvents(payloads, reply(Array(10).fill(pointer(5 * MB))))) as [
    Streams[number],
  ];
  expect(entries.map(([id]) => id)).toEqual(['1-0', '2-0', '3-0']);
  expect(entries.map(([, fields]) => fields.at(-1))).toEqual(['"1"', '"2"', '"3"']);
  expect(reads).toBe(3);
});

test('one that is larger than the budget is handed on alone', async () => {
  const { payloads } = setUp(async () => '"large"');
  const [[, entries]] = (await openEvents(payloads, reply([pointer(40 * MB), pointer(1)]))) as [
    Streams[number],
  ];
  expect(entries.map(([id]) => id)).toEqual(['1-0']);
});

test('after the first body whose store is away no other is asked for, and all events are handed on', async () => {
  let asked = 0;
  const { payloads, told } = setUp(async () => {
    asked += 1;
    throw new CoordinatorError('BODY_STORE_UNAVAILABLE', 'away');
  });
  const stored = Array<string>(100).fill(pointer(10));
  const [[, entries]] = (await openEvents(payloads, reply(stored))) as [Streams[number]];
  expect(entries.map(([, fields]) => fields.at(-1))).toEqual(stored);
  expect(asked).toBeLessThanOrEqual(16);
  expect(told).toContain('payload.unreadable');
});

test('a reply in which nothing is packed stays as it is', () => {
  const { payloads } = setUp(() => expect.unreachable());
  const plain = reply(['"a"', '{"b":1}']);
  expect(openEvents(payloads, plain)).toBe(plain);
});
