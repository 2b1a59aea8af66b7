/** Dictionaries: they hold what many payloads share, nothing that belongs to one, and make payloads small. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { photoData, photoResult } from '../../bench/harness/photo-metadata.ts';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { deflateSmall } from './compress.ts';
import { findFragments, leastSamples, train } from './dictionary.ts';

const deflatedBytes = (bytes: Buffer, dictionary: Buffer): number =>
  deflateSmall(bytes, dictionary.length > 0 ? dictionary : undefined).length;

function finish<T>(work: Generator<void, T>): { readonly value: T; readonly steps: number } {
  for (let steps = 1; ; steps++) {
    const { done, value } = work.next();
    if (done) return { value, steps };
  }
}
const learn = (samples: readonly Buffer[], mostBytes = 6_144): Buffer =>
  finish(train({ samples, mostBytes, deflatedBytes })).value;
const many = (count: number, make: (index: number) => unknown): Buffer[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(JSON.stringify(make(index))));
const holding = (samples: readonly Buffer[], fragment: Buffer): number =>
  samples.filter((sample) => sample.includes(fragment)).length;

// Learning is a second of work, and more on a busy machine.
describe('a dictionary', { timeout: 60_000 }, () => {
  it.each([
    ['data', photoData, 3_000],
    ['results', photoResult, 5_000],
  ])('makes photo %s five times smaller', (_, make, leastBytes) => {
    const random = createSeededRandom(17);
    const [learned, others] = [many(96, () => make(random)), many(60, () => make(random))];
    const dictionary = learn(learned);
    expect(dictionary.length).toBeLessThanOrEqual(6_144);
    const plain = others.reduce((sum, each) => sum + each.length, 0);
    const packed = others.reduce((sum, each) => sum + deflateSmall(each, dictionary).length, 0);
    expect(plain / others.length).toBeGreaterThan(leastBytes);
    expect(plain / packed).toBeGreaterThan(5);
    const alone = others.reduce((sum, each) => sum + deflateRawSync(each).length, 0);
    expect(packed).toBeLessThan(alone * 0.65);
  });

  it('holds no fragment that stands in too few samples', () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = createSeededRandom(seed);
      const samples = anySamples(random);
      const { value } = finish(findFragments({ samples, mostBytes: 4_096, deflatedBytes }));
      for (const fragment of value)
        expect(holding(samples, fragment)).toBeGreaterThanOrEqual(leastSamples(samples.length));
    }
  });

  it('holds nothing of what belongs to one job', () => {
    const random = createSeededRandom(23);
    const name = (): string =>
      Array.from({ length: 12 }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join(
        '',
      );
    const people = Array.from({ length: 100 }, () => ({ customer: name(), phone: name() }));
    // Somebody has two jobs, and somebody else nine of a hundred.
    for (const [from, to] of [
      [0, 1],
      ...Array.from({ length: 8 }, (_, index) => [50, 51 + index]),
    ] as const)
      people[to] = people[from]!;
    const dictionary = learn(many(100, (index) => ({ ...people[index], kind: 'greeting card' })));
    expect(dictionary.includes('greeting card')).toBe(true);
    for (const { customer, phone } of people)
      for (let at = 0; at + 6 <= 12; at++) {
        expect(dictionary.includes(customer.slice(at, at + 6))).toBe(false);
        expect(dictionary.includes(phone.slice(at, at + 6))).toBe(false);
      }
  });

  it('takes three samples of few, and a tenth of many', () => {
    expect([3, 30, 31, 96, 1_000].map(leastSamples)).toEqual([3, 3, 4, 10, 100]);
    const two = many(3, (index) => ({ note: index < 2 ? 'only two of us say this' : 'no' }));
    expect(learn(two).includes('only two of us')).toBe(false);
  });

  it('is empty when there is nothing in common, or nothing at all', () => {
    const random = createSeededRandom(2);
    const noise = Array.from({ length: 20 }, () =>
      Buffer.from(Array.from({ length: 500 }, () => Math.floor(random() * 256))),
    );
    expect(learn(noise).length).toBe(0);
    expect(learn([]).length).toBe(0);
    expect(learn([Buffer.alloc(0), Buffer.from('{}')]).length).toBe(0);
  });

  it('copes with payloads of one byte again and again', () => {
    const dictionary = learn(Array.from({ length: 12 }, () => Buffer.alloc(3_000, 'a')));
    expect(dictionary.length).toBeLessThanOrEqual(600);
  });

  it('is the same for the same samples', () => {
    const samples = () => many(40, (index) => photoData(createSeededRandom(index)));
    expect(learn(samples()).equals(learn(samples()))).toBe(true);
  });

  it('works in small steps', () => {
    const random = createSeededRandom(1);
    const samples = many(96, () => photoData(random));
    expect(finish(train({ samples, mostBytes: 6_144, deflatedBytes })).steps).toBeGreaterThan(
      1_000,
    );
  });
});

/** Words of a small alphabet, so that much is shared by chance and much is not. */
function anySamples(random: () => number): Buffer[] {
  const words = Array.from({ length: 30 }, () =>
    Array.from(
      { length: 3 + Math.floor(random() * 12) },
      () => 'abc-'[Math.floor(random() * 4)],
    ).join(''),
  );
  return Array.from({ length: 3 + Math.floor(random() * 60) }, () =>
    Buffer.from(
      Array.from(
        { length: Math.floor(random() * 40) },
        () => words[Math.floor(random() * random() * words.length)],
      ).join(''),
    ),
  );
}
