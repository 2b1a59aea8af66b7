/**
 * How many jobs became ready to run, from what is waiting and what was started. Pure.
 *
 * Exact in the long run: what is waiting grew by what arrived and was returned, and fell by what was started. Beats are
 * up to a second older than the counts, so a job may be missed from what waits before its start is heard of: that
 * shortfall is carried over to the next times, and given up after some seconds, since jobs may have been removed, or
 * started by workers that send no beats.
 */

/** What is carried from one time to the next. */
export interface ArrivalCount {
  readonly waiting: number;
  /** Jobs that are missing; at most 0. */
  readonly shortfall: number;
  readonly shortForMs: number;
}

const LONGEST_SHORTFALL_MS = 3_000;

/** Jobs that arrived since `before`. */
export function countArrived(
  before: ArrivalCount | undefined,
  seen: {
    readonly waiting: number;
    readonly started: number;
    readonly returned: number;
    readonly elapsedMs: number;
  },
): { readonly arrived: number; readonly count: ArrivalCount } {
  const { waiting, started, returned, elapsedMs } = seen;
  if (!before) return { arrived: 0, count: { waiting, shortfall: 0, shortForMs: 0 } };
  const balance = waiting - before.waiting + started - returned + before.shortfall;
  if (balance >= 0) return { arrived: balance, count: { waiting, shortfall: 0, shortForMs: 0 } };
  const shortForMs = before.shortForMs + elapsedMs;
  const isGivenUp = shortForMs > LONGEST_SHORTFALL_MS;
  return {
    arrived: 0,
    count: {
      waiting,
      shortfall: isGivenUp ? 0 : balance,
      shortForMs: isGivenUp ? 0 : shortForMs,
    },
  };
}
