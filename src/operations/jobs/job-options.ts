/**
 * Which options a job may be added with by operators, and within which bounds. What is not here is refused.
 */
import { type JobsOptions, QueueKeys } from 'bullmq';
import { z } from 'zod';
import { parseDuration } from '../../base/units.ts';
import { durationField, jobField, nameField } from '../fields.ts';

const DAY_MS = 86_400_000;
const LONGEST_DELAY_MS = 3_650 * DAY_MS;
const whole = (least: number, most: number): z.ZodNumber =>
  z.number().int('must be a whole number').min(least).max(most);
const time = (mostMs: number): z.ZodType<string | number> =>
  z.union([whole(0, mostMs), durationField(0, mostMs)]);
const kept = z.union([
  z.boolean(),
  whole(0, 1_000_000),
  z.strictObject({
    age: whole(0, (10 * 365 * DAY_MS) / 1_000).optional(),
    count: whole(0, 1_000_000).optional(),
    limit: whole(0, 1_000_000).optional(),
  }),
]);

/** Under these names BullMQ keeps the lists of a queue: a job there would break it. With colons, what belongs to jobs. */
const TAKEN_IDS = Object.keys(new QueueKeys().getKeys(''));

function isFree(id: string): boolean {
  return !TAKEN_IDS.includes(id) && !id.includes(':');
}

/** The options, as they come in. */
export const jobOptionsField: z.ZodType<Readonly<Record<string, unknown>>> = z.strictObject({
  jobId: jobField
    .refine(isFree, 'must not be a name of a key of BullMQ, nor hold a colon')
    .optional(),
  delay: time(LONGEST_DELAY_MS).optional(),
  priority: whole(0, 2_097_152).optional(),
  attempts: whole(1, 1_000).optional(),
  backoff: z
    .union([
      time(30 * DAY_MS),
      z.strictObject({
        type: z.enum(['fixed', 'exponential']),
        delay: time(30 * DAY_MS).optional(),
        jitter: z.number().min(0).max(1).optional(),
      }),
    ])
    .optional(),
  lifo: z.boolean().optional(),
  removeOnComplete: kept.optional(),
  removeOnFail: kept.optional(),
  keepLogs: whole(0, 100_000).optional(),
  stackTraceLimit: whole(0, 1_000).optional(),
  deduplication: z.strictObject({ id: nameField, ttl: time(365 * DAY_MS).optional() }).optional(),
});

/** The options as BullMQ wants them: durations in milliseconds. */
export function toJobsOptions(options: Readonly<Record<string, unknown>> = {}): JobsOptions {
  const { delay, backoff, deduplication, ...rest } = options;
  return {
    ...rest,
    ...(delay !== undefined && { delay: toMs(delay) }),
    ...(backoff !== undefined && { backoff: withMs(backoff, 'delay') }),
    ...(deduplication !== undefined && { deduplication: withMs(deduplication, 'ttl') }),
  } as JobsOptions;
}

function withMs(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null) return toMs(value);
  const time = (value as Record<string, unknown>)[field];
  return time === undefined ? value : { ...value, [field]: toMs(time) };
}

function toMs(value: unknown): number {
  return parseDuration(value as string | number)!;
}
