/**
 * From the outcome of a run to the figures that policies are judged by.
 */
import { clairvoyantCost } from './bound.ts';
import type { Outcome } from './simulate.ts';
import type { Workload } from './workload.ts';

/** How good a run was. */
export interface Figures {
  /** Minutes in which p95 of the waits of the jobs that came in it was too long, of those in which any came. */
  readonly violatedPercent: number;
  /** Jobs that waited too long. */
  readonly latePercent: number;
  readonly waitP50Seconds: number;
  readonly waitP95Seconds: number;
  readonly waitP99Seconds: number;
  readonly slotSeconds: number;
  /** Slot-seconds and starts, divided by the clairvoyant bound. */
  readonly cost: number;
  readonly startsPerHour: number;
  readonly reversalsPerHour: number;
  readonly peak: number;
  readonly interrupted: number;
  readonly reactionSeconds: number;
  /** From the workload's step until no job was started too late any more; NaN without a step. */
  readonly recoverySeconds: number;
}

const MINUTE = 60;
const HOUR = 3600;
const P95 = 0.95;
/** How long after a step a late start still counts as an effect of it. */
const RECOVERY_SECONDS = 900;

export function figuresOf(outcome: Outcome): Figures {
  const { workload, setting, counts, endSeconds } = outcome;
  const waits = waitsOf(outcome);
  const late = waits.reduce((sum, wait) => sum + (wait > workload.waitSeconds ? 1 : 0), 0);
  const sorted = waits.slice().sort();
  const hours = endSeconds / HOUR;
  const paid = counts.slotSeconds + setting.startCost * counts.starts;
  return {
    violatedPercent: violatedPercent(workload, waits),
    latePercent: (100 * late) / waits.length,
    waitP50Seconds: rank(sorted, 0.5),
    waitP95Seconds: rank(sorted, P95),
    waitP99Seconds: rank(sorted, 0.99),
    slotSeconds: counts.slotSeconds,
    cost: paid / boundOf(outcome),
    startsPerHour: counts.starts / hours,
    reversalsPerHour: outcome.reversals / hours,
    peak: outcome.peak,
    interrupted: outcome.interrupted,
    reactionSeconds: outcome.reactionSeconds,
    recoverySeconds: recoveryOf(outcome, waits),
  };
}

/** How long each job waited; one that was never started, for twice the horizon. */
export function waitsOf({ workload, startedAt }: Outcome): Float64Array {
  return startedAt.map((at, job) =>
    Number.isNaN(at) ? 2 * workload.horizonSeconds : at - workload.readyAt[job]!,
  );
}

function violatedPercent({ readyAt, waitSeconds }: Workload, waits: Float64Array): number {
  let [minutes, violated] = [0, 0];
  for (let from = 0; from < readyAt.length; ) {
    const end = (Math.floor(readyAt[from]! / MINUTE) + 1) * MINUTE;
    let to = from;
    while (to < readyAt.length && readyAt[to]! < end) to++;
    minutes++;
    if (rank(waits.slice(from, to).sort(), P95) > waitSeconds) violated++;
    from = to;
  }
  return (100 * violated) / minutes;
}

/** Nearest rank. */
function rank(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function recoveryOf({ workload, startedAt }: Outcome, waits: Float64Array): number {
  const { step, waitSeconds } = workload;
  if (!step) return Number.NaN;
  let last = step.atSeconds;
  for (const [job, wait] of waits.entries()) {
    const at = startedAt[job]!;
    const counts = at > step.atSeconds && at < step.atSeconds + RECOVERY_SECONDS;
    if (counts && wait > waitSeconds) last = Math.max(last, at);
  }
  return last - step.atSeconds;
}

/** Many policies run on one workload: the bound is worked out once for each setting. */
const bounds: WeakMap<Workload, Map<string, number>> = new WeakMap();

function boundOf({ workload, setting }: Outcome): number {
  const known = bounds.get(workload) ?? new Map<string, number>();
  bounds.set(workload, known);
  const key = `${setting.startSeconds} ${setting.startCost}`;
  const bound = known.get(key) ?? clairvoyantCost(workload, setting);
  known.set(key, bound);
  return bound;
}
