/**
 * What operators see of queues and schedulers. Plain JSON; times are epoch ms. A queue is named by its label: its name
 * under BullMQ's default prefix, `<prefix>:<name>` under any other.
 */

/** Where a figure comes from: Drover counted it, it was worked out from BullMQ's keys, or nobody knows. */
export type Provenance = 'measured' | 'derived' | 'absent';

/** A queue in a list. */
export interface QueueRow {
  readonly queue: string;
  readonly prefix: string;
  readonly name: string;
  /** Counts by BullMQ's states. Jobs of a paused queue wait. */
  readonly counts: Readonly<Record<string, number>>;
  readonly isPaused: boolean;
  /** Who paused it and why; null when nobody said. */
  readonly pausedBy: string | null;
  readonly pausedFor: string | null;
  readonly pausedAt: number | null;
  /** Age of the oldest waiting job; null when none waits. */
  readonly oldestWaitingMs: number | null;
  /** null: nobody knows. */
  readonly workers: number | null;
  /** Where `workers` comes from. */
  readonly workersFrom: Provenance;
  /** Version of BullMQ that last wrote its meta; null when it is not there. */
  readonly bullVersion: string | null;
}

/** A queue with its settings. */
export interface QueueView extends QueueRow {
  /** Jobs running at once in the whole fleet; null: no limit. */
  readonly globalConcurrency: number | null;
  /** At most `max` jobs in `durationMs` in the whole fleet; null: no limit. */
  readonly rateLimit: { readonly max: number; readonly durationMs: number } | null;
  /** How much longer the limiter holds it; 0: not held; null: it depends on a limit that only its workers know. */
  readonly limitedForMs: number | null;
  /** Most events its stream keeps; null when nobody said. */
  readonly maxLenEvents: number | null;
}

/** A page of a list. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Where the next page begins; null after the last. */
  readonly next: string | null;
}

/** Pages of queues. Besides the rows, how discovery stands. */
export interface QueuePage extends Page<QueueRow> {
  /** Queues of this page that are no rows: a key of theirs is of another type than BullMQ's. */
  readonly uncounted: readonly string[];
  /** Whether all keys have been looked through; when not, more queues may turn up. */
  readonly isComplete: boolean;
  /** When all keys had last been looked through; null: not yet. */
  readonly discoveredAt: number | null;
}

/** How many went. */
export interface Removed {
  readonly removed: number;
  /** Whether there may be more of them: ask again. */
  readonly hasMore: boolean;
}

/** A scheduler in a list of those of all queues. */
export interface SchedulerRow {
  readonly queue: string;
  readonly id: string;
  /** null: a repeatable job of an older BullMQ, which this version cannot run. */
  readonly jobName: string | null;
  readonly pattern: string | null;
  readonly everyMs: number | null;
  readonly timeZone: string | null;
  /** The schedule as a sentence. */
  readonly words: string;
  readonly nextAt: number | null;
  readonly endsAt: number | null;
  readonly iterations: number;
  /** At most so many; null: no end. */
  readonly limit: number | null;
  /** Size of the stored data. */
  readonly dataBytes: number;
}

/** A scheduler. */
export interface SchedulerView extends SchedulerRow {
  /** The data of its jobs, without `data.read` with its secret fields hidden; null when it is not shown. */
  readonly data: unknown;
  /** Why `data` is null although there is some: it is large, or cannot be read here. */
  readonly unreadable: string | null;
}

/** Schedulers of all queues that may be seen. */
export interface AllSchedulers {
  /** The next to run first. */
  readonly rows: readonly SchedulerRow[];
  /** How many there are in the queues that were looked into. */
  readonly total: number;
  /** How many queues were looked into. */
  readonly looked: number;
  /** Whether all queues are known and were looked into. */
  readonly isComplete: boolean;
}
