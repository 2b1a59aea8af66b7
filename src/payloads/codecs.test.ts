/** The codec of a queue, without Redis: what is stored under each policy, and that it comes back. */
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { photoData } from '../../bench/harness/photo-metadata.ts';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { CoordinatorError } from '../errors.ts';
import { createKeys } from '../keys.ts';
import { Codecs } from './codecs.ts';
import { isEnvelope, isPointer, readPointer } from './envelope.ts';
import { keyRing } from './key-ring.ts';
import type { PayloadCodec, PayloadKind } from './payload-codec.ts';
import type { PayloadPolicy } from './payload-policy.ts';
import type { BodyAccess } from './queue-codec.ts';

const ring = keyRing({ current: 'now', keys: { now: randomBytes(32), old: randomBytes(32) } });
const POLICY: PayloadPolicy = {
  ...{ types: 'json', compressAboveBytes: undefined, encrypt: undefined },
  ...{ offloadAboveBytes: undefined, offloadTo: undefined, maxBytes: undefined },
  ...{ warnAtRatio: 0.8, redact: [] },
};
const photo = (seed: number): string => JSON.stringify(photoData(createSeededRandom(seed)));
const KINDS: readonly PayloadKind[] = ['data', 'result', 'progress'];
const coded = (code: string, ...texts: string[]) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(new RegExp(texts.map((text) => `(?=.*${text})`).join(''))),
  });

/** Bodies in memory. */
class Bodies implements BodyAccess {
  readonly held = new Map<string, Buffer>();
  isAway = false;

  async put(queue: string, storeName: string | undefined, body: Buffer) {
    if (this.isAway) throw new CoordinatorError('BODY_STORE_UNAVAILABLE', 'files is away');
    const [store, id] = [storeName ?? 'redis', `01BODY${this.held.size}`];
    this.held.set(`${queue} ${store} ${id}`, Buffer.from(body));
    return { store, id };
  }

  async get(queue: string, store: string, id: string): Promise<Buffer> {
    if (this.isAway) throw new CoordinatorError('BODY_STORE_UNAVAILABLE', `${store} is away`);
    const body = this.held.get(`${queue} ${store} ${id}`);
    if (!body) throw new CoordinatorError('BODY_MISSING', `its body "${id}" is not in "${store}"`);
    return body;
  }
}

let bodies: Bodies;
let events: object[];
let observed: unknown[][];
beforeEach(() => {
  bodies = new Bodies();
  events = [];
  observed = [];
});

function codecs(policies: Readonly<Record<string, Partial<PayloadPolicy>>> = {}): Codecs {
  const made = new Codecs({
    // Redis is away: dictionaries have tests of their own.
    command: { isReady: false, since: 0, raw: () => new Promise<never>(() => {}) },
    keys: createKeys('coordinator'),
    announce: (name, payload) => events.push({ name, ...payload }),
    bodies,
    observer: {
      packed: (...seen) => observed.push(seen),
      offloaded: (...seen) => observed.push(['offloaded', ...seen]),
    },
  });
  for (const [queue, policy] of Object.entries(policies))
    made.define(queue, { ...POLICY, ...policy });
  return made;
}
const codec = (policy?: Partial<PayloadPolicy>): PayloadCodec =>
  codecs(policy && { photos: policy }).of('photos');
async function store(by: PayloadCodec, json: string, kind: PayloadKind = 'data'): Promise<string> {
  return by.offload(kind, await by.pack(kind, json));
}

const POLICIES: Readonly<Record<string, Partial<PayloadPolicy> | undefined>> = {
  none: undefined,
  empty: {},
  compressed: { compressAboveBytes: 100 },
  'compressed always': { compressAboveBytes: 0 },
  encrypted: { encrypt: ring },
  'compressed and encrypted': { compressAboveBytes: 100, encrypt: ring },
  offloaded: { offloadAboveBytes: 300 },
  'compressed, encrypted and offloaded': {
    ...{ compressAboveBytes: 0, encrypt: ring, offloadAboveBytes: 0 },
  },
};
const PAYLOADS: readonly string[] = [
  ...['{}', '{"a":1}', 'null', '"text"', '0', '[]', '""', '"\u{1f4f7} Łódź"'],
  ...['{"$drover":1}', '{"$drover":"z1,5,,,AAAA"}', '{"$drover":"p1,5"}'],
  ...[photo(1), photo(2), JSON.stringify('x'.repeat(40_000)), JSON.stringify(photo(3).repeat(60))],
  JSON.stringify(Array.from({ length: 3_000 }, (_, at) => String.fromCharCode(at + 32)).join('')),
];

