/**
 * What a plan is made from: the settings of a pool, what was seen since the last plan, what was learned before.
 *
 * Shapes only.
 */
import type { PoolSettings } from '../workers/pool-settings.ts';

/** What was seen of one queue since the plan before. */
export interface PlanSignals {
  /** Since the plan before; 0 for the first one. */
  readonly elapsedMs: number;
  /** Jobs that wait for a slot: those with a priority too. */
  readonly waiting: number;
  readonly active: number;
  /** All delayed jobs. */
  readonly delayed: number;
  /** Those of them that are due within `dueWithinMs(settings)`. */
  readonly dueSoon: number;
  /** Jobs that became ready to run. */
  readonly arrived: number;
  /** Jobs that ended, with how long they ran: how many, Σ ms, Σ ms². */
  readonly runs: number;
  readonly runMs: number;
  readonly runMsSquared: number;
  /** Busy slots, integrated over the time: running jobs are in it. */
  readonly busyMs: number;
  /** Slots that are open, that were asked for and are not there yet, and that only finish their job. */
  readonly ready: number;
  readonly starting: number;
  readonly draining: number;
  readonly isPaused: boolean;
  /** Jobs that BullMQ lets run at once in the fleet; null when there is no limit. */
  readonly globalConcurrency: number | null;
  /** Jobs a second that BullMQ's global limiter lets through; null when there is none. */
  readonly jobsPerSecond: number | null;
  /** At least so many slots by the schedule at this moment, and soon enough for slots that start slowly. */
  readonly floor: number;
  /** Set by hand: the target, whatever the rest says; null when nobody has. */
  readonly pinned: number | null;
}

/** What a plan is made from. */
export interface PlanInput {
  readonly settings: Pick<
    PoolSettings,
    'min' | 'max' | 'waitP95Ms' | 'idleAfterMs' | 'startMs' | 'efficacy'
  >;
  /** The target of the plan before; null when there was none. */
  readonly target: number | null;
  readonly signals: PlanSignals;
}
