/**
 * AWS target tracking on the backlog for each instance: alarms on minutes, out after three, in after fifteen.
 */
import type { PolicyKind } from '../policy.ts';

const OUT_AFTER = 3;
const IN_AFTER = 15;
const OUT_COOLDOWN_SECONDS = 300;

export const aws: PolicyKind = {
  name: 'aws backlog per instance',
  family: 'aws backlog per instance',
  create({ waitSeconds, oracle }) {
    const wanted = Math.max(1, waitSeconds / oracle.serviceSeconds);
    let [high, low, lastOut] = [0, 0, -Infinity];
    return {
      everySeconds: 60,
      victims: 'random',
      readopts: false,
      startsWith: 1,
      decide(seen) {
        const slots = seen.ready + seen.starting;
        const backlog = seen.waiting / Math.max(1, slots);
        high = backlog > wanted ? high + 1 : 0;
        low = backlog < 0.9 * wanted ? low + 1 : 0;
        if (high >= OUT_AFTER && seen.nowSeconds - lastOut >= OUT_COOLDOWN_SECONDS) {
          lastOut = seen.nowSeconds;
          return Math.ceil((slots * backlog) / wanted);
        }
        if (low < IN_AFTER) return slots;
        low = 0;
        return Math.max(1, Math.ceil(slots * Math.max(backlog / wanted, 0.5)));
      },
    };
  },
};
