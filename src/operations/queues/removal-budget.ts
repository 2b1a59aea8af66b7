/**
 * How long a removal of many jobs goes on before it answers: whoever asked may go on with another call.
 */
import { type Clock, systemClock } from '../../base/clock.ts';

const LONGEST_MS = 20_000;

/** What ends a removal early. */
export interface RemovalBudget {
  /** Whether it is time to answer. */
  readonly isSpent: boolean;
}

/** A budget that is spent with the time, or when nobody waits for the answer any more. */
export function startBudget(signal?: AbortSignal, clock: Clock = systemClock): RemovalBudget {
  const startedAt = clock.monotonic();
  return {
    get isSpent() {
      return signal?.aborted === true || clock.monotonic() - startedAt > LONGEST_MS;
    },
  };
}
