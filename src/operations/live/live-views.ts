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
  /** Why it was paused, when somebody said. */
  readonly pausedFor: string | null;
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
  /** Why it is not healthy, in words, most important first; none when it is, or when nobody judges it. */
  readonly reasons: readonly string[];
  /** Since when `health` has been the same; null when nobody judges it. */
  readonly healthSince: number | null;
  /** So long or shorter waited 95 of 100 jobs that were started in the last minutes; null: cannot be known. */
  readonly waitP95Ms: number | null;
  /** What is promised of it, else what its pool is scaled for; null: neither. */
  readonly waitObjectiveMs: number | null;
  /**
   * Dead letters that are kept, replayed ones among them; null: may not be read. As little secret as how many failed jobs
   * there are: seeing the queue is enough.
   */
  readonly deadLetters: number | null;
  /** Its pool; null: there is none, or it may not be read. */
  readonly pool: OverviewPool | null;
  /**
   * Jobs that completed or failed for good in each of the last 30 minutes that are counted to their end, oldest first; null:
   * cannot be known.
   */
  readonly trend: readonly (number | null)[];
}

/** A pool at a glance. */
export interface OverviewPool {
  /** Open slots in the fleet, as the leader last wrote them. */
  readonly current: number | null;
  /** Wanted slots in the fleet; null before anybody has decided. */
  readonly target: number | null;
  readonly min: number;
  readonly max: number;
  /** Why the target does not follow; null while it does. */
  readonly frozenFor: string | null;
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
