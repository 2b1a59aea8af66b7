import { describe, expect, it } from 'vitest';
import { learnStandby, type StandbyMemory, standbyOf } from './standby.ts';

const MAX = 100;

/** A second with jobs of a second each; ten may wait, starts take 30 seconds. */
function learn(before: StandbyMemory | null, arrived: number, usual: number, dueSoon = 0) {
  return learnStandby(before, {
    ...{ arrived, usual, dueSoon },
    elapsedSeconds: 1,
    serviceSeconds: 1,
    waitSeconds: 10,
    reactSeconds: 31,
    max: MAX,
  });
}

function learnFor(seconds: number, jobs: (second: number) => number, usual = 2) {
  let memory: StandbyMemory | null = null;
  for (let second = 0; second < seconds; second++) memory = learn(memory, jobs(second), usual);
  return memory as StandbyMemory;
}

describe('the standby', () => {
  it('is none where the usual load suffices', () => {
    expect(
      standbyOf(
        learnFor(1_800, () => 2),
        MAX,
      ),
    ).toBe(0);
  });

  it('is what would have kept the promise when bursts recur', () => {
    // 200 jobs at once: with 50 slots the last of them waits for 3 seconds, with 25 for 7.
    const memory = learnFor(1_800, (second) => (second % 600 === 300 ? 200 : 1));
    expect(standbyOf(memory, MAX)).toBeGreaterThanOrEqual(48);
    expect(standbyOf(memory, MAX)).toBeLessThanOrEqual(56);
  });

  it('is there after the first burst', () => {
    const once = learnFor(400, (second) => (second === 300 ? 200 : 1));
    expect(standbyOf(once, MAX)).toBeGreaterThan(40);
  });

  it('forgets a burst that does not come again', () => {
    const once = learnFor(3_600, (second) => (second === 300 ? 200 : 1));
    expect(standbyOf(once, MAX)).toBe(0);
  });

  it('is none for a load that rises more slowly than slots start', () => {
    let memory: StandbyMemory | null = null;
    for (let second = 0; second < 1_800; second++)
      memory = learn(memory, Math.round(second / 90), Math.ceil((second / 90) * 1.5) + 1);
    expect(standbyOf(memory as StandbyMemory, MAX)).toBeLessThan(5);
  });

  it('is none for delayed jobs, which are known before they come', () => {
    let memory: StandbyMemory | null = null;
    for (let second = 1; second < 1_800; second++) {
      const left = 300 - (second % 300);
      memory = learn(memory, left === 300 ? 201 : 1, 2, left <= 32 ? 200 : 0);
    }
    expect(standbyOf(memory as StandbyMemory, MAX)).toBe(0);
  });

  it('starts anew when max has changed', () => {
    const memory = learnFor(400, (second) => (second === 300 ? 200 : 1));
    const seen = { arrived: 1, usual: 2, dueSoon: 0, elapsedSeconds: 1, serviceSeconds: 1 };
    const other = learnStandby(memory, { ...seen, waitSeconds: 10, reactSeconds: 31, max: 10 });
    expect(standbyOf(other, 10)).toBe(0);
  });
});
