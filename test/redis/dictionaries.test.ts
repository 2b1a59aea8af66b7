/** Dictionaries of payloads in Redis: learned by one process, used by all, and there whenever a payload names them. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { photoData } from '../../bench/harness/photo-metadata.ts';
import { FakeClock } from '../../src/base/fake-clock.ts';
import { EventBus } from '../../src/events.ts';
import { createKeys } from '../../src/keys.ts';
import { Codecs } from '../../src/payloads/codecs.ts';
import { DictionaryStore, dictionaryId } from '../../src/payloads/dictionary-store.ts';
import { Encryption } from '../../src/payloads/encrypt.ts';
import { dictionaryIdOf } from '../../src/payloads/envelope.ts';
import { type KeyRing, keyRing } from '../../src/payloads/key-ring.ts';
import type { PayloadPolicy } from '../../src/payloads/payload-policy.ts';
import { Connection } from '../../src/redis/connection.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { until } from '../support/until.ts';

const keys = createKeys('coordinator');
const HASH = keys.dictionaries('photos');
const FOREVER = 60_000;
let server: RedisServer;
let redis: Redis;
let opened: { close(): void }[] = [];
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  redis.on('error', () => {});
});
afterAll(async () => {
  for (const each of opened) each.close();
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  for (const each of opened) each.close();
  opened = [];
  await redis.flushall();
});

/** The codecs of a process of their own. */
async function openProcess(encrypt?: KeyRing, clock?: FakeClock) {
  const connection = new Connection({
    role: 'command',
    name: 'dictionaries-test',
    createClient: clientMaker({ options: { host: server.host, port: server.port } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
    announce: new EventBus().announce,
  });
  await connection.client;
  const bodies = { put: () => expect.unreachable(), get: () => expect.unreachable() };
  const parts = { command: connection, keys, announce: () => {}, bodies, ...(clock && { clock }) };
  const codecs = new Codecs(parts);
  codecs.define('photos', policy(encrypt));
  opened.push(connection, codecs);
  return { codecs, codec: codecs.of('photos'), connection };
}
type Opened = Awaited<ReturnType<typeof openProcess>>;

function policy(encrypt: KeyRing | undefined): PayloadPolicy {
  return {
    ...{ types: 'json', compressAboveBytes: 500, offloadAboveBytes: undefined },
    ...{ offloadTo: undefined, maxBytes: undefined, warnAtRatio: 0.8, redact: [], encrypt },
  };
}

let seed = 0;
const photo = (): string => JSON.stringify(photoData(createSeededRandom(seed++)));
const pack = ({ codec }: Opened): string => codec.pack('data', photo()) as string;

/** Packs until the payloads name a dictionary, and returns the first that does. */
function learned(by: Opened): Promise<string> {
  return until(
    () => {
      for (let i = 0; i < 30; i++) pack(by);
      const packed = pack(by);
      return dictionaryIdOf(packed) ? packed : undefined;
    },
    { timeoutMs: FOREVER, what: 'a dictionary is learned' },
  );
}
/** Packs until the payloads name a dictionary that others have learned. */
function adopted(by: Opened): Promise<string> {
  return until(() => [pack(by)].find(dictionaryIdOf), { what: 'the dictionary of others is used' });
}
const unpacked = async ({ codec }: Opened, packed: string): Promise<unknown> =>
  JSON.parse(await codec.unpack('data', packed));
const coded = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) });

test(
  'one process learns a dictionary, and others pack and read with it',
  async () => {
    const [one, other] = [await openProcess(), await openProcess()];
    const before = pack(one);
    expect(dictionaryIdOf(before)).toBeUndefined();
    const packed = await learned(one);
    expect(packed.length).toBeLessThan(before.length * 0.6);
    expect(await unpacked(other, packed)).toHaveProperty('photoId');
    expect(await unpacked(other, before)).toHaveProperty('photoId');
    await other.codecs.look();
    expect(dictionaryIdOf(await adopted(other))).toBe(dictionaryIdOf(packed));
    expect(await redis.hget(HASH, 'data')).toBe(dictionaryIdOf(packed));
    expect(await redis.hlen(HASH)).toBe(2);
  },
  FOREVER,
);

test(
  'two that learn at the same time end up with one, and read what either has packed',
  async () => {
    const [one, other] = [await openProcess(), await openProcess()];
    const packed = await Promise.all([learned(one), learned(other)]);
    expect(await redis.hlen(HASH)).toBe(2);
    for (const by of [one, other]) {
      await by.codecs.look();
      for (const each of packed) expect(await unpacked(by, each)).toHaveProperty('photoId');
      expect(dictionaryIdOf(pack(by))).toBe(await redis.hget(HASH, 'data'));
    }
  },
  FOREVER,
);

