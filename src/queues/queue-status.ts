/**
 * How a queue can stand, in one word: what the judge gives, what Redis keeps, what metrics and faces show.
 */

/** All of them; the first is the good one. */
export const QUEUE_STATUSES = [
  'healthy',
  'degraded',
  'unhealthy',
  'paused',
  'no-workers',
  'stuck',
] as const;

/** How a queue stands. */
export type QueueStatus = (typeof QUEUE_STATUSES)[number];
