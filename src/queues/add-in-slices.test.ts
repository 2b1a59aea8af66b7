import { describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { inSlices } from './add-in-slices.ts';

const batch = Array.from({ length: 20 }, (_, i) => i);

/** Answers after `delayMs` of a clock that only the answers move, and notes how many were under way. */
function createRedis(delayMs: number) {
  let now = 0;
  let underway = 0;
  let most = 0;
  const added: number[] = [];
  const add = async (slice: number[]): Promise<string[]> => {
    const answeredAt = now + delayMs;
    most = Math.max(most, ++underway);
    await new Promise((resolve) => setImmediate(resolve));
    now = answeredAt;
    underway -= 1;
    if (slice.includes(13)) throw new Error('13 is refused');
    added.push(...slice);
    return slice.map(String);
  };
  return { add, added, clock: { ...systemClock, monotonic: () => now }, most: () => most };
}

describe('inSlices', () => {
  it('adds in slices, one at a time, and answers in the order of the batch', async () => {
    const { add, added, clock, most } = createRedis(1);
    expect(await inSlices(batch.slice(0, 13), 5, add, clock)).toEqual(added.map(String));
    expect(added).toEqual(batch.slice(0, 13));
    expect(most()).toBe(1);
  });

  it('has several under way when Redis is distant', async () => {
    const { add, clock, most } = createRedis(10);
    expect(await inSlices(batch.slice(0, 13), 1, add, clock)).toHaveLength(13);
    expect(most()).toBe(4);
  });

  it('rejects with the first failure when nothing is under way any more', async () => {
    const { add, added, clock } = createRedis(10);
    await expect(inSlices(batch, 1, add, clock)).rejects.toThrow('13 is refused');
    const before = [...added];
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(added).toEqual(before);
    expect(added).not.toContain(19);
  });
});