test(
  'one that gave way to another and was lost is written again by who has packed with it',
  async () => {
    const one = await openProcess();
    const packed = await learned(one);
    const id = dictionaryIdOf(packed)!;
    const bytes = Buffer.from('"ExposureTime":"1/250","FNumber":');
    const offer = { dictionary: { id: dictionaryId(bytes), bytes }, isInUse: false, replaces: id };
    await new DictionaryStore(keys, new Encryption()).keep(redis, 'photos', 'data', offer);
    await redis.hdel(HASH, id);
    await one.codecs.look();
    expect(dictionaryIdOf(pack(one))).toBe(offer.dictionary.id);
    expect(await unpacked(await openProcess(), packed)).toHaveProperty('photoId');
  },
  FOREVER,
);

test(
  'a Redis that came back empty gets the dictionary before a payload names it',
  async () => {
    const one = await openProcess();
    const id = dictionaryIdOf(await learned(one));
    await server.kill();
    await until(() => !one.connection.isReady, { what: 'the loss is noticed' });
    // What waits on a disk meanwhile must not need what Redis may have lost.
    expect(dictionaryIdOf(pack(one))).toBeUndefined();
    await server.restart();
    await until(() => one.connection.isReady, { what: 'the connection stands again' });
    await until(() => redis.flushall(), { what: 'it is empty' });
    const packed = await adopted(one);
    expect(dictionaryIdOf(packed)).toBe(id);
    const other = await openProcess();
    expect(await unpacked(other, packed)).toHaveProperty('photoId');
  },
  FOREVER,
);

test(
  'a Redis that was emptied under a standing connection gets the dictionary again, and readers wait for it',
  async () => {
    const clock = new FakeClock();
    const [one, other] = [await openProcess(), await openProcess(undefined, clock)];
    const packed = await learned(one);
    await redis.flushall();
    const lost = pack(one);
    await expect(unpacked(other, lost)).rejects.toThrow(
      coded('BODY_STORE_UNAVAILABLE', dictionaryIdOf(packed)!),
    );
    await one.codecs.look();
    expect(await unpacked(other, lost)).toHaveProperty('photoId');
    expect(await redis.hget(HASH, 'data')).toBe(dictionaryIdOf(packed));
  },
  FOREVER,
);

test(
  'a dictionary that stays missing fails the payload, and is named with its key',
  async () => {
    const clock = new FakeClock();
    const [one, other] = [await openProcess(), await openProcess(undefined, clock)];
    const packed = await learned(one);
    await redis.flushall();
    await expect(unpacked(other, packed)).rejects.toThrow(coded('BODY_STORE_UNAVAILABLE', HASH));
    await clock.pass(200_000);
    await expect(unpacked(other, packed)).rejects.toThrow(
      coded('PAYLOAD_UNREADABLE', `"${dictionaryIdOf(packed)}", which is not in ${HASH}`),
    );
  },
  FOREVER,
);

test(
  'while Redis is away, readers of an unknown dictionary get an error that is worth another try',
  async () => {
    const clock = new FakeClock();
    const [one, other] = [await openProcess(), await openProcess(undefined, clock)];
    const packed = await learned(one);
    await server.kill();
    await until(() => !other.connection.isReady, { what: 'the loss is noticed' });
    const reading = expect(unpacked(other, packed)).rejects.toThrow(
      coded('BODY_STORE_UNAVAILABLE', 'in time'),
    );
    await clock.pass(10_000);
    await reading;
    // What was packed with it here is known here.
    expect(await unpacked(one, packed)).toHaveProperty('photoId');
    await server.restart();
  },
  FOREVER,
);

test(
  'a dictionary that was damaged is told and not used',
  async () => {
    const one = await openProcess();
    const packed = await learned(one);
    const id = dictionaryIdOf(packed)!;
    const stored = (await redis.hgetBuffer(HASH, id))!;
    stored[stored.length - 1]! ^= 1;
    await redis.hset(HASH, id, stored);
    const other = await openProcess();
    await expect(unpacked(other, packed)).rejects.toThrow(coded('PAYLOAD_UNREADABLE', 'damaged'));
    pack(other);
    await expect(other.codecs.look()).rejects.toThrow(coded('PAYLOAD_UNREADABLE', 'damaged'));
    expect(dictionaryIdOf(pack(other))).toBeUndefined();
  },
  FOREVER,
);

test(
  'with encrypted payloads it is encrypted, and goes over to the new key when that is rotated',
  async () => {
    const bytes = { old: randomBytes(32), now: randomBytes(32) };
    const one = await openProcess(keyRing({ current: 'old', keys: bytes }));
    const packed = await learned(one);
    const id = dictionaryIdOf(packed)!;
    const stored = async (): Promise<string> =>
      (await redis.hgetBuffer(HASH, id))!.toString('latin1');
    expect(await stored()).toMatch(/^n1,\w+,,old,/);
    expect(await stored()).not.toContain('ExposureTime');

    const next = await openProcess(keyRing({ current: 'now', keys: bytes }));
    await adopted(next);
    await next.codecs.look();
    expect(await stored()).toMatch(/^n1,\w+,,now,/);
    // The old key is taken away.
    const last = await openProcess(keyRing({ current: 'now', keys: { now: bytes.now } }));
    expect(await unpacked(last, await adopted(next))).toHaveProperty('photoId');
    const stranger = await openProcess();
    await expect(unpacked(stranger, await adopted(next))).rejects.toThrow(
      coded('PAYLOAD_KEY_UNKNOWN', '"now"'),
    );
  },
  FOREVER,
);

