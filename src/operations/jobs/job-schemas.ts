/**
 * Schemas of what operators see of jobs: the answers of the actions on them, as they are published and checked in tests.
 */
import { z } from 'zod';
import { JOB_STATES } from './job-states.ts';
import type { FlowNode } from './job-views.ts';

const count = z.number().int().min(0);
const time = z.number().nullable();
const state = z.enum([...JOB_STATES, 'unknown']);

/** A state that jobs can be asked for by. */
export const jobStateSchema: z.ZodType = z.enum(JOB_STATES);

const row = {
  ...{ queue: z.string(), id: z.string(), name: z.string(), state, addedAt: time },
  ...{ startedAt: time, finishedAt: time, runsAt: time, attemptsMade: count, attempts: count },
  ...{ priority: count, failedReason: z.string().nullable(), dataBytes: count },
  parent: z.strictObject({ queue: z.string(), id: z.string() }).nullable(),
  scheduler: z.string().nullable(),
};

/** A job in a list. */
export const jobRowSchema: z.ZodType = z.strictObject(row);

/** A job with what belongs to it. */
export const jobViewSchema: z.ZodType = z.strictObject({
  ...row,
  ...{ data: z.string().nullable(), isDataCut: z.boolean(), unreadable: z.string().nullable() },
  ...{ result: z.string().nullable(), progress: z.unknown(), isRedacted: z.boolean() },
  hasDeadLetter: z.boolean(),
  options: z.record(z.string(), z.unknown()),
  ...{ stacktrace: z.array(z.string()), worker: z.string().nullable(), logLines: count },
  timeline: z.array(
    z.strictObject({
      ...{ attempt: count, host: z.string(), version: z.string() },
      ...{ startedAt: time, ms: time, reason: z.string() },
    }),
  ),
});

/** A page of jobs. */
export const jobPageSchema: z.ZodType = z.strictObject({
  rows: z.array(jobRowSchema),
  ...{ next: z.string().nullable(), total: count, looked: count, gone: count, unread: count },
});

/** Jobs of one id. */
export const foundJobsSchema: z.ZodType = z.strictObject({
  ...{ rows: z.array(jobRowSchema), looked: count, isComplete: z.boolean() },
});

/** What a filter can ask for. */
export const jobHintsSchema: z.ZodType = z.strictObject({
  names: z.array(z.strictObject({ name: z.string(), count })),
  fields: z.array(z.strictObject({ path: z.string(), samples: z.array(z.string()) })),
  errors: z.array(z.strictObject({ reason: z.string(), count })),
  ...{ looked: count, isRedacted: z.boolean() },
});

/** Lines of a log. */
export const logPageSchema: z.ZodType = z.strictObject({
  lines: z.array(z.string()),
  ...{ next: z.string().nullable(), total: count },
});

/** A node of a flow. */
export const flowNodeSchema: z.ZodType<FlowNode> = z.lazy(() =>
  z
    .strictObject({
      ...{ queue: z.string(), id: z.string(), name: z.string().nullable(), more: count },
      state: z.enum([...JOB_STATES, 'unknown', 'gone']),
      children: z.array(flowNodeSchema),
    })
    .meta({ id: 'FlowNode' }),
) as unknown as z.ZodType<FlowNode>;

/** A dry run. */
export const jobPlanSchema: z.ZodType = z.strictObject({
  ...{ queue: z.string(), eligible: count, ineligible: z.record(z.string(), count) },
  sample: z.array(jobRowSchema),
});
