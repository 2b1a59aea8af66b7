/**
 * Judoscale's rule for dynos: some more when the oldest job is too old, one fewer after a while of quiet.
 */
import type { PolicyKind } from '../policy.ts';

export interface JudoscaleKnobs {
  /** An age of so many promised waits is too old. */
  readonly high: number;
  readonly jump: number;
  readonly upEverySeconds: number;
  readonly downDelaySeconds: number;
}

const LOW = 0.2;

export function judoscale(knobs: JudoscaleKnobs): PolicyKind {
  const { high, jump, upEverySeconds, downDelaySeconds } = knobs;
  return {
    name: `judoscale jump ${jump}, up ${upEverySeconds}, down ${downDelaySeconds}`,
    family: 'judoscale',
    create({ waitSeconds }) {
      const tooOld = high * waitSeconds;
      let [lastUp, calmSince] = [-Infinity, Number.NaN];
      return {
        everySeconds: 10,
        victims: 'random',
        readopts: false,
        startsWith: 1,
        decide(seen) {
          const [slots, age] = [seen.ready + seen.starting, seen.oldestWaitSeconds];
          if (age > LOW * tooOld) calmSince = Number.NaN;
          else if (Number.isNaN(calmSince)) calmSince = seen.nowSeconds;
          if (age > tooOld && seen.nowSeconds - lastUp >= upEverySeconds) {
            lastUp = seen.nowSeconds;
            return slots + jump;
          }
          if (!(seen.nowSeconds - calmSince >= downDelaySeconds)) return slots;
          calmSince = seen.nowSeconds;
          return slots - 1;
        },
      };
    },
  };
}
