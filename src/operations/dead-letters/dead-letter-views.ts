/**
 * What operators see of dead letters, and of bulk actions on them and on jobs. Plain JSON; times are epoch ms.
 */
import type {
  BulkAction,
  BulkKind,
  BulkState,
  Canary,
  Skip,
} from '../../dead-letters/bulk-action.ts';
import type { DeadLetterState } from '../../dead-letters/dead-letter.ts';
import type { Patch } from '../../dead-letters/patch.ts';

/** A dead letter in a list. */
export interface DeadLetterRow {
  readonly queue: string;
  readonly jobId: string;
  readonly jobName: string;
  readonly state: DeadLetterState;
  readonly type: string;
  readonly fingerprint: string;
  readonly version: string;
  readonly failedAt: number;
  readonly attemptsMade: number;
  readonly deaths: number;
  readonly replayedBy: string | null;
  /** Bytes of the original job. */
  readonly bytes: number;
}

/** Some dead letters, newest first. */
export interface DeadLetterPage {
  readonly rows: readonly DeadLetterRow[];
  /** How many records were looked at for it. */
  readonly looked: number;
  /** Where the next page begins; null after the last one. */
  readonly next: string | null;
}

/** A bulk action and how far it is. */
export interface BulkView {
  readonly id: string;
  /** Of dead letters, or of jobs. */
  readonly kind: BulkKind | 'retry' | 'promote' | 'remove' | 'move';
  readonly queue: string;
  /** null: chosen ids. */
  readonly filter: string | null;
  /** Label of the queue that jobs are moved to; null: it moves none. */
  readonly to: string | null;
  readonly actor: string;
  readonly state: BulkState;
  readonly reason: string | null;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Replayed without the parent, which was gone. */
  readonly alone: number;
  readonly skipped: Readonly<Partial<Record<Skip, number>>>;
  readonly undone: number;
  /** Replays that an undo left alone, since they had started. */
  readonly ran: number;
  readonly errors: readonly string[];
  /** A number that JavaScript cannot hold is a text here: see `digitsOf` of drover/client. */
  readonly patch: Patch | null;
  readonly canary: Canary | null;
  /** Until when the results of its canary are awaited; null: none is out. */
  readonly canaryUntil: number | null;
  readonly perSecond: number | null;
  readonly withJobs: boolean;
  /** Dead letters or jobs per second at the last look; null when it does not run. */
  readonly rate: number | null;
  /** Until it is through; null when nobody can tell. */
  readonly etaMs: number | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly updatedAt: number;
}

/** The view of an action. */
export function toBulkView(action: BulkAction): BulkView {
  const { selection, pausedIn, canaryIds, canaryUntil, place, reason, jobState, ...more } = action;
  const { sparesParents: _, ...rest } = more;
  const isMoving = action.state === 'running' && action.rate > 0;
  const dealtWith =
    action.done + action.failed + Object.values(action.skipped).reduce((sum, n) => sum + n, 0);
  const left = Math.max(0, action.total - dealtWith);
  return {
    ...rest,
    ...{ queue: selection.queue, filter: selection.filter, reason: reason === '' ? null : reason },
    canaryUntil: action.state === 'canary' && canaryUntil > 0 ? canaryUntil : null,
    rate: isMoving ? action.rate : null,
    etaMs: isMoving ? Math.round((1_000 * left) / action.rate) : null,
  };
}
