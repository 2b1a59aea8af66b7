/** Secret fields are hidden whatever surrounds them, and equal values can still be told. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { canonical, HIDDEN, hideSecrets, redact, secretsOf } from './redact.ts';
import { parseRedactionPath, type RedactionPaths } from './redaction-path.ts';

const paths = (...texts: string[]): RedactionPaths =>
  texts.map((text) => {
    const parsed = parseRedactionPath(text);
    if ('problem' in parsed) throw new Error(`${text}: ${parsed.problem}`);
    return parsed.path;
  });
const mark = (value: unknown): string =>
  `<hidden ${createHash('sha256').update(canonical(value)).digest('hex').slice(0, 8)}>`;

describe('fields', () => {
  test('of the paths are hidden, all others and the given value stay', () => {
    const data = { customer: { phone: '0791234567', name: 'Ann' }, cards: [{ number: 4111 }, {}] };
    const before = structuredClone(data);
    expect(redact(data, paths('customer.phone', 'cards[*].number'), mark)).toEqual({
      customer: { phone: mark('0791234567'), name: 'Ann' },
      cards: [{ number: mark(4111) }, {}],
    });
    expect(data).toEqual(before);
  });

  test('that hold objects or lists are hidden as a whole, and equal ones are equal', () => {
    const hidden = redact({ a: { x: 1, y: [2] }, b: { y: [2], x: 1 } }, paths('a', 'b'), mark);
    expect(hidden).toEqual({ a: mark({ x: 1, y: [2] }), b: mark({ x: 1, y: [2] }) });
  });

  test('named __proto__ are hidden like any other', () => {
    const data = JSON.parse('{"__proto__":{"pin":"12345","a":1},"constructor":{"pin":"67890"}}');
    const shown = JSON.stringify(redact(data, paths('*.pin'), mark));
    expect(shown).not.toMatch(/12345|67890/);
    expect(shown).toContain(`"__proto__":{"pin":"${mark('12345')}","a":1}`);
    expect(JSON.stringify(redact(data, paths('__proto__'), mark))).not.toContain('12345');
  });

  test('nested deeper than anything can be looked at are hidden, not shown', () => {
    const depth = 100_000;
    const data = JSON.parse(`${'{"a":'.repeat(depth)}{"pin":"12345"}${'}'.repeat(depth)}`);
    expect(JSON.stringify(redact(data, paths('**.pin'), mark))).not.toContain('12345');
    expect(redact({ a: data }, paths('a'), mark)).toEqual({ a: HIDDEN });
  });

  test('numbers and strings of the same digits have the same mark, true and "true" have not', () => {
    expect(canonical(4111)).toBe(canonical('4111'));
    expect(canonical(true)).not.toBe(canonical('true'));
    expect(canonical([1])).not.toBe(canonical('[1]'));
    expect(canonical(null)).not.toBe(canonical('null'));
  });

  test('never show their value, wherever chance puts them', () => {
    const random = createSeededRandom(6);
    const pick = (n: number): number => Math.floor(random() * n);
    for (let round = 0; round < 300; round += 1) {
      const secret = `s3cr3t-${round}-${'"\\\n/é'[pick(5)]}`;
      const grow = (depth: number): unknown => {
        if (depth === 0 || random() < 0.2) return random() < 0.5 ? pick(1e9) : `word ${pick(99)}`;
        const names = Array.from({ length: 1 + pick(3) }, (_, i) => `${'abc'[pick(3)]}${i}`);
        if (random() < 0.4) return names.map(() => grow(depth - 1));
        const entries = names.map((name) => [name, grow(depth - 1)] as const);
        const planted = random() < 0.5 ? [['password', plant()] as const] : [];
        return Object.fromEntries([...entries, ...planted]);
      };
      const plant = (): unknown => [secret, { is: secret }, [secret]][pick(3)];
      const data = { password: secret, rest: grow(5) };
      const shown = JSON.stringify(redact(data, paths('**.password'), mark));
      expect(shown).not.toContain(JSON.stringify(secret).slice(1, -1));
      const told = `refused: ${JSON.stringify(data)} ${secret} ${encodeURIComponent(secret)}`;
      const text = hideSecrets(told, secretsOf(data, paths('**.password')), mark);
      expect(text).not.toContain(secret);
      expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
      expect(text).not.toContain(encodeURIComponent(secret));
      expect(text).toContain(mark(secret));
    }
  });
});

describe('texts', () => {
  const secretsIn = (data: unknown): ReadonlySet<string> | undefined =>
    secretsOf(data, paths('**.secret'));

  test('have the values of a job in the place of their marks, and nothing else is changed', () => {
    const secrets = secretsIn({ secret: '4111', other: 'word' });
    const text = 'number 4111 refused, word stays';
    expect(hideSecrets(text, secrets, mark)).toBe(`number ${mark('4111')} refused, word stays`);
  });

  test('with a number have its mark', () => {
    expect(hideSecrets('card 41111', secretsIn({ secret: 41_111 }), mark)).toBe(
      `card ${mark(41_111)}`,
    );
  });

  test('have dates and large integers hidden, and bytes beside them cost nothing', () => {
    const born = new Date('1980-02-03T04:05:06.000Z');
    const secrets = secretsIn({
      ...{ at: { secret: born }, id: { secret: 98_765_432_109_876_543_210n } },
      ...{ image: Buffer.alloc(2_000_000), never: { secret: new Date(Number.NaN) } },
    });
    const text = 'born 1980-02-03T04:05:06.000Z, id 98765432109876543210, nu';
    expect(hideSecrets(text, secrets, mark)).toBe(
      `born ${mark('1980-02-03T04:05:06.000Z')}, id ${mark('98765432109876543210')}, nu`,
    );
  });

  test('keep values too short to be told from chance', () => {
    expect(hideSecrets('a 123 b', secretsIn({ secret: '123' }), mark)).toBe('a 123 b');
  });

  test('have the longer of two values hidden first, and no mark is looked into', () => {
    const secrets = secretsIn({ a: { secret: 'hidden' }, b: { secret: 'hidden place' } });
    expect(hideSecrets('a hidden place, hidden', secrets, mark)).toBe(
      `a ${mark('hidden place')}, ${mark('hidden')}`,
    );
  });

  test('too much to look for in hides all of the text', () => {
    const many = Array.from({ length: 2_000 }, (_, i) => ({ secret: `value ${i}` }));
    expect(secretsIn(many)).toBeUndefined();
    expect(hideSecrets('value 17', secretsIn(many), mark)).toBe(HIDDEN);
    expect(hideSecrets('', secretsIn(many), mark)).toBe('');
  });

  test('begun by a value that is longer than any text leave nothing of it', () => {
    const secret = 'abcdefgh'.repeat(20_000);
    expect(hideSecrets(`x ${secret}`, secretsIn({ secret }), mark)).not.toContain('abc');
  });

  test('too long are cut, and the cut leaves no part of a value', () => {
    const secret = 'abcdefghijklmnop';
    for (let shift = 0; shift < secret.length; shift += 1) {
      const text = `${'x'.repeat(64 * 1_024 - shift)}${secret}`;
      const shown = hideSecrets(text, secretsIn({ secret }), mark);
      expect(shown).not.toContain('abc');
      expect(shown).toContain('not shown');
    }
  });
});
