/**
 * What a queue is judged by: its jobs and workers at this moment, what happened lately, and what was promised.
 *
 * Shapes only. A number that is not known is null: never 0, and never left out.
 */
import type { HealthLimits, Objectives } from '../queues/define-queue.ts';
import type { QueueCounts } from '../queues/queue-stats.ts';
import type { Trend } from './trend.ts';

/** Everything that is known of one queue. */
export interface QueueSignals {
  /** Its label, as in statistics and keys. */
  readonly queue: string;
  readonly counts: QueueCounts;
  readonly isPaused: boolean;
  /** Age of the oldest job that waits for a worker; null when none waits. */
  readonly oldestWaitingMs: number | null;
  /** Workers with a heartbeat; those without Drover have none. */
  readonly workers: number;
  /** Jobs that these can run at once. */
  readonly slots: number;
  readonly pulse: QueuePulse | null;
  readonly recent: RecentFigures | null;
  readonly windows: BurnWindows | null;
  /** Jobs that ended in each of the last minutes that are counted to their end. */
  readonly trend: Trend;
  /** What was promised; null when the process that judges does not know the queue's definition. */
  readonly objectives: Objectives | null;
  /** What the definition says of judging; null as above. */
  readonly limits: HealthLimits | null;
}

/** Signs of life that can be read off a queue itself, whoever works on it. */
export interface QueuePulse {
  /** Jobs whose delay is over, and that nobody has taken over yet. */
  readonly due: number;
  /** For how long the first of these has been due; null when there is none. */
  readonly dueForMs: number | null;
  /** How long ago a job was last started or ended; null when no sign of one is left. */
  readonly sinceProgressMs: number | null;
  /** Whether one of the newest active jobs has a live lock: somebody runs it. Null without active jobs. */
  readonly isHeld: boolean | null;
  /** How many jobs may run at once in the fleet; null when there is no such limit. */
  readonly concurrency: number | null;
  /** Whether the limiter of jobs per time is counting. */
  readonly isLimited: boolean;
}

/** What happened over the last minutes. */
export interface RecentFigures {
  readonly spanMs: number;
  readonly source: 'measured' | 'derived' | 'absent';
  /** Jobs that ended: completed and dead. */
  readonly finished: number | null;
  /** Jobs that will not be tried again. */
  readonly dead: number | null;
  /** Attempts that failed, tried again or not. */
  readonly failedAttempts: number | null;
  readonly waitP95Ms: number | null;
  /** Jobs of which `waitP95Ms` tells. */
  readonly waits: number | null;
  readonly runMeanMs: number | null;
  readonly throughputPerMinute: number | null;
  readonly arrivalsPerMinute: number | null;
}

/** Good and bad events of one window of time. */
export interface WindowCounts {
  readonly finished: number | null;
  readonly dead: number | null;
  readonly waits: number | null;
  /** Those that waited longer than `objectives.waitP95Ms`. */
  readonly longWaits: number | null;
}

/** The windows of time over which the burning of an objective is measured. */
export type BurnWindows = Readonly<Record<BurnWindow, WindowCounts | null>>;
/** Their names; `burn-rate.ts` says what they are for. */
export type BurnWindow = '5m' | '30m' | '1h' | '6h';
