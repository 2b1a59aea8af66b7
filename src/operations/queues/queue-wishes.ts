/**
 * What may be asked of queues and schedulers: the inputs of the actions. Shapes only.
 */

/** States whose jobs are finished or may be cleaned. */
export type CleanState = 'completed' | 'failed' | 'delayed' | 'wait' | 'prioritized' | 'paused';

/** What rows of queues may be sorted by. */
export type QueueSort = 'name' | 'waiting' | 'failed' | 'oldest';

/** About one queue. */
export interface OfQueue {
  readonly queue: string;
}

/** About one scheduler. */
export interface OfScheduler extends OfQueue {
  readonly scheduler: string;
}

/** Of what cannot be brought back. */
interface Destroying extends OfQueue {
  /** The name of the queue once more. */
  readonly confirm?: string;
  /** Only tells how many would go. @default false */
  readonly dryRun?: boolean;
}

/** A page of queues. */
export interface ListWishes {
  /** A pattern of labels. */
  readonly match?: string;
  /** Descending but for `name`. @default name */
  readonly sort?: QueueSort;
  readonly cursor?: string;
  /** From 1 to 500. @default 100 */
  readonly limit?: number;
}

export interface PauseWishes extends OfQueue {
  /** For people. */
  readonly reason?: string;
}

export interface EmptyWishes extends Destroying {
  /** Those that wait for their time, too. @default false */
  readonly delayed?: boolean;
}

export interface CleanWishes extends Destroying {
  readonly state: CleanState;
  /** Those that are older, such as `24h`. */
  readonly olderThan: string;
  /** From 1 to 100,000. @default 10,000 */
  readonly limit?: number;
}

export interface ObliterateWishes extends Destroying {
  /** Also while jobs are running. @default false */
  readonly force?: boolean;
}

/** At most so many jobs in a duration. */
export interface LimitWishes extends OfQueue {
  readonly max: number;
  readonly duration: string;
}

/** A page of schedulers. */
export interface SchedulerListWishes extends OfQueue {
  readonly cursor?: string;
  /** From 1 to 500. @default 100 */
  readonly limit?: number;
}

/** A scheduler. What is not given stays as it is in one that is there already. */
export interface SchedulerWishes extends OfScheduler {
  /** Cron, five or six fields. Either this or `every`. */
  readonly pattern?: string;
  /** A duration from 1 s. */
  readonly every?: string;
  /** Of the pattern, such as `Europe/Berlin`. */
  readonly timeZone?: string;
  /** @default its own id */
  readonly jobName?: string;
  /** Of its jobs. */
  readonly data?: unknown;
}
