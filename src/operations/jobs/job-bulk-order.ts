/**
 * What bulk actions on jobs may be asked: which jobs, and what is to be done with them.
 */
import type { BulkKind, LetterBulkKind } from '../../dead-letters/bulk-action.ts';
import type { JobState } from './job-views.ts';

/** What a bulk action on jobs does with each. */
export type JobBulkKind = Exclude<BulkKind, LetterBulkKind>;

/** Which jobs: by ids, or those of a state that a filter matches (`name:resize error:"timeout" after:2h`). */
export interface JobSelection {
  readonly queue: string;
  readonly ids?: readonly string[];
  readonly state?: JobState;
  readonly filter?: string;
}

/** A bulk action on jobs. */
export interface JobBulkOrder extends JobSelection {
  readonly kind: JobBulkKind;
  /** Label of the queue to move to. */
  readonly to?: string;
  /** At most so many a second. */
  readonly perSecond?: number;
}

/** What follows from the rights of whoever asks. */
export interface JobBulkBounds {
  /** A removal leaves jobs with children, which may be in other queues. */
  readonly sparesParents?: boolean;
}
