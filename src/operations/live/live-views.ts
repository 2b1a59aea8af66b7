/**
 * What is seen at a glance and as it changes. Plain JSON; times are epoch ms, on the server's clock where it is known.
 */
import type { Provenance } from '../queues/queue-views.ts';

/** A queue at a glance. */
export interface OverviewRow {
  readonly queue: string;
  /** Jobs by BullMQ's states; `completed` and `failed`: those that are kept. */
  readonly counts: Readonly<Record<string, number>>;
  readonly isPaused: boolean;
  /** As it was when the row was sent; to count on from `oldestWaitingAt`. */
  readonly oldestWaitingMs: number | null;
  /** Since when the oldest job waits that could run; null: none waits. */
  readonly oldestWaitingAt: number | null;
  /** Workers with a heartbeat, and connections of workers that run plain BullMQ; null: may not be read. */
  readonly workers: number | null;
  /** Jobs that workers with a heartbeat can run at once; null: there are others too, or it may not be read. */
  readonly slots: number | null;
  readonly active: number;
  /** Jobs that finished in a minute, lately; null: cannot be known. */
  readonly throughputPerMinute: number | null;
  /** `measured` by Drover's workers, `derived` from the jobs that are kept, or `absent`. */
  readonly throughputFrom: Provenance;
  readonly errorRatio: number | null;
  /** How the fleet's leader judges it; null when nobody does. */
  readonly health: string | null;
}

/** Everything at a glance. */
export interface OverviewView {
  readonly redis: 'healthy' | 'unhealthy' | 'disabled';
  /** When it was sampled; null: never yet. */
  readonly takenAt: number | null;
  readonly ageMs: number | null;
  /** Counts of all queues that are shown, together. */
  readonly totals: Readonly<Record<string, number>>;
  /** Processes with a heartbeat; null: may not be read. */
  readonly processes: number | null;
  readonly queues: readonly OverviewRow[];
  /** Queues that are not among them: a key of theirs is of another type than BullMQ's. */
  readonly uncounted: readonly string[];
  /** When the row was sampled that was sampled longest ago: many queues take turns. null: there is none. */
  readonly oldestRowAt: number | null;
  /** Whether all keys have been looked through for queues. */
  readonly isComplete: boolean;
  /** Why it could not be sampled the last time; null: it could. */
  readonly problem: string | null;
}

/** What is different since the event before. */
export interface OverviewDelta extends Omit<OverviewView, 'queues'> {
  /** Queues that are new or have changed. A row whose oldest job only waits on has not. */
  readonly queues: readonly OverviewRow[];
  /** Queues that are not there any more. */
  readonly gone: readonly string[];
}

/** How Redis is, when that has changed. */
export interface RedisChange {
  readonly redis: OverviewView['redis'];
  readonly takenAt: number | null;
  readonly ageMs: number | null;
}

/** What was left out: the overview that follows makes up for it. */
export interface Lag {
  readonly missed: number;
}

/** Why a stream ends before its client does: whoever asked would not be let in any more. Nothing comes after it. */
export interface Ended {
  readonly code: string;
  readonly detail: string;
}

/** One event of the live stream, as server-sent events carry it. */
export type LiveEvent = {
  /** To resume after. */
  readonly id: string;
  /** `data` as JSON, made once for all who see the same. */
  readonly text: string;
} & (
  | { readonly event: 'overview'; readonly data: OverviewView }
  | { readonly event: 'delta'; readonly data: OverviewDelta }
  | { readonly event: 'redis'; readonly data: RedisChange }
  | { readonly event: 'lag'; readonly data: Lag }
  | { readonly event: 'ended'; readonly data: Ended }
);
