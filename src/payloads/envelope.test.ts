/** Envelopes, pointers and bodies: what is written reads back, and what is none is told. */
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import {
  decodeBody,
  decodeEnvelope,
  decodePointer,
  dictionaryIdOf,
  ENVELOPE_PREFIX,
  encodeBody,
  encodeEnvelope,
  encodeHeader,
  encodePointer,
  isEnvelope,
  isPointer,
  MOST_OVERHEAD_BYTES,
  type Packing,
  POINTER_PREFIX,
  readPointer,
} from './envelope.ts';

const packing: Packing = {
  isDeflated: true,
  plainBytes: 6_144,
  dictionary: '3f9a1c07',
  key: '2026-03a',
};
const at = { store: 'files', id: '01JDQ3V5X2M7Z8K4N6P9R1T3W5', bytes: 70_211 };
const pointer = encodePointer(packing, { ...at, checksum: 'q1w2e3r4t5y6u7i8o9p0_-' });
const unreadable = (message: string) =>
  expect.objectContaining({
    code: 'PAYLOAD_UNREADABLE',
    message: expect.stringContaining(message),
  });

describe('an envelope', () => {
  it('reads back, as text and as a body', () => {
    const random = createSeededRandom(5);
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(
        Array.from({ length: round % 90 }, () => Math.floor(random() * 256)),
      );
      const one: Packing = {
        isDeflated: random() < 0.5,
        plainBytes: Math.floor(random() * 2 ** (random() * 32)),
        dictionary: random() < 0.5 ? undefined : '00ff12ab',
        key: random() < 0.5 ? undefined : 'my_key.2026-03',
      };
      const header = encodeHeader(one);
      const text = encodeEnvelope(header, bytes);
      expect(decodeEnvelope(text)).toEqual({ packing: one, header, bytes });
      expect(decodeBody(encodeBody({ header, bytes }))).toEqual({ packing: one, header, bytes });
      expect(dictionaryIdOf(text.slice(0, 60))).toBe(one.dictionary);
      expect(isEnvelope(text)).toBe(true);
      expect(isPointer(text)).toBe(false);
    }
  });

  it('is JSON that comes through other tools as it is', () => {
    const text = encodeEnvelope(encodeHeader(packing), Buffer.from([255, 254, 253, 0]));
    expect(text.startsWith(ENVELOPE_PREFIX)).toBe(true);
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
    expect(text).not.toMatch(/[\\/+=]/);
  });

  it('costs little', () => {
    for (const plainBytes of [1, 6_144, 1_500_000]) {
      const text = encodeEnvelope(encodeHeader({ ...packing, plainBytes }), Buffer.alloc(0));
      expect(text.length).toBeLessThanOrEqual(MOST_OVERHEAD_BYTES);
    }
  });

  it('of a newer version says what to do', () => {
    const text = encodeEnvelope(encodeHeader(packing).replace('1,', '2,'), Buffer.alloc(3));
    expect(() => decodeEnvelope(text)).toThrow(unreadable('update this process'));
    expect(() => decodePointer(pointer.replace('p1', 'p12'))).toThrow(unreadable('version 12'));
  });

  it('that is damaged is told', () => {
    const text = encodeEnvelope(encodeHeader(packing), Buffer.alloc(9));
    const broken = [
      ENVELOPE_PREFIX,
      `${ENVELOPE_PREFIX}1}`,
      `${ENVELOPE_PREFIX}{"a":1}}`,
      text.slice(0, 20),
      text.slice(0, -1),
      text.replace('"z', '"y'),
      text.replace('3f9a', '3F9A'),
    ];
    for (const each of broken) expect(() => decodeEnvelope(each)).toThrow(unreadable('damaged'));
    for (const each of ['', 'z', pointer]) {
      expect(() => decodeBody(Buffer.from(each))).toThrow(unreadable('damaged'));
    }
  });
});

describe('a pointer', () => {
  it('reads back', () => {
    const read = { ...at, checksum: 'q1w2e3r4t5y6u7i8o9p0_-', plainBytes: 6_144 };
    const expected = { ...read, dictionary: '3f9a1c07', key: '2026-03a' };
    expect(decodePointer(pointer)).toEqual(expected);
    expect(readPointer(pointer)).toEqual(expected);
    const bare = { isDeflated: false, plainBytes: 3, dictionary: undefined, key: undefined };
    expect(readPointer(encodePointer(bare, { ...at, checksum: 'x' }))).toEqual({
      ...{ ...at, checksum: 'x', plainBytes: 3, dictionary: undefined, key: undefined },
    });
  });

  it('is told by its first characters, is short, and names its dictionary early', () => {
    expect(pointer.startsWith(POINTER_PREFIX)).toBe(true);
    expect(pointer.length).toBeLessThan(250);
    expect(dictionaryIdOf(pointer.slice(0, 60))).toBe('3f9a1c07');
    expect(JSON.stringify(JSON.parse(pointer))).toBe(pointer);
    const longest = encodePointer(
      { ...packing, plainBytes: 2 ** 40, key: 'k'.repeat(32) },
      { store: 's'.repeat(16), id: at.id, bytes: 2 ** 40, checksum: 'c'.repeat(22) },
    );
    expect(longest.length).toBeLessThan(250);
    expect(decodePointer(longest).store).toBe('s'.repeat(16));
  });

  it('of a newer version still says to what it refers, so that a sweep keeps that', () => {
    const newer = `${POINTER_PREFIX}7,4qo,3f9a1c07,,files,${at.id}!new things"}`;
    expect(readPointer(newer)).toMatchObject({ store: 'files', id: at.id });
    expect(dictionaryIdOf(newer)).toBe('3f9a1c07');
  });

  it('is not seen in anything else', () => {
    for (const text of ['', '{}', '{"$drover":"x"}', `${POINTER_PREFIX}"}`, `${POINTER_PREFIX}1,1`])
      expect(readPointer(text)).toBeUndefined();
    expect(dictionaryIdOf('{"a":"z1,1,3f9a1c07,"}')).toBeUndefined();
    for (const text of [`${POINTER_PREFIX}"}`, pointer.slice(0, -1), pointer.slice(0, 60)])
      expect(() => decodePointer(text)).toThrow(unreadable('damaged'));
  });
});
