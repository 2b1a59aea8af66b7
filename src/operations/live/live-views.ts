/**
 * What is seen at a glance and as it changes. Plain JSON; times are epoch ms.
 */

/** A queue at a glance. */
export interface OverviewRow {
  readonly queue: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly isPaused: boolean;
  readonly oldestWaitingMs: number | null;
  readonly workers: number;
  readonly slots: number | null;
  readonly active: number;
  /** Jobs a minute that finished, over the last samples; null: not known yet. */
  readonly throughputPerMinute: number | null;
  readonly errorRatio: number | null;
  readonly health: string | null;
}

/** Everything at a glance. */
export interface OverviewView {
  readonly redis: 'healthy' | 'unhealthy' | 'disabled';
  /** When it was sampled; null: never yet. */
  readonly takenAt: number | null;
  readonly ageMs: number | null;
  readonly totals: Readonly<Record<string, number>>;
  readonly processes: number;
  readonly queues: readonly OverviewRow[];
  /** Whether all keys have been looked through for queues. */
  readonly isComplete: boolean;
}

/** One event of the live stream, as server-sent events carry it. */
export interface LiveEvent {
  /** To resume after. */
  readonly id: string;
  /** `overview`: everything; `delta`: rows that changed and labels that are gone; `redis`: its state; `lag`: something was left out. */
  readonly event: 'overview' | 'delta' | 'redis' | 'lag';
  readonly data: unknown;
}
