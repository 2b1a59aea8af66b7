/**
 * Practo's worker pod autoscaler: a backlog for each worker, never fewer than the load needs, slow to go down.
 */
import type { PolicyKind } from '../policy.ts';
import { Recent } from './recent.ts';

const RATE_SECONDS = 60;
const DOWN_AFTER_SECONDS = 600;
const TOLERANCE = 0.1;

/** Jobs for each worker: as many as it ends within so many promised waits. */
export function wpa(share: number): PolicyKind {
  return {
    name: `wpa ${share}`,
    family: 'wpa',
    create({ waitSeconds, min, oracle }) {
      const perWorker = Math.max(1, (share * waitSeconds) / oracle.serviceSeconds);
      const arrivals = new Recent(RATE_SECONDS);
      let lastChange = -Infinity;
      return {
        everySeconds: 20,
        victims: 'random',
        readopts: false,
        startsWith: 1,
        decide(seen) {
          const [slots, jobs] = [seen.ready + seen.starting, seen.waiting + seen.active];
          arrivals.add(seen.nowSeconds, seen.arrived);
          const span = Math.max(1, Math.min(RATE_SECONDS, seen.nowSeconds));
          const perSecond = arrivals.sum(seen.nowSeconds) / span;
          const least = Math.max(min, Math.ceil(oracle.serviceSeconds * perSecond));
          const needed = Math.ceil(jobs / perWorker);
          const isNear = slots > 0 && Math.abs(needed - slots) / slots <= TOLERANCE;
          const wanted = Math.max(least, jobs === 0 ? least : isNear ? slots : needed);
          const isTooSoon = seen.nowSeconds - lastChange < DOWN_AFTER_SECONDS;
          if (wanted === slots || (wanted < slots && isTooSoon)) return slots;
          lastChange = seen.nowSeconds;
          return wanted;
        },
      };
    },
  };
}
