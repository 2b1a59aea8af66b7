/** Learning from samples: what counts as one, and when the outcome is kept. */
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { learn, Samples } from './learning.ts';

const random = createSeededRandom(4);
const gathered = (make: (index: number) => unknown, payloads = 5_000): Samples => {
  const samples = new Samples();
  for (let index = 0; index < payloads; index++)
    samples.offer(Buffer.from(JSON.stringify(make(index))));
  return samples;
};
const photo = () => ({ shutterSpeedValue: random(), meteringMode: 'Multi-segment', iso: random() });
const { signal } = new AbortController();

describe('samples', () => {
  it('are enough after some hundred different payloads, and no more are taken then', () => {
    expect(gathered(photo, 300).areEnough).toBe(false);
    expect(gathered(photo, 400).areEnough).toBe(true);
    expect(gathered(photo).all).toHaveLength(112);
  });

  it('count equal payloads once: a job that is added again and again is one', () => {
    const samples = gathered((index) => ({ customer: `Ada ${index % 2}`, phone: '030 123456' }));
    expect(samples.all).toHaveLength(2);
    expect(samples.areEnough).toBe(false);
    expect(samples.areTooAlike).toBe(false);
    expect(gathered(() => 'the same', 6_000).areTooAlike).toBe(true);
  });

  it('hold no more than the beginning of a large payload', () => {
    const samples = gathered((index) => `${index}${'x'.repeat(50_000)}`, 30);
    for (const each of samples.all) {
      expect(each.length).toBe(8_192);
      expect(each.buffer.byteLength).toBeLessThanOrEqual(8_192 * 2);
    }
  });
});

describe('learning', () => {
  it('keeps what helps payloads that it was not learned from', async () => {
    const dictionary = await learn(gathered(photo).all, undefined, signal);
    expect(dictionary?.includes('"meteringMode":"Multi-segment"')).toBe(true);
  });

  it('keeps nothing when payloads have nothing in common', async () => {
    const noise = (): number[] => Array.from({ length: 40 }, random);
    expect(await learn(gathered(noise).all, undefined, signal)).toBeUndefined();
  });

  it('keeps nothing that is hardly better than the one in use', async () => {
    const present = await learn(gathered(photo).all, undefined, signal);
    expect(await learn(gathered(photo).all, present, signal)).toBeUndefined();
  });

  it('ends when the process stops', async () => {
    const stopping = new AbortController();
    const learning = learn(gathered(photo).all, undefined, stopping.signal);
    stopping.abort();
    expect(await learning).toBeUndefined();
  });
});
