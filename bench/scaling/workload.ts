/**
 * What a simulated queue has to do: jobs with the moment they become ready and how long each runs.
 *
 * Times are seconds since the start. Jobs are in the order in which they become ready.
 */

/** The work of one run. */
export interface Workload {
  readonly name: string;
  readonly readyAt: Float64Array;
  readonly serviceSeconds: Float64Array;
  /** When delayed jobs are due, in order; they are among `readyAt` and known from the start. */
  readonly dueAt: Float64Array;
  /** 95 of 100 jobs should start within this. */
  readonly waitSeconds: number;
  /** How long jobs keep coming. */
  readonly horizonSeconds: number;
  /** Jobs that can run at full speed at once; more share it. Infinity when nothing is shared. */
  readonly sharedBy: number;
  /** Fewest slots. */
  readonly min: number;
  /** Part of the averages. */
  readonly isAveraged: boolean;
  /** A sudden change: when, and how many slots are busy from then on. */
  readonly step: { readonly atSeconds: number; readonly busy: number } | null;
}

/** One job while a workload is being made. */
export interface Job {
  readonly readyAt: number;
  readonly serviceSeconds: number;
  readonly isDelayed?: boolean;
}

const SHORTEST_SERVICE_SECONDS = 0.005;

/** Puts jobs in order, with what most workloads have in common. */
export function workloadOf(
  name: string,
  jobs: readonly Job[],
  rest: Partial<Workload> = {},
): Workload {
  const sorted = [...jobs].sort((a, b) => a.readyAt - b.readyAt);
  return {
    name,
    readyAt: Float64Array.from(sorted, (job) => job.readyAt),
    serviceSeconds: Float64Array.from(sorted, (job) =>
      Math.max(SHORTEST_SERVICE_SECONDS, job.serviceSeconds),
    ),
    dueAt: Float64Array.from(
      sorted.filter((job) => job.isDelayed),
      (job) => job.readyAt,
    ),
    waitSeconds: 5,
    horizonSeconds: 3600,
    sharedBy: Number.POSITIVE_INFINITY,
    min: 1,
    isAveraged: true,
    step: null,
    ...rest,
  };
}

/** The mean service time: what policies with an oracle are told. */
export function meanServiceOf({ serviceSeconds }: Workload): number {
  return serviceSeconds.reduce((sum, seconds) => sum + seconds, 0) / serviceSeconds.length;
}

/** The jobs of a while, from its beginning on. */
export function partOf(workload: Workload, fromSeconds: number, seconds: number): Workload {
  const { readyAt, serviceSeconds, dueAt } = workload;
  const isIn = (at: number): boolean => at >= fromSeconds && at < fromSeconds + seconds;
  return {
    ...workload,
    readyAt: readyAt.filter(isIn).map((at) => at - fromSeconds),
    serviceSeconds: serviceSeconds.filter((_, job) => isIn(readyAt[job]!)),
    dueAt: dueAt.filter(isIn).map((at) => at - fromSeconds),
    horizonSeconds: seconds,
    step: null,
  };
}
