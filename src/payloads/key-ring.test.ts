/** Rings of keys: what they take, and that they never show a key. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isKeyRing, type KeyRingOptions, keyRing } from './key-ring.ts';

const first = randomBytes(32);
const second = randomBytes(32);

describe('a key ring', () => {
  it('holds keys given as base64, base64url and bytes', () => {
    const ring = keyRing({
      current: 'b',
      keys: { a: first.toString('base64'), b: second, c: first.toString('base64url') },
    });
    expect(ring.current).toBe('b');
    expect(ring.key('a')).toEqual(first);
    expect(ring.key('b')).toEqual(second);
    expect(ring.key('c')).toEqual(first);
    expect(ring.key('toString')).toBeUndefined();
    expect(isKeyRing(ring)).toBe(true);
    expect(isKeyRing({ current: 'a' })).toBe(false);
  });

  it('keeps its keys when the caller wipes the bytes', () => {
    const bytes = Buffer.from(first);
    const ring = keyRing({ current: 'a', keys: { a: bytes } });
    bytes.fill(0);
    expect(ring.key('a')).toEqual(first);
  });

  it('may have no current key: it reads only', () => {
    expect(keyRing({ current: undefined, keys: { a: first } }).current).toBeUndefined();
  });

  it('never shows a key', () => {
    const ring = keyRing({ current: 'a', keys: { a: first, b: second } });
    const shown = [
      inspect(ring, { depth: 9, showHidden: true }),
      JSON.stringify({ ring }),
      String(ring),
    ].join();
    for (const key of [first, second])
      for (const text of [key.toString('base64'), key.toString('hex'), [...key].join(',')])
        expect(shown).not.toContain(text.slice(0, 12));
    expect(inspect(ring)).toBe('KeyRing { current: a, ids: a, b }');
    expect(JSON.stringify(ring)).toBe('{"current":"a","ids":["a","b"]}');
  });

  it.each<[string, Partial<Record<keyof KeyRingOptions, unknown>>]>([
    ['the current key "z" is not among its keys (a)', { current: 'z', keys: { a: first } }],
    ['the key "a" has 16 bytes instead of 32', { current: 'a', keys: { a: randomBytes(16) } }],
    ['the key "a" is no base64', { current: 'a', keys: { a: 'correct horse battery!' } }],
    ['the key "a" is undefined', { current: 'a', keys: { a: undefined } }],
    ['the key "a" is the same byte', { current: 'a', keys: { a: Buffer.alloc(32, 7) } }],
    ['the id "a,b" cannot be used', { current: 'a,b', keys: { 'a,b': first } }],
    ['`keys` is missing', { current: 'a' }],
  ])('says what is wrong: %s', (message, options) => {
    expect(() => keyRing(options as KeyRingOptions)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('does not tell a key in what it says is wrong', () => {
    const key = `${first.toString('base64')}!`;
    const wrong = () => keyRing({ current: 'a', keys: { a: key } });
    expect(wrong).toThrow('base64');
    expect(wrong).not.toThrow(key.slice(0, 8));
  });
});
