/**
 * Schemas of dead letters, groups and bulk actions, as actions answer. Published; tests hold real answers against them.
 */
import { z } from 'zod';
import { NEEDED } from './bulk-source.ts';
import type { BulkView } from './dead-letter-views.ts';

const number = z.number();
const text = z.string();
const maybeNumber: z.ZodType = number.nullable();
const maybeText: z.ZodType = text.nullable();
const state = z.enum(['dead', 'replayed', 'discarded']);
const numbers = z.record(text, number);

const BULK_STATES = [
  'planned',
  'canary',
  'running',
  'paused',
  'done',
  'aborted',
  'failed',
  'undoing',
  'undone',
] as const satisfies readonly BulkView['state'][];

/** Dead letters by queue. */
export const letterCounts: z.ZodType = z.array(
  z.strictObject({ queue: text, kept: number, lastAt: number }),
);

/** A page of dead letters. */
export const letterPage: z.ZodType = z.strictObject({
  rows: z.array(
    z.strictObject({
      ...{ queue: text, jobId: text, jobName: text, state, type: text, fingerprint: text },
      ...{ version: text, failedAt: number, attemptsMade: number, deaths: number },
      ...{ replayedBy: maybeText, bytes: number },
    }),
  ),
  looked: number,
  next: maybeText,
});

/** One dead letter. */
export const letter: z.ZodType = z.strictObject({
  ...{ queue: text, jobId: text, jobName: text, state, failureReason: text, failedAt: number },
  ...{ attemptsMade: number, type: text, message: text, stack: text, fingerprint: text },
  history: z.array(
    z.strictObject({
      ...{ attempt: number, host: text, version: text, startedAt: maybeNumber, ms: maybeNumber },
      reason: text,
    }),
  ),
  ...{ host: text, version: text, deaths: number, via: z.enum(['worker', 'reconciler']) },
  originalJob: z
    .strictObject({
      ...{ name: text, data: text, opts: text, timestamp: text },
      ...{ delay: text.optional(), priority: text.optional(), parentKey: text.optional() },
      ...{ parent: text.optional(), rjk: text.optional(), deid: text.optional() },
    })
    .optional(),
  replayedAt: number.optional(),
  replayedBy: text.optional(),
});

/** A dry run. */
export const bulkPlan: z.ZodType = z.strictObject({
  ...{ kind: z.enum(['replay', 'discard']), queue: text, eligible: number, skipped: numbers },
  ...{ alone: number, looked: number, isComplete: z.boolean() },
  problems: z.array(z.strictObject({ jobId: text, problem: text })),
  schema: z.enum(['checked', 'unknown', 'unneeded']),
});

/** A bulk action. */
export const bulk: z.ZodType = z.strictObject({
  ...{
    id: text,
    kind: z.enum(Object.keys(NEEDED) as BulkView['kind'][]),
    queue: text,
    to: maybeText,
    filter: maybeText,
    actor: text,
  },
  state: z.enum(BULK_STATES),
  ...{ reason: maybeText, total: number, done: number, failed: number, alone: number },
  ...{ skipped: numbers, undone: number, ran: number, errors: z.array(text) },
  patch: z.array(z.looseObject({ op: text, path: text })).nullable(),
  canary: z.strictObject({ count: number, waitMs: number, tolerated: number }).nullable(),
  canaryUntil: maybeNumber,
  ...{ perSecond: maybeNumber, withJobs: z.boolean(), rate: maybeNumber, etaMs: maybeNumber },
  ...{ createdAt: number, startedAt: maybeNumber, finishedAt: maybeNumber, updatedAt: number },
});

const tally = z.array(z.strictObject({ name: text, count: number }));

/** A group of one cause. */
export const failureGroup: z.ZodType = z.strictObject({
  ...{ fingerprint: text, type: text, message: text, frames: z.array(text), sample: text },
  ...{ sampleQueue: text, count: number, firstSeen: number, lastSeen: number },
  state: z.enum(['open', 'resolved', 'ignored', 'regressed']),
  ...{ stateSince: number, stateBy: text, jobNames: tally, versions: tally, queues: tally },
  sparkline: z.array(number),
});
