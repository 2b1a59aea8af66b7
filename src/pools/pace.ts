/**
 * What the promised wait and the start time of slots mean for a plan. Pure.
 *
 * Everything that differs between slots inside a running process, new processes and new pods is derived here, from
 * these two alone: no other file asks how slow a start is.
 */
import type { PlanInput } from './plan-input.ts';

/** Plans are made so often. */
const TICK_SECONDS = 1;
/** A slot may hold work for this part of the promised wait. */
const THETA = 0.4;
const LONGEST_HOLD_SECONDS = 300;

/** How fast a pool can and must react. */
export interface Pace {
  /** The wait that was promised. */
  readonly waitSeconds: number;
  /** From a change of the load until slots that were asked for because of it are there. */
  readonly reactSeconds: number;
  /** How much work one slot may hold, the running job included. */
  readonly workSeconds: number;
  /** How long fewer slots must do before fewer are asked for. */
  readonly holdSeconds: number;
  /** Whether a start costs enough to keep a slot rather than to start it anew soon. */
  readonly isStartDear: boolean;
}

/** Derives the pace of a pool from its settings. */
export function paceOf({
  waitP95Ms,
  startMs,
}: Pick<PlanInput['settings'], 'waitP95Ms' | 'startMs'>): Pace {
  const waitSeconds = waitP95Ms / 1_000;
  const startSeconds = startMs / 1_000;
  const startCost = startCostOf(startSeconds);
  return {
    waitSeconds,
    reactSeconds: startSeconds + TICK_SECONDS,
    workSeconds: THETA * waitSeconds,
    holdSeconds: Math.min(
      Math.max(3 * TICK_SECONDS, startSeconds + startCost),
      LONGEST_HOLD_SECONDS,
    ),
    isStartDear: startCost > 0,
  };
}

/** How far ahead delayed jobs count: a slot that is asked for now is there when they are due. */
export function dueWithinMs({ startMs }: Pick<PlanInput['settings'], 'startMs'>): number {
  return startMs + 2 * TICK_SECONDS * 1_000;
}

/**
 * What one start costs, in slot-seconds beside the time it takes: nothing inside a running process, the boot of an
 * application for a process, that and the room of a pod outside.
 */
function startCostOf(startSeconds: number): number {
  if (startSeconds <= 1) return 0;
  return startSeconds <= 10 ? 5 : 30;
}
