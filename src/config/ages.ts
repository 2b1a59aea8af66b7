/**
 * How long each kind of data is kept: the one table of ages. Pure data.
 *
 * Whoever writes something that goes away imports its age from here; the guide to retention shows the same table, and
 * a test compares the two. The names are those of the specification.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A kind of data that goes away by itself. */
export type DataType =
  | 'completedJobs'
  | 'failedJobs'
  | 'progressData'
  | 'rateLimitCounters'
  | 'workerHeartbeats'
  | 'metricsData'
  | 'deadLetters';

/** Milliseconds of each kind, unless a queue or the coordinator says otherwise. */
export const AGES_MS: Readonly<Record<DataType, number>> = {
  completedJobs: 24 * HOUR_MS,
  failedJobs: 7 * DAY_MS,
  progressData: HOUR_MS,
  rateLimitCounters: MINUTE_MS,
  workerHeartbeats: 5 * MINUTE_MS,
  metricsData: 24 * HOUR_MS,
  deadLetters: 30 * DAY_MS,
};

/** How many are kept, where there is a number too. */
export const MOST_KEPT: Readonly<
  Record<'completedJobs' | 'failedJobs' | 'deadLetters' | 'events', number>
> = {
  completedJobs: 100,
  failedJobs: 500,
  /** Enough for a day on which everything fails. */
  deadLetters: 200_000,
  /** BullMQ's own default. */
  events: 10_000,
};

/** Bytes of a queue's events stream: BullMQ copies every result into it. */
export const MOST_EVENT_BYTES: number = 16 * 1_024 * 1_024;
