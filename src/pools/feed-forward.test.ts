import { describe, expect, it } from 'vitest';
import { feedForward } from './feed-forward.ts';
import { paceOf } from './pace.ts';

const timely = paceOf({ waitP95Ms: 5_000, startMs: 3_000 });
const late = paceOf({ waitP95Ms: 5_000, startMs: 30_000 });
const load = (arrivalsPerSecond: number, unevenness = 1) => ({
  arrivalsPerSecond,
  serviceSeconds: 1,
  unevenness,
});

/** Erlang-C from its sums, which is right for small numbers. */
function waits(slots: number, busy: number): number {
  let [term, sum] = [1, 0];
  for (let k = 0; k < slots; k++) {
    sum += term;
    term = (term * busy) / (k + 1);
  }
  const queued = (term * slots) / (slots - busy);
  return queued / (sum + queued);
}

describe('the feed-forward term', () => {
  it('is what the load keeps busy when slots come in time', () => {
    expect(feedForward(load(9.5), timely, 100)).toBe(10);
    expect(feedForward(load(0), timely, 100)).toBe(0);
  });

  it('is the smallest number with which 5 of 100 jobs wait too long when slots come late', () => {
    for (const busy of [0.5, 3, 10, 40]) {
      const slots = feedForward(load(busy), late, 200);
      const tooLong = (n: number): number => waits(n, busy) * Math.exp(-(n - busy) * 0.5);
      expect(tooLong(slots)).toBeLessThanOrEqual(0.05);
      expect(slots - 1 <= busy || tooLong(slots - 1) > 0.05).toBe(true);
    }
  });

  it('grows with the unevenness, and ends at max whatever the load', () => {
    expect(feedForward(load(10, 4), late, 200)).toBeGreaterThan(feedForward(load(10), late, 200));
    expect(feedForward(load(1e20), late, 200)).toBeGreaterThanOrEqual(200);
    expect(feedForward(load(199.9, 4), late, 200)).toBe(200);
  });
});
