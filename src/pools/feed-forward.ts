/**
 * Slots by the usual load: only as much stand-by as the time to react makes necessary. Pure.
 *
 * When slots come faster than jobs must start, the slots that the load keeps busy are enough: what is missing now
 * and then is added in time. When they come later, chance must be covered beforehand: the smallest number for which
 * a job waits longer than promised with a probability of 5 %, by the Erlang-C formula with the exponent of Allen
 * and Cunneen for uneven arrivals and run times.
 */
import type { Pace } from './pace.ts';

/** The usual load. */
export interface UsualLoad {
  readonly arrivalsPerSecond: number;
  readonly serviceSeconds: number;
  /** Half the sum of both variabilities: 1 for a Poisson process and exponential run times. */
  readonly unevenness: number;
}

const LATE_RATIO = 0.05;

/** Slots for the usual load, of no more interest above `max`; 0 without load. */
export function feedForward(
  load: UsualLoad,
  { reactSeconds, waitSeconds }: Pace,
  max: number,
): number {
  const busy = load.arrivalsPerSecond * load.serviceSeconds;
  if (busy <= 0) return 0;
  if (reactSeconds <= waitSeconds || busy >= max) return Math.ceil(busy);
  const within = Math.max(0.1 * waitSeconds, waitSeconds - reactSeconds);
  return slotsFor(busy, within / (load.serviceSeconds * load.unevenness), max);
}

/** Fewest slots with which at most 5 % of jobs wait longer than `patience`, in units of the mean run time. */
function slotsFor(busy: number, patience: number, max: number): number {
  // Erlang-B, slot by slot; Erlang-C is made from it.
  let blocked = 1;
  for (let slots = 1; slots < max; slots++) {
    blocked = (busy * blocked) / (slots + busy * blocked);
    if (slots <= busy) continue;
    const waits = (slots * blocked) / (slots - busy * (1 - blocked));
    if (waits * Math.exp(-(slots - busy) * patience) <= LATE_RATIO) return slots;
  }
  return max;
}
