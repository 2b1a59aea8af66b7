/**
 * How long a job keeps its slot, and how much that varies. Pure.
 *
 * The mean is busy time against ended jobs, not a mean over ended jobs: jobs that still run are in it, so a burst of
 * long jobs shows before the first of them ends. All sums fade over minutes.
 */

/** What is remembered of running jobs. */
export interface ServiceMemory {
  readonly busySeconds: number;
  readonly runs: number;
  readonly runSeconds: number;
  readonly runSecondsSquared: number;
}

/** What was seen of them. */
export interface ServiceSignals {
  readonly busyMs: number;
  readonly runs: number;
  readonly runMs: number;
  readonly runMsSquared: number;
}

const MEMORY_SECONDS = 300;
/** Fewer jobs than that tell nothing about how much they vary. */
const FEWEST_RUNS = 5;

export const NO_SERVICE: ServiceMemory = {
  busySeconds: 0,
  runs: 0,
  runSeconds: 0,
  runSecondsSquared: 0,
};

/** Learns from the jobs that ran and ended in some time. */
export function learnService(
  before: ServiceMemory,
  seen: ServiceSignals,
  elapsedSeconds: number,
): ServiceMemory {
  const kept = Math.exp(-elapsedSeconds / MEMORY_SECONDS);
  return {
    busySeconds: before.busySeconds * kept + seen.busyMs / 1_000,
    runs: before.runs * kept + seen.runs,
    runSeconds: before.runSeconds * kept + seen.runMs / 1_000,
    runSecondsSquared: before.runSecondsSquared * kept + seen.runMsSquared / 1_000_000,
  };
}

/** Mean time in a slot; a second as long as nothing is known. */
export function serviceSecondsOf(memory: ServiceMemory): number {
  return (memory.busySeconds + 1) / (memory.runs + 1);
}

/** Squared coefficient of variation: 0 for equal jobs, 1 as for a Poisson process and while too few have ended. */
export function variabilityOf({ runs, runSeconds, runSecondsSquared }: ServiceMemory): number {
  if (runs <= FEWEST_RUNS || runSeconds <= 0) return 1;
  return Math.min(Math.max((runSecondsSquared * runs) / runSeconds ** 2 - 1, 0), 25);
}
