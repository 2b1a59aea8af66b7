/**
 * Slots by the work in the system: the term that holds the promise, whatever the forecast says. Pure.
 *
 * A job that comes now starts in time if the slots get through all work before it within the promised wait. What
 * counts is jobs times how long they run, running ones included: the length of the waiting list alone falls to 0
 * whenever slots keep up, and would take them away for it.
 */
import type { Pace } from './pace.ts';
import type { PlanSignals } from './plan-input.ts';

/** So many standard deviations are not chance any more. */
const SIGNIFICANT = 3;
/** Of jobs whose time is known a slot may hold more than of those that may come at any time. */
const KNOWN_RATIO = 0.7;

/** Jobs in the system, and delayed ones that come due beyond what usually arrives in that time. */
export function loadOf(
  { waiting, active, dueSoon }: PlanSignals,
  arrivalsPerSecond: number,
  { horizonSeconds }: Pace,
): number {
  return waiting + active + Math.max(0, dueSoon - arrivalsPerSecond * horizonSeconds);
}

/** So many slots hold no more work each than the pace allows. */
export function feedback(load: number, serviceSeconds: number, { workSeconds }: Pace): number {
  return slotsFor(load, serviceSeconds, workSeconds);
}

/** How many jobs the system gains within the horizon if it goes on like this; 0 while chance explains it. */
export function growthOf(
  { arrived, runs, elapsedMs }: PlanSignals,
  { horizonSeconds }: Pace,
): number {
  const isChance = arrived - runs <= SIGNIFICANT * Math.sqrt(arrived + runs);
  return isChance || elapsedMs <= 0 ? 0 : ((arrived - runs) * horizonSeconds * 1_000) / elapsedMs;
}

/** Slots for what will be left of the backlog when slots that are asked for now are there. */
export function catchUp(
  { waiting, active, ready }: PlanSignals,
  { arrivalsPerSecond, serviceSeconds }: { arrivalsPerSecond: number; serviceSeconds: number },
  { reactSeconds, catchUpSeconds }: Pace,
): number {
  const gained = (arrivalsPerSecond - ready / serviceSeconds) * reactSeconds;
  const left = Math.max(0, waiting + active - ready + gained);
  return slotsFor(left, serviceSeconds, catchUpSeconds);
}

/** Slots for the delayed jobs that are due soon. */
export function slotsForKnown(
  { dueSoon }: PlanSignals,
  serviceSeconds: number,
  { waitSeconds }: Pace,
): number {
  return slotsFor(dueSoon, serviceSeconds, KNOWN_RATIO * waitSeconds);
}

/** Never more slots than jobs. */
function slotsFor(jobs: number, serviceSeconds: number, workSeconds: number): number {
  return Math.ceil(Math.min(jobs, (jobs * serviceSeconds) / workSeconds));
}
