/**
 * What bulk actions of one kind do, apart from their states, their pace and who carries them on: the port between the
 * runner and the work.
 */
import type { Redis } from 'ioredis';
import type { Connection } from '../redis/connection.ts';
import type { BulkAction, CanaryVerdict } from './bulk-action.ts';
import type { Counts, DealtBy } from './bulk-part.ts';

/** An action that is not through. */
export type Unfinished = BulkAction & { readonly place: string };

/** What came of a part. */
export interface Dealt {
  /** Where the next part begins; null after the last. */
  readonly next: string | null;
  readonly counts: Counts;
  /** Ids that this action has replayed, now or before a change of leader. */
  readonly replayed: readonly string[];
  /** How many were under way, for the pace. */
  readonly taken: number;
}

/** What came of undoing a part. */
export interface Undone {
  readonly next: string | null;
  readonly undone: number;
  readonly ran: number;
}

/** Does it. Rejects when the connection is lost or Redis refuses: then the same may be done again. */
export interface BulkWork {
  /** Deals with at most so many from the place of the action on. */
  part(bulk: Connection, action: Unfinished, most: number, by: DealtBy): Promise<Dealt>;
  /** Of actions that send a few first. */
  judgeCanary?(redis: Redis, action: BulkAction, isTimeUp: boolean): Promise<CanaryVerdict>;
  /** Of actions that can be undone: takes back what has not started, newest first. */
  undo?(bulk: Connection, action: Unfinished): Promise<Undone>;
}
