/**
 * Keeps what the controller has come to: fails when it breaks more promises or costs more than it did.
 *
 * When it has become better, write the better figures down here:
 * `node bench/dist/scaling/run.js --averages --seeds 7 --policy ours` prints them.
 */
import { describe, expect, it } from 'vitest';
import { dueWithinMs, plan } from '../../src/pools/plan.ts';
import { averagesOf, drawsOf, runMatrix, SETTINGS } from './matrix.ts';
import { ours } from './policies/ours.ts';

/** By how long a slot takes to start: minutes that break the promise in %, and cost. */
const KEPT: Readonly<Record<number, { violatedPercent: number; cost: number }>> = {
  0.1: { violatedPercent: 0, cost: 1.067 },
  3: { violatedPercent: 0, cost: 1.301 },
  30: { violatedPercent: 1.97, cost: 1.89 },
};
const WORSE_POINTS = 0.1;
const DEARER = 1.05;
const SEED = 7;

describe('the controller in the simulation', () => {
  const draws = drawsOf([SEED], null);
  const kind = ours({ plan, dueWithinMs });

  for (const setting of SETTINGS) {
    it(`is as good as it was where slots start in ${setting.startSeconds} s`, () => {
      const kept = KEPT[setting.startSeconds]!;
      const averages = averagesOf(runMatrix(kind, draws, setting));
      expect(averages.violatedPercent).toBeLessThanOrEqual(kept.violatedPercent + WORSE_POINTS);
      expect(averages.cost).toBeLessThanOrEqual(kept.cost * DEARER);
      expect(averages.interrupted).toBe(0);
    });
  }

  it('decides the same again', () => {
    const [setting] = SETTINGS;
    const once = () => runMatrix(kind, draws.slice(0, 2), setting!).map(({ figures }) => figures);
    expect(once()).toEqual(once());
  });
});
