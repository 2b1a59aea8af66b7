/**
 * Decides whether a minute of a queue was measured, must be derived from the jobs that are still kept, or is not
 * known at all. Pure.
 *
 * Jobs that BullMQ removes when they finish cannot be seen, so sets that are empty, or that do not reach back to
 * the minute's start, say nothing about completed jobs: that is unknown, not 0.
 */

/** What the sets of finished jobs show of one minute. */
export interface Seen {
  readonly completedIn: number;
  readonly completedKept: number;
  /** Whether a kept job completed before the minute: then none of the minute's has been removed for its number. */
  readonly reachesBack: boolean;
  readonly failedIn: number;
  readonly failedKept: number;
  /** Whether jobs of this queue are removed as soon as they fail, by the options of the newest one. */
  readonly removesFailed: boolean;
}

/** What Drover's own workers have counted; null when none was heard of. */
export interface Measured {
  readonly completed: number;
  readonly dead: number;
}

/** How many jobs other workers have finished, at least; null when nothing can be told. */
export interface Excess {
  readonly completed: number | null;
  readonly dead: number | null;
}

/** What a minute is. `excess` is there when it is derived. */
export type Verdict =
  | { readonly source: 'measured' | 'absent'; readonly exceeds: boolean }
  | { readonly source: 'derived'; readonly exceeds: boolean; readonly excess: Excess };

/** Clocks of hosts and the edges of minutes differ: so much more in the sets is no sign of another worker. */
const MARGIN_JOBS = 5;
const MARGIN_RATIO = 0.1;

/**
 * Judges one minute.
 *
 * @param exceededBefore whether the minute before showed more than was measured: once may be a burst on the
 *   edge of two minutes, or a clock that is off; jobs must not be counted twice for it
 */
export function judgeSource(
  seen: Seen,
  measured: Measured | null,
  exceededBefore: boolean,
): Verdict {
  const completed = completedOf(seen);
  const dead = deadOf(seen);
  if (measured === null) {
    if (seen.completedKept === 0 && seen.failedKept === 0)
      return { source: 'absent', exceeds: false };
    if (completed === null && !dead) return { source: 'absent', exceeds: false };
    return { source: 'derived', exceeds: true, excess: { completed, dead } };
  }
  const finished = measured.completed + measured.dead;
  const more = (completed ?? 0) + (dead ?? 0) - finished;
  const exceeds = more > Math.max(MARGIN_JOBS, finished * MARGIN_RATIO);
  if (!exceeds || !exceededBefore) return { source: 'measured', exceeds };
  return {
    source: 'derived',
    exceeds,
    excess: {
      completed: Math.max(0, (completed ?? 0) - measured.completed),
      dead: Math.max(0, (dead ?? 0) - measured.dead),
    },
  };
}

function completedOf({ completedIn, reachesBack }: Seen): number | null {
  return reachesBack ? completedIn : null;
}

function deadOf({ failedIn, failedKept, removesFailed }: Seen): number | null {
  return failedKept === 0 && removesFailed ? null : failedIn;
}