describe.each(Object.entries(POLICIES))('a payload under a policy: %s', (_, policy) => {
  it.each(KINDS)('comes back as it was: %s', async (kind) => {
    for (const json of PAYLOADS) {
      const stored = await store(codec(policy), json, kind);
      expect(typeof JSON.parse(stored) === 'object' || !isEnvelope(stored)).toBe(true);
      // Bodies are shared, all else is another process.
      expect(await codec(policy).unpack(kind, stored)).toBe(json);
    }
  });

  it('is read by a process that has no policy for its queue', async () => {
    for (const json of PAYLOADS) {
      const stored = await store(codec(policy), json);
      const viewer = codecs({ mails: { encrypt: ring } }).of('photos');
      expect(await viewer.unpack('data', stored)).toBe(json);
    }
  });

  it('is never packed when it is the empty object of BullMQ', async () => {
    expect(await store(codec(policy), '{}')).toBe('{}');
  });

  it('is read when it was stored before the policy', () => {
    for (const json of PAYLOADS.filter((each) => !isEnvelope(each)))
      expect(codec(policy).unpack('data', json)).toBe(json);
  });
});

describe('packing', () => {
  it('answers at once, and hands on the very text, where there is nothing to do', () => {
    const json = photo(1);
    expect(codec().pack('data', json)).toBe(json);
    expect(codec().unpack('data', json)).toBe(json);
    expect(codec().offload('data', json)).toBe(json);
    expect(codec({ compressAboveBytes: 10_000 }).pack('data', json)).toBe(json);
    expect(observed).toHaveLength(1); // Only what is under a policy is told.
  });

  it('answers at once for small payloads, and keeps the thread free for large ones', () => {
    const by = codec({ compressAboveBytes: 100, encrypt: ring });
    expect(typeof by.pack('data', photo(1))).toBe('string');
    expect(by.pack('data', JSON.stringify('x'.repeat(64_000)))).toBeInstanceOf(Promise);
  });

  it('follows a policy that was declared after the codec was asked for', async () => {
    const made = codecs();
    const by = made.of('photos');
    expect(await by.pack('data', photo(1))).toBe(photo(1));
    made.define('photos', { ...POLICY, encrypt: ring });
    expect(await by.pack('data', photo(1))).toMatch(/^\{"\$drover":"n1,/);
  });

  it('wraps what would be taken for an envelope', async () => {
    for (const policy of [undefined, {}, { compressAboveBytes: 0 }]) {
      const json = '{"$drover":"z1,5,,,AAAA"}';
      const stored = await codec(policy).pack('data', json);
      expect(stored).not.toBe(json);
      expect(isEnvelope(stored)).toBe(true);
    }
  });

  it.each([
    ['a pointer', '{"$drover":"p1,5,,,files,01J,1,x"}'],
    ['a pointer with more beside it', '{"$drover":"p1,5,,,files,01J,1,x","more":1}'],
    ['what names a dictionary', '{"$drover":"z1,5,3f9a1c07,,AAAA"}'],
  ])('refuses %s as data: wrapped, it would hide from the sweep what it refers to', (_, json) => {
    for (const policy of [undefined, {}, { compressAboveBytes: 0, offloadAboveBytes: 0 }])
      expect(() => codec(policy).pack('data', json)).toThrow(
        coded('DATA_INVALID', 'data', '"photos"', 'could not be read'),
      );
  });

  it('keeps the smaller: what does not shrink stays as it is', async () => {
    const noise = JSON.stringify(randomBytes(3_000).toString('base64'));
    expect(await codec({ compressAboveBytes: 100 }).pack('data', noise)).toBe(noise);
    const encrypted = await codec({ compressAboveBytes: 0, encrypt: ring }).pack('data', '"ab"');
    expect(encrypted).toContain('"n1,'); // Deflated, it would be longer.
  });

  it('compresses above the size, and not at it', async () => {
    const json = JSON.stringify('a'.repeat(998));
    expect(await codec({ compressAboveBytes: 1_000 }).pack('data', json)).toBe(json);
    expect(await codec({ compressAboveBytes: 999 }).pack('data', json)).not.toBe(json);
    const wide = JSON.stringify('Ł'.repeat(400)); // 802 bytes, 402 characters
    expect(await codec({ compressAboveBytes: 801 }).pack('data', wide)).not.toBe(wide);
    expect(await codec({ compressAboveBytes: 802 }).pack('data', wide)).toBe(wide);
  });

  it('refuses what is too large for its queue, and says queue, kind, size and limit', () => {
    const by = codec({ maxBytes: 1_000, encrypt: ring });
    expect(() => by.pack('result', JSON.stringify('a'.repeat(999)))).toThrow(
      coded('PAYLOAD_TOO_LARGE', 'result', '"photos"', '1001', '1000'),
    );
    expect(() => by.pack('data', JSON.stringify('Ł'.repeat(500)))).toThrow(
      coded('PAYLOAD_TOO_LARGE', '1002'),
    );
    expect(typeof by.pack('data', JSON.stringify('a'.repeat(998)))).toBe('string');
  });

  it('neither refuses nor warns of progress', () => {
    const json = JSON.stringify('a'.repeat(5_000));
    expect(codec({ maxBytes: 1_000 }).pack('progress', json)).toBe(json);
    expect(events).toEqual([]);
  });

  it('warns from a share of the limit on, and counts the warnings of a kind', () => {
    const by = codec({ maxBytes: 1_000 });
    by.pack('data', JSON.stringify('a'.repeat(700)));
    expect(events).toEqual([]);
    for (const kind of ['data', 'result', 'data'] as const)
      by.pack(kind, JSON.stringify('a'.repeat(900)));
    const warning = { name: 'payload.large', queue: 'photos', bytes: 902, maxBytes: 1_000 };
    expect(events).toEqual([
      { ...warning, kind: 'data', repeated: 1 },
      { ...warning, kind: 'result', repeated: 1 },
      { ...warning, kind: 'data', repeated: 2 },
    ]);
  });

  it('refuses more than Redis takes before anything is sent, without a policy, too', () => {
    const huge = `"${'€'.repeat(180_000_000)}"`; // 540 MB in UTF-8
    expect(() => codec().pack('data', huge)).toThrow(coded('PAYLOAD_TOO_LARGE', '"photos"'));
  });

  it('tells what it has saved', async () => {
    const made = codecs({ photos: { compressAboveBytes: 0, offloadAboveBytes: 300 } });
    const by = made.of('photos');
    const json = photo(5);
    const packed = await by.pack('data', json);
    await by.offload('data', packed);
    const [body] = bodies.held.values();
    const bytes = Buffer.byteLength(json);
    expect(observed).toEqual([
      ['photos', 'data', bytes, packed.length],
      ['offloaded', 'photos', 'data', body!.length],
    ]);
  });
});

describe('offloading', () => {
  it('writes binary bodies to the store of the queue, and leaves a short pointer', async () => {
    const by = codec({ compressAboveBytes: 0, offloadAboveBytes: 500, offloadTo: 'files' });
    const packed = await by.pack('data', photo(1));
    const stored = await by.offload('data', packed);
    expect(isPointer(stored)).toBe(true);
    expect(stored.length).toBeLessThan(150);
    const pointer = readPointer(stored)!;
    const body = bodies.held.get(`photos files ${pointer.id}`)!;
    expect(pointer).toMatchObject({ store: 'files', bytes: body.length });
    expect(body.length).toBeLessThan(packed.length * 0.77);
  });

  it('leaves what is small, and what is a pointer already', async () => {
    const by = codec({ offloadAboveBytes: 500 });
    const small = JSON.stringify('a'.repeat(498));
    expect(by.offload('data', small)).toBe(small);
    const stored = await store(by, photo(1));
    expect(by.offload('data', stored)).toBe(stored);
  });

  it('tells a store that is away, when it writes and when it reads', async () => {
    const by = codec({ offloadAboveBytes: 500 });
    const stored = await store(by, photo(1));
    bodies.isAway = true;
    await expect(store(by, photo(1))).rejects.toThrow(coded('BODY_STORE_UNAVAILABLE'));
    const error: CoordinatorError = await Promise.resolve(by.unpack('data', stored)).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'BODY_STORE_UNAVAILABLE', retryable: true });
  });

  it.each([{ encrypt: undefined }, { encrypt: ring }])(
    'tells a body that is missing, cut or changed: %s',
    async (policy) => {
      const by = codec({ ...policy, offloadAboveBytes: 500 });
      const stored = await store(by, photo(1));
      const [[name, body]] = [...bodies.held] as [[string, Buffer]];
      const changed = Buffer.from(body);
      changed[changed.length - 9]! ^= 4;
      for (const wrong of [body.subarray(0, -1), changed, Buffer.alloc(0)]) {
        bodies.held.set(name, wrong);
        await expect(by.unpack('data', stored)).rejects.toThrow(
          coded('BODY_MISSING', '"photos"', '"redis"', '"01BODY0"'),
        );
      }
      bodies.held.clear();
      await expect(by.unpack('data', stored)).rejects.toThrow(coded('BODY_MISSING', '"photos"'));
    },
  );

  it('does not read the body of another kind', async () => {
    const by = codec({ encrypt: ring, offloadAboveBytes: 0 });
    await expect(by.unpack('result', await store(by, photo(1)))).rejects.toThrow(
      coded('PAYLOAD_UNREADABLE', 'result'),
    );
  });
});

