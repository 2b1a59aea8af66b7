/**
 * Dask's adaptive rule: enough workers for all known work to end in time, down after three lower values in a row.
 */
import type { PolicyKind } from '../policy.ts';

const LOWER_IN_A_ROW = 3;

/** Work is to end within so many promised waits. */
export function dask(share: number): PolicyKind {
  return {
    name: `dask ${share}`,
    family: 'dask',
    create({ waitSeconds, min, oracle }) {
      let lower = 0;
      return {
        everySeconds: 1,
        victims: 'idle-first',
        readopts: false,
        startsWith: 1,
        decide(seen) {
          const slots = seen.ready + seen.starting;
          const jobs = seen.waiting + seen.active;
          const work = jobs * oracle.serviceSeconds;
          const wanted = Math.max(min, Math.min(Math.ceil(work / (share * waitSeconds)), jobs));
          lower = wanted < slots ? lower + 1 : 0;
          if (wanted < slots && lower < LOWER_IN_A_ROW) return slots;
          lower = 0;
          return wanted;
        },
      };
    },
  };
}
