import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { type HoldMemory, learnNeed, stabilise } from './stabilise.ts';

describe('what was needed', () => {
  it('is known as the most within the hold, like a list of all would tell it', () => {
    const random = createSeededRandom(3);
    const all: number[] = [];
    let memory: HoldMemory = [];
    for (let now = 0; now < 1_000; now++) {
      all.push(Math.floor(random() * 50));
      memory = learnNeed(memory, all[now] as number, now, 10);
      expect(memory[0]?.[1]).toBe(Math.max(...all.slice(Math.max(0, now - 9))));
      expect(memory.length).toBeLessThanOrEqual(10);
    }
  });
});

describe('a target', () => {
  const from = (current: number, held: number, isSticky = false): number =>
    stabilise([[0, held]], { needed: 1, current, isSticky });

  it('rises at once and falls to what was needed within the hold', () => {
    expect(stabilise([[0, 9]], { needed: 9, current: 4, isSticky: true })).toBe(9);
    expect(from(10, 10)).toBe(10);
    expect(from(10, 4)).toBe(4);
  });

  it('does not fall by a few slots while they cost something', () => {
    expect(from(30, 27, true)).toBe(30);
    expect(from(30, 27)).toBe(27);
    expect(from(30, 26, true)).toBe(26);
    expect(from(3, 2, true)).toBe(2);
  });
});