describe('unpacking', () => {
  it('inflates many times what may be written, and no more: the limit may have been lowered', async () => {
    const by = codec({ compressAboveBytes: 0 });
    const packed = async (length: number): Promise<string> =>
      by.pack('data', JSON.stringify('a'.repeat(length)));
    const [large, larger] = [await packed(16_000_000), await packed(17_000_000)];
    const limited = codec({ maxBytes: 1_000 });
    expect(await limited.unpack('data', large)).toHaveLength(16_000_002);
    expect(() => limited.unpack('data', larger)).toThrow(
      coded('PAYLOAD_UNREADABLE', '17000002', '1000 of payload.maxBytes'),
    );
    expect(await limited.unpack('progress', larger)).toHaveLength(17_000_002);
    expect(await codec({ maxBytes: 1_100_000 }).unpack('data', larger)).toHaveLength(17_000_002);
  });

  it('names the queue in every error', async () => {
    const stored = await store(codec({ encrypt: ring }), '{"a":1}');
    const moved = codecs({ mails: { encrypt: ring } }).of('mails');
    expect(() => moved.unpack('data', stored)).toThrow(
      coded('PAYLOAD_UNREADABLE', 'data', '"mails"'),
    );
    const without = keyRing({ current: undefined, keys: { old: ring.key('old')! } });
    expect(() => codec({ encrypt: without }).unpack('data', stored)).toThrow(
      coded('PAYLOAD_KEY_UNKNOWN', '"photos"', '"now"'),
    );
    expect(() => codec().unpack('data', stored)).toThrow(coded('PAYLOAD_KEY_UNKNOWN', '"photos"'));
    expect(() => codec().unpack('data', stored.replace('"n1', '"n9'))).toThrow(
      coded('PAYLOAD_UNREADABLE', '"photos"', 'update this process'),
    );
  });

  it('never breaks on what is damaged: an error of the catalogue, or what was packed', async () => {
    const random = createSeededRandom(7);
    const by = codec({ compressAboveBytes: 0, encrypt: ring });
    const plain = codec({ compressAboveBytes: 0 });
    for (const text of [await by.pack('data', photo(1)), await plain.pack('data', photo(1))])
      for (let round = 0; round < 400; round++) {
        const at = Math.floor(random() * text.length);
        const character = String.fromCharCode(32 + Math.floor(random() * 95));
        const broken =
          text.slice(0, at) + character + text.slice(at + 1 + Math.floor(random() * 3));
        const outcome = await Promise.resolve()
          .then(() => by.unpack('data', broken))
          .catch((error: unknown) => error);
        if (typeof outcome !== 'string') expect(outcome).toBeInstanceOf(CoordinatorError);
      }
  });

  it('of a compression bomb ends with an error', async () => {
    const by = codec({ compressAboveBytes: 0 });
    const bomb = await by.pack('data', JSON.stringify('a'.repeat(5_000_000)));
    const claims = (bytes: number): string => bomb.replace(/z1,\w+,/, `z1,${bytes.toString(36)},`);
    for (const bytes of [10, 100_000, 4_999_999, 2 ** 40])
      await expect((async () => by.unpack('data', claims(bytes)))()).rejects.toThrow(
        coded('PAYLOAD_UNREADABLE', '"photos"'),
      );
  });
});
