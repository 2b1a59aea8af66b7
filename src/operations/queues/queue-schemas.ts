/**
 * Schemas of what operators see of queues: the views of `queue-views.ts`, for the published description of the API.
 */
import { z } from 'zod';
import type {
  AllSchedulers,
  Page,
  QueuePage,
  QueueRow,
  QueueView,
  Removed,
  SchedulerView,
} from './queue-views.ts';

const count = z.number().min(0);
const text = z.string().nullable();
const number = z.number().nullable();

const row = {
  ...{ queue: z.string(), prefix: z.string(), name: z.string() },
  counts: z.record(z.string(), count),
  ...{ isPaused: z.boolean(), pausedBy: text, pausedFor: text, pausedAt: number },
  ...{ oldestWaitingMs: number, workers: number, bullVersion: text },
  workersFrom: z.enum(['measured', 'derived', 'absent']),
};

const ROW: z.ZodType<QueueRow> = z.strictObject(row);

/** `QueueView`. */
export const QUEUE: z.ZodType<QueueView> = z.strictObject({
  ...row,
  globalConcurrency: number,
  rateLimit: z.strictObject({ max: count, durationMs: count }).nullable(),
  ...{ limitedForMs: number, maxLenEvents: number },
});

/** `QueuePage`. */
export const PAGE_OF_QUEUES: z.ZodType<QueuePage> = z.strictObject({
  ...{ rows: z.array(ROW), next: text, uncounted: z.array(z.string()) },
  ...{ isComplete: z.boolean(), discoveredAt: number },
});

/** `Removed`. */
export const REMOVED: z.ZodType<Removed> = z.strictObject({ removed: count, hasMore: z.boolean() });

const scheduler = {
  ...{ queue: z.string(), id: z.string(), jobName: text, pattern: text, everyMs: number },
  ...{ timeZone: text, words: z.string(), nextAt: number, endsAt: number, iterations: count },
  ...{ limit: number, dataBytes: count },
};

/** `SchedulerView`. */
export const SCHEDULER: z.ZodType<SchedulerView> = z.strictObject({
  ...scheduler,
  ...{ data: z.unknown(), unreadable: text },
});

/** `AllSchedulers`. */
export const ALL_SCHEDULERS: z.ZodType<AllSchedulers> = z.strictObject({
  rows: z.array(z.strictObject(scheduler)),
  ...{ total: count, looked: count, isComplete: z.boolean() },
});

/** `Page` of `SchedulerView`. */
export const PAGE_OF_SCHEDULERS: z.ZodType<Page<SchedulerView>> = z.strictObject({
  ...{ rows: z.array(SCHEDULER), next: text },
});
