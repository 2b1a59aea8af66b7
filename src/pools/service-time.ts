/**
 * How long a job keeps its slot, and how much that varies. Pure.
 *
 * The mean is busy time against ended jobs, not a mean over ended jobs: jobs that still run are in it, so a burst of
 * long jobs shows before the first of them ends. It is kept over minutes, and over a short time that counts only
 * while it is longer by more than chance explains: when jobs become heavier, slots are asked for in time.
 */

/** What is remembered of running jobs. */
export interface ServiceMemory {
  readonly busySeconds: number;
  readonly runs: number;
  readonly runSeconds: number;
  readonly runSecondsSquared: number;
  /** The first two of a short time. */
  readonly latelyBusySeconds: number;
  readonly latelyRuns: number;
}

/** What was seen of them. */
export interface ServiceSignals {
  readonly busyMs: number;
  readonly runs: number;
  readonly runMs: number;
  readonly runMsSquared: number;
}

const MEMORY_SECONDS = 300;
const LATELY_SECONDS = 20;
/** So many standard deviations are not chance any more. */
const SIGNIFICANT = 3;
/** Before anything is known jobs take a second, as if so many had: the first few say little. */
const SUPPOSED_RUNS = 5;
/** Fewer jobs than that tell nothing about how much they vary. */
const FEWEST_RUNS = 5;

export const NO_SERVICE: ServiceMemory = {
  busySeconds: 0,
  runs: 0,
  runSeconds: 0,
  runSecondsSquared: 0,
  latelyBusySeconds: 0,
  latelyRuns: 0,
};

/** Learns from the jobs that ran and ended in some time. */
export function learnService(
  before: ServiceMemory,
  { busyMs, runs, runMs, runMsSquared }: ServiceSignals,
  elapsedSeconds: number,
): ServiceMemory {
  const kept = Math.exp(-elapsedSeconds / MEMORY_SECONDS);
  const keptLately = Math.exp(-elapsedSeconds / LATELY_SECONDS);
  return {
    busySeconds: before.busySeconds * kept + busyMs / 1_000,
    runs: before.runs * kept + runs,
    runSeconds: before.runSeconds * kept + runMs / 1_000,
    runSecondsSquared: before.runSecondsSquared * kept + runMsSquared / 1_000_000,
    latelyBusySeconds: before.latelyBusySeconds * keptLately + busyMs / 1_000,
    latelyRuns: before.latelyRuns * keptLately + runs,
  };
}

/** Mean time in a slot, as far as is known; only longer jobs are believed fast. */
export function serviceSecondsOf(memory: ServiceMemory): number {
  const usual = mean(memory.busySeconds, memory.runs);
  const expected = memory.latelyBusySeconds / usual;
  const chance = Math.sqrt(expected * Math.max(1, variabilityOf(memory)) + 1);
  const isLonger = expected - memory.latelyRuns > SIGNIFICANT * chance;
  return isLonger ? mean(memory.latelyBusySeconds, memory.latelyRuns) : usual;
}

/** Squared coefficient of variation: 0 for equal jobs, 1 as for a Poisson process and while too few have ended. */
export function variabilityOf({ runs, runSeconds, runSecondsSquared }: ServiceMemory): number {
  if (runs <= FEWEST_RUNS || runSeconds <= 0) return 1;
  return Math.min(Math.max((runSecondsSquared * runs) / runSeconds ** 2 - 1, 0), 25);
}

function mean(busySeconds: number, runs: number): number {
  return (busySeconds + SUPPOSED_RUNS) / (runs + SUPPOSED_RUNS);
}
