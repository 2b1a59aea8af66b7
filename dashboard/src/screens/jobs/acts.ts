/**
 * What can be done with jobs of a state, many at once. Pure.
 */
import type { JobBulkKind, JobState } from '../../../../src/operations/views.ts';

/** Kind → its key, and whether it cannot be taken back. */
export const ACTS: Readonly<
  Record<JobBulkKind, { readonly key: string; readonly isDangerous: boolean }>
> = {
  retry: { key: 'R', isDangerous: false },
  promote: { key: 'P', isDangerous: false },
  move: { key: 'M', isDangerous: false },
  remove: { key: 'D', isDangerous: true },
};

const POSSIBLE: Readonly<Record<JobState, readonly JobBulkKind[]>> = {
  ...{ waiting: ['move', 'remove'], paused: ['move', 'remove'], prioritized: ['move', 'remove'] },
  ...{ delayed: ['promote', 'move', 'remove'], active: [], 'waiting-children': ['remove'] },
  ...{ completed: ['retry', 'move', 'remove'], failed: ['retry', 'move', 'remove'] },
};

/** In the order of their buttons. */
export function actsOn(state: JobState): readonly JobBulkKind[] {
  return POSSIBLE[state];
}
