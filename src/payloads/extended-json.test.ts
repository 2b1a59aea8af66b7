/** Dates, bigints and bytes in JSON: what is written reads back, whatever a user's own objects look like. */
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { fromExtended, toExtended } from './extended-json.ts';

const stored = (value: unknown): string => JSON.stringify(toExtended(value));
const roundTrip = (value: unknown): unknown => fromExtended(JSON.parse(stored(value)));

describe('extended JSON', () => {
  it('brings dates, bigints, Buffers and byte arrays back as what they were', () => {
    const value = {
      at: new Date('2026-03-01T10:20:30.456Z'),
      never: new Date(Number.NaN),
      size: 12_345_678_901_234_567_890n,
      debt: -3n,
      thumbnail: Buffer.from([0, 255, 7]),
      hash: new Uint8Array([1, 2, 3]),
      inside: [{ at: new Date(0) }, [1n]],
    };
    const back = roundTrip(value) as typeof value;
    expect(back).toEqual(value);
    expect(Buffer.isBuffer(back.thumbnail)).toBe(true);
    expect(Buffer.isBuffer(back.hash)).toBe(false);
    expect(roundTrip(new Date(1))).toEqual(new Date(1));
    expect(roundTrip(7n)).toBe(7n);
  });

  it('is ordinary JSON to others', () => {
    expect(stored({ at: new Date(0), n: 1n, b: Buffer.from('hi') })).toBe(
      '{"at":{"$date":"1970-01-01T00:00:00.000Z"},"n":{"$bigint":"1"},"b":{"$buffer":"aGk="}}',
    );
  });

  it('does not mistake the objects of a user for its own', () => {
    for (const value of [
      { $date: '1970-01-01T00:00:00.000Z' },
      { $$date: 'x' },
      { $bigint: '5' },
      { $buffer: { $bytes: 'aGk=' } },
      { $date: new Date(5) },
      { $date: 1, also: 2 },
      [{ $bytes: 'aGk=' }],
    ])
      expect(roundTrip(value)).toEqual(value);
    expect(roundTrip({ $date: '1970-01-01T00:00:00.000Z', gone: undefined })).toEqual({
      $date: '1970-01-01T00:00:00.000Z',
    });
  });

  it('leaves JSON that it has not written as it is', () => {
    for (const value of [{ $date: 5 }, { $date: 'tomorrow' }, { $bigint: '1.5' }, { $bytes: null }])
      expect(fromExtended(value)).toEqual(value);
  });

  it('does not change what it is given, and hands on what needs no change', () => {
    const plain = { a: [1, { b: 'c' }] };
    expect(toExtended(plain)).toBe(plain);
    expect(fromExtended(plain)).toBe(plain);
    const at = new Date(3);
    const mixed = { at, plain };
    expect((toExtended(mixed) as typeof mixed).plain).toBe(plain);
    expect(mixed).toEqual({ at, plain });
  });

  it('asks toJSON once, as JSON does', () => {
    let calls = 0;
    const money = {
      cents: 5,
      toJSON() {
        calls += 1;
        return { cents: this.cents, paidAt: new Date(0), toJSON: () => 'never asked' };
      },
    };
    expect(stored({ money })).toBe(
      '{"money":{"cents":5,"paidAt":{"$date":"1970-01-01T00:00:00.000Z"}}}',
    );
    expect(calls).toBe(1);
    expect(stored({ url: new URL('https://example.com/a') })).toBe(
      '{"url":"https://example.com/a"}',
    );
    const itself = {
      at: new Date(0),
      toJSON() {
        return this;
      },
    };
    expect(stored(itself)).toBe('{"at":{"$date":"1970-01-01T00:00:00.000Z"}}');
    expect(stored({ toJSON: () => 4n })).toBe('{"$bigint":"4"}');
  });

  it('keeps a key named __proto__ a key', () => {
    const value = JSON.parse('{"__proto__":{"n":1},"x":{"$bigint":"1"}}');
    const back = fromExtended(value) as object;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.keys(back)).toEqual(['__proto__', 'x']);
  });

  it('says where data refers back to itself', () => {
    const album: Record<string, unknown> = { photos: [] };
    (album.photos as unknown[]).push({ album });
    expect(() => toExtended({ album })).toThrow(
      expect.objectContaining({
        code: 'DATA_INVALID',
        message: expect.stringContaining(
          '"album.photos.0.album" refers back to the one at "album"',
        ),
      }),
    );
    const shared = { n: 1n };
    expect(roundTrip([shared, shared])).toEqual([shared, shared]); // Twice is no circle.
  });

  it('refuses what is nested too deeply to be walked', () => {
    let deep: unknown = 1n;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(() => toExtended(deep)).toThrow(expect.objectContaining({ code: 'DATA_INVALID' }));
    const text = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(() => fromExtended(JSON.parse(text))).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_UNREADABLE' }),
    );
  });

  it('reads back whatever was written', () => {
    const random = createSeededRandom(11);
    for (let round = 0; round < 3_000; round++) {
      const value = anything(random, 4);
      expect(roundTrip(value)).toEqual(value);
    }
  });
});

const KEYS = ['a', '$date', '$$date', '$bigint', '$bytes', '$buffer', '$$$bytes', '$drover', 'at'];
const pick = <T>(random: () => number, from: readonly T[]): T =>
  from[Math.floor(random() * from.length)]!;

function anything(random: () => number, depth: number): unknown {
  const kinds = depth > 0 ? 11 : 8;
  switch (Math.floor(random() * kinds)) {
    case 0:
      return new Date(Math.floor((random() - 0.5) * 1e15));
    case 1:
      return BigInt(Math.floor(random() * 1e15)) * (random() < 0.5 ? -1n : 10n ** 20n);
    case 2:
      return Buffer.from(String(random()));
    case 3:
      return new Uint8Array([random() * 256, random() * 256]);
    case 4:
      return random();
    case 5:
      return pick(random, ['', 'x', '1970-01-01T00:00:00.000Z', 'aGk=', '12', '\u{1f4f7}']);
    case 6:
      return null;
    case 7:
      return random() < 0.5;
    case 8:
      return Array.from({ length: Math.floor(random() * 4) }, () => anything(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: Math.floor(random() * 3) }, () => [
          pick(random, KEYS),
          anything(random, depth - 1),
        ]),
      );
  }
}
