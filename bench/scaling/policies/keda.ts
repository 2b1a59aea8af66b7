/**
 * KEDA on the length of a list, with the rules of the Kubernetes autoscaler behind it.
 *
 * A desired number within a tenth of the present one changes nothing; down goes to the greatest one of a window; up is
 * limited to four more or twice as many in 15 s.
 */
import type { PolicyKind, Seen, Situation } from '../policy.ts';
import { Recent } from './recent.ts';

export interface KedaKnobs {
  readonly counts: 'waiting' | 'waiting and active';
  /** Jobs for each slot; `wait` allows as many as one slot ends within the promised wait. */
  readonly perSlot: number | 'wait';
  readonly windowSeconds?: number;
}

const EVERY_SECONDS = 15;
const IDLE_SECONDS = 300;
const TOLERANCE = 0.1;

export function keda({ counts, perSlot, windowSeconds = 300 }: KedaKnobs): PolicyKind {
  const window = windowSeconds === 300 ? '' : ` window ${windowSeconds}`;
  return {
    name: `keda ${counts}, ${perSlot}${window}`,
    family: counts === 'waiting' ? 'keda waiting' : 'keda waiting and active',
    create: ({ waitSeconds, min, oracle }: Situation) => {
      const jobsPerSlot = perSlot === 'wait' ? waitSeconds / oracle.serviceSeconds : perSlot;
      const recommended = new Recent(windowSeconds);
      let emptySince = 0;
      const decide = (seen: Seen): number => {
        const slots = seen.ready + seen.starting;
        const jobs = seen.waiting + (counts === 'waiting' ? 0 : seen.active);
        if (jobs > 0) emptySince = seen.nowSeconds;
        if (slots === 0) return jobs > 0 ? 1 : 0;
        if (min === 0 && seen.nowSeconds - emptySince >= IDLE_SECONDS) return 0;
        const isFar = Math.abs(1 - jobs / (jobsPerSlot * slots)) > TOLERANCE;
        const wanted = isFar ? Math.max(1, Math.ceil(jobs / jobsPerSlot)) : slots;
        recommended.add(seen.nowSeconds, wanted);
        if (wanted <= slots) return Math.min(slots, recommended.max());
        // It looks every 15 s, so all that there is was there 15 s ago.
        return Math.min(wanted, Math.max(slots + 4, 2 * slots));
      };
      return {
        everySeconds: EVERY_SECONDS,
        victims: 'random',
        readopts: false,
        startsWith: 1,
        decide,
      };
    },
  };
}
