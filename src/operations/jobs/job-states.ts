/**
 * Where BullMQ keeps the jobs of each state. Pure.
 *
 * BullMQ 6 keeps the jobs of a paused queue where they wait; the list `paused` is what older versions have left.
 */
import type { JobState } from './job-views.ts';

/** A list is in the order in which jobs came, a set by a score. */
export interface StatePlace {
  /** Behind the queue's prefix. */
  readonly key: string;
  readonly type: 'list' | 'zset';
}

/** State → where. */
export const STATE_PLACES: Readonly<Record<JobState, StatePlace>> = {
  waiting: { key: 'wait', type: 'list' },
  paused: { key: 'paused', type: 'list' },
  active: { key: 'active', type: 'list' },
  prioritized: { key: 'prioritized', type: 'zset' },
  delayed: { key: 'delayed', type: 'zset' },
  'waiting-children': { key: 'waiting-children', type: 'zset' },
  completed: { key: 'completed', type: 'zset' },
  failed: { key: 'failed', type: 'zset' },
};

/** All states. */
export const JOB_STATES: readonly JobState[] = Object.keys(STATE_PLACES) as JobState[];

/** What a score of the delayed set is made of: time in ms, times this, plus a counter. */
const DELAYED_FACTOR = 0x1000;

/** When a delayed job may run, epoch ms, from its score. */
export function runsAtOf(score: number): number {
  return Math.floor(score / DELAYED_FACTOR);
}

/** Whether its jobs are over, and in the order of their end. */
export function isFinished(state: JobState): state is 'completed' | 'failed' {
  return state === 'completed' || state === 'failed';
}
