/**
 * What can be done with one job, by its state and by what whoever looks may do. Pure.
 */
import type { JobView } from '../../../../src/operations/views.ts';
import type { May } from '../../api/me.tsx';

/** In the order of their buttons. */
export const ACTS = {
  retry: { key: 'R', tone: 'primary' },
  promote: { key: 'P', tone: 'primary' },
  cancel: { key: 'C', tone: 'danger' },
  edit: { key: 'E', tone: undefined },
  duplicate: { key: 'N', tone: undefined },
  move: { key: 'M', tone: undefined },
  remove: { key: 'D', tone: 'danger' },
} as const;

/** One of them. */
export type Act = keyof typeof ACTS;

const WAITS: readonly string[] = ['waiting', 'paused', 'prioritized', 'delayed'];

/** Those that make sense now. `elsewhere`: whether jobs may be added to any other queue. */
export function actsOn(job: JobView, may: May, elsewhere: boolean): Act[] {
  const { queue, state } = job;
  const isFinished = state === 'completed' || state === 'failed';
  const isOpen = WAITS.includes(state) || state === 'waiting-children';
  // The next run of a scheduler: without it the scheduler would stand still.
  const isNext = job.scheduler !== null && state === 'delayed';
  const canTake = !isNext && (isFinished || isOpen);
  const can: Readonly<Record<Act, boolean>> = {
    retry: isFinished && may('jobs.retry', queue),
    promote: state === 'delayed' && may('jobs.promote', queue),
    cancel: state === 'active' && may('jobs.cancel', queue),
    edit: isOpen && may('jobs.edit', queue),
    duplicate: isShownWhole(job) && may('jobs.add', queue),
    // Jobs of a flow stay where their family looks for them.
    move:
      canTake &&
      state !== 'waiting-children' &&
      job.parent === null &&
      elsewhere &&
      may('jobs.move', queue) &&
      may('jobs.remove', queue),
    remove: canTake && may('jobs.remove', queue),
  };
  return (Object.keys(ACTS) as Act[]).filter((act) => can[act]);
}

/** Whether its data can be written again: what is hidden or cannot be read here would be lost. */
export function isShownWhole({ data, isRedacted }: JobView): boolean {
  return data !== null && !isRedacted;
}
