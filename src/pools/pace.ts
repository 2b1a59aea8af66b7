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
const HELD_RATIO = 0.4;
/** Up to here a start costs next to nothing, so slots are given up and taken back as they come. */
const FREE_START_SECONDS = 1;

/**
 * `free`: slots cost nothing and come before jobs are late. `timely`: they cost something and come before jobs are
 * late. `late`: jobs that come with a burst are late before a slot that is asked for because of them is there.
 */
export type StartKind = 'free' | 'timely' | 'late';

/** How fast a pool can and must react. */
export interface Pace {
  readonly kind: StartKind;
  /** The wait that was promised. */
  readonly waitSeconds: number;
  /** From a change of the load until slots that were asked for because of it are there. */
  readonly reactSeconds: number;
  /** How far ahead is looked: what is seen coming at the next plan would be too late. */
  readonly horizonSeconds: number;
  /** How much work one slot may hold, the running job included. */
  readonly workSeconds: number;
  /** In what time a backlog is worked off that is late already: less would start slots for too little work. */
  readonly catchUpSeconds: number;
  /** How long fewer slots must do before fewer are asked for. */
  readonly holdSeconds: number;
}

/** Derives the pace of a pool from its settings. */
export function paceOf({
  waitP95Ms,
  startMs,
}: Pick<PlanInput['settings'], 'waitP95Ms' | 'startMs'>): Pace {
  const waitSeconds = waitP95Ms / 1_000;
  const startSeconds = startMs / 1_000;
  const reactSeconds = startSeconds + TICK_SECONDS;
  const isFree = startSeconds <= FREE_START_SECONDS && reactSeconds <= waitSeconds;
  return {
    kind: startSeconds >= waitSeconds ? 'late' : isFree ? 'free' : 'timely',
    waitSeconds,
    reactSeconds,
    horizonSeconds: reactSeconds + TICK_SECONDS,
    workSeconds: HELD_RATIO * waitSeconds,
    catchUpSeconds: Math.max(TICK_SECONDS, startSeconds / 3),
    holdSeconds: TICK_SECONDS + startSeconds / 2,
  };
}
