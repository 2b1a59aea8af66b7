/**
 * Slots by the work in the system: the term that holds the promise, whatever the forecast says. Pure.
 *
 * A job that comes now starts in time if the slots get through all work before it within the promised wait. What
 * counts is jobs times how long they run, running ones included: the length of the waiting list alone falls to 0
 * whenever slots keep up, and would take them away for it.
 */
import type { Pace } from './pace.ts';
import type { PlanSignals } from './plan-input.ts';

/** Jobs in the system, and delayed ones that come due beyond what usually arrives in that time. */
export function loadOf(
  { waiting, active, dueSoon }: Pick<PlanSignals, 'waiting' | 'active' | 'dueSoon'>,
  arrivalsPerSecond: number,
  horizonSeconds: number,
): number {
  return waiting + active + Math.max(0, dueSoon - arrivalsPerSecond * horizonSeconds);
}

/** So many slots hold no more work each than the pace allows; never more slots than jobs. */
export function feedback(load: number, serviceSeconds: number, { workSeconds }: Pace): number {
  return Math.ceil(Math.min(load, (load * serviceSeconds) / workSeconds));
}