test(
  'when encryption has ended, payloads in the clear name a dictionary in the clear',
  async () => {
    const held = { old: randomBytes(32) };
    const one = await openProcess(keyRing({ current: 'old', keys: held }));
    const id = dictionaryIdOf(await learned(one))!;
    const stored = async (): Promise<string> =>
      (await redis.hgetBuffer(HASH, id))!.toString('latin1');
    const ended = await openProcess(keyRing({ current: undefined, keys: held }));
    const packed = await adopted(ended);
    expect(packed).toMatch(new RegExp(`"z1,\\w+,${id},,`));
    expect(await stored()).toMatch(/^n1,\w+,,,/);
    expect(await unpacked(await openProcess(), packed)).toHaveProperty('photoId');

    // One that still encrypts keeps its own as its payloads are, until it is deployed, too.
    await one.codecs.look();
    expect(await stored()).toMatch(/^n1,\w+,,old,/);
    await ended.codecs.look();
    expect(await stored()).toMatch(/^n1,\w+,,,/);
  },
  FOREVER,
);

test.each(['is damaged', 'is encrypted with a key that is gone'])(
  'the next one that is learned takes the place of one that %s',
  async (what) => {
    const ring = (id: string): KeyRing => keyRing({ current: id, keys: { [id]: randomBytes(32) } });
    const isDamaged = what === 'is damaged';
    const own = ring('old');
    const one = await openProcess(own);
    const id = dictionaryIdOf(await learned(one))!;
    one.codecs.close();
    const stored = (await redis.hgetBuffer(HASH, id))!;
    if (isDamaged) stored[stored.length - 1]! ^= 1;
    await redis.hset(HASH, id, stored);
    const others = isDamaged ? own : ring('new');
    const by = await openProcess(others);
    pack(by);
    const code = isDamaged ? 'PAYLOAD_UNREADABLE' : 'PAYLOAD_KEY_UNKNOWN';
    await expect(by.codecs.look()).rejects.toMatchObject({ code });
    const packed = await learned(by);
    expect(await redis.hget(HASH, 'data')).toBe(dictionaryIdOf(packed));
    expect(dictionaryIdOf(packed)).not.toBe(id);
    expect(await unpacked(await openProcess(others), packed)).toHaveProperty('photoId');
    await by.codecs.look();
    // Who has packed with the former one goes on, whether or not it can read this one.
    await one.codecs.look();
    expect(dictionaryIdOf(pack(one))).toBe(isDamaged ? dictionaryIdOf(packed) : id);
    // Payloads name it, and may be read where its key is, or when it is restored.
    expect((await redis.hgetBuffer(HASH, id))!.equals(stored)).toBe(true);
  },
  FOREVER,
);

test('one that is larger than any that was learned is not taken', async () => {
  const bytes = randomBytes(40_000);
  const offer = {
    ...{ dictionary: { id: dictionaryId(bytes), bytes }, isInUse: false, replaces: undefined },
  };
  await new DictionaryStore(keys, new Encryption()).keep(redis, 'photos', 'data', offer);
  const one = await openProcess();
  pack(one);
  await expect(one.codecs.look()).rejects.toThrow(coded('PAYLOAD_UNREADABLE', 'has 40'));
  expect(dictionaryIdOf(pack(one))).toBeUndefined();
  const names = `{"$drover":"z1,4,${offer.dictionary.id},,AAAA"}`;
  await expect(unpacked(one, names)).rejects.toThrow(coded('PAYLOAD_UNREADABLE', 'has 40'));
});

test(
  'many readers that wait for the same dictionary ask Redis once',
  async () => {
    const one = await openProcess();
    const packed = await learned(one);
    const other = await openProcess();
    await redis.config('RESETSTAT');
    const reads = await Promise.all(Array.from({ length: 50 }, () => unpacked(other, packed)));
    expect(reads).toHaveLength(50);
    expect(await redis.info('commandstats')).toMatch(/cmdstat_hget:calls=1,/);
  },
  FOREVER,
);

test(
  'what is kept outside of Redis needs no dictionary, and can be read when Redis has lost it',
  async () => {
    const one = await openProcess();
    const packed = await learned(one);
    const kept = await one.codec.selfContained!('data', packed);
    expect(dictionaryIdOf(kept)).toBeUndefined();
    await redis.flushall();
    const other = await openProcess();
    expect(await unpacked(other, kept)).toEqual(await unpacked(one, packed));
    expect(await one.codec.selfContained!('data', kept)).toBe(kept);
  },
  FOREVER,
);
