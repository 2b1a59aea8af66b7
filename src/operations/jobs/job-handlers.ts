/**
 * Handlers of the actions of `job-actions.ts`: their schemas, and what they do.
 */
import { z } from 'zod';
import type { Permission } from '../../access/permissions.ts';
import type { Sight } from '../../dead-letters/letter-shower.ts';
import { CoordinatorError } from '../../errors.ts';
import type { Call, Handlers } from '../action.ts';
import { actorOf } from '../actor.ts';
import { bulk } from '../dead-letters/dead-letter-schemas.ts';
import {
  cursorField,
  durationField,
  jobField,
  limitField,
  nameField,
  queueField,
  reasonField,
} from '../fields.ts';
import { withoutUnseenChildren } from '../unseen-children.ts';
import type { JobActionTypes } from './job-actions.ts';
import type { JobBulkBounds, JobBulkKind, JobBulkOrder } from './job-bulk-order.ts';
import { jobOptionsField, toJobsOptions } from './job-options.ts';
import {
  flowNodeSchema,
  foundJobsSchema,
  jobHintsSchema,
  jobPageSchema,
  jobPlanSchema,
  jobRowSchema,
  jobStateSchema,
  jobViewSchema,
  logPageSchema,
} from './job-schemas.ts';
import { requireForChildren, shownRow, shownView } from './job-sight.ts';

const YEAR_MS = 365 * 86_400_000;
const job = { queue: queueField, job: jobField };
const filter = z.string().max(2_000).optional();
const order = {
  ...{ queue: queueField, kind: z.enum(['retry', 'promote', 'remove', 'move']) },
  ids: z.array(jobField).min(1).max(10_000).optional(),
  ...{ state: jobStateSchema.optional(), filter, to: queueField.optional() },
  perSecond: z.number().min(0.1).max(1_000_000).optional(),
};

/** The schema of an action's input; its optional fields may also be undefined. */
function input<Name extends keyof JobActionTypes>(
  shape: z.core.$ZodLooseShape,
): z.ZodType<JobActionTypes[Name]['input']> {
  return z.strictObject(shape) as unknown as z.ZodType<JobActionTypes[Name]['input']>;
}

const sightOf = (call: Call, queue: string): Sight => ({
  mayReadData: call.may('data.read', queue),
});

const bulkSightOf = (call: Call, queue: string): Sight & JobBulkBounds => ({
  ...sightOf(call, queue),
  sparesParents: !call.may('jobs.remove', null),
});

/** What each kind of change needs on the queue of a job. Whoever moves one can read it where it goes. */
const NEEDS: Readonly<Record<JobBulkKind, readonly Permission[]>> = {
  ...{ retry: ['jobs.retry'], promote: ['jobs.retry'], remove: ['jobs.remove'] },
  move: ['jobs.update', 'jobs.read', 'jobs.remove'],
};
/** What a move needs on the other queue. */
const NEEDED_THERE: Permission = 'jobs.add';

function requireFor(
  { kind, queue, to, confirm }: JobBulkOrder & { confirm?: string },
  call: Call,
): void {
  for (const needed of NEEDS[kind]) call.require(needed, queue);
  if (to !== undefined) call.require(NEEDED_THERE, to);
  if (kind === 'remove' && confirm !== queue)
    throw new CoordinatorError(
      'CONFIRMATION_NEEDED',
      `This cannot be brought back: repeat the name of the queue, "${queue}", in \`confirm\``,
    );
}

/** Handlers by action. */
export const JOB_HANDLERS: Handlers<JobActionTypes> = {
  'jobs.list': {
    input: input<'jobs.list'>({
      ...{ queue: queueField, state: jobStateSchema, filter, cursor: cursorField.optional() },
      ...{ order: z.enum(['newest', 'oldest']).optional(), limit: limitField(1_000).optional() },
    }),
    output: jobPageSchema,
    async run({ jobs }, request, call) {
      const page = await jobs.reading.list({ ...request, ...sightOf(call, request.queue) });
      return { ...page, rows: page.rows.map((row) => shownRow(row, call)) };
    },
  },
  'jobs.find': {
    input: input<'jobs.find'>({ id: jobField, limit: limitField(1_000).optional() }),
    output: foundJobsSchema,
    async run({ jobs }, request, call) {
      const found = await jobs.finding.find(request, {
        mayRead: (queue) => call.may('jobs.read', queue),
        mayReadData: (queue) => call.may('data.read', queue),
      });
      return { ...found, rows: found.rows.map((row) => shownRow(row, call)) };
    },
  },
  'jobs.hints': {
    input: input<'jobs.hints'>({ queue: queueField, state: jobStateSchema }),
    output: jobHintsSchema,
    async run({ jobs }, request, call) {
      const hints = await jobs.hints.get({ ...request, ...sightOf(call, request.queue) });
      return { ...hints, errors: withoutUnseenChildren(hints.errors, call) };
    },
  },
  'jobs.get': {
    input: input<'jobs.get'>({ ...job, full: z.boolean().optional() }),
    output: jobViewSchema,
    run: async ({ jobs }, request, call) =>
      shownView(await jobs.reading.get({ ...request, ...sightOf(call, request.queue) }), call),
  },
  'jobs.logs': {
    input: input<'jobs.logs'>({
      ...{ ...job, cursor: cursorField.optional(), limit: limitField(1_000).optional() },
    }),
    output: logPageSchema,
    run: ({ jobs }, request, call) =>
      jobs.reading.logs({ ...request, ...sightOf(call, request.queue) }),
  },
  'jobs.flow': {
    input: input<'jobs.flow'>({
      ...{ ...job, depth: limitField(10).optional(), most: limitField(100).optional() },
    }),
    output: flowNodeSchema,
    run: ({ jobs }, { depth = 3, most = 20, ...request }, call) =>
      jobs.reading.flow(request, { depth, most }, (queue) => call.may('jobs.read', queue)),
  },
  'jobs.add': {
    input: input<'jobs.add'>({
      ...{ queue: queueField, name: nameField, data: z.json().optional() },
      options: jobOptionsField.optional(),
    }),
    output: jobRowSchema,
    async run({ jobs }, { options, ...request }, call) {
      const sight = sightOf(call, request.queue);
      const row = await jobs.changes.add({ ...request, ...sight, options: toJobsOptions(options) });
      return shownRow(row, call);
    },
  },
  'jobs.edit': {
    input: input<'jobs.edit'>({
      ...{
        ...job,
        data: z.json().optional(),
        priority: z.number().int().min(0).max(2_097_152).optional(),
      },
      delay: durationField(1, 10 * YEAR_MS).optional(),
    }),
    output: jobViewSchema,
    async run({ jobs }, request, call) {
      // It answers with all of the job, also to whoever has asked for no change.
      call.require('jobs.read', request.queue);
      await jobs.changes.edit(request);
      const { queue, job } = request;
      return shownView(await jobs.reading.get({ queue, job, ...sightOf(call, queue) }), call);
    },
  },
  'jobs.retry': {
    input: input<'jobs.retry'>(job),
    output: jobRowSchema,
    async run({ jobs }, request, call) {
      await jobs.changes.take('retry', request);
      const row = await jobs.changes.row({ ...request, ...sightOf(call, request.queue) });
      return shownRow(row, call);
    },
  },
  'jobs.promote': {
    input: input<'jobs.promote'>(job),
    output: jobRowSchema,
    async run({ jobs }, request, call) {
      await jobs.changes.take('promote', request);
      const row = await jobs.changes.row({ ...request, ...sightOf(call, request.queue) });
      return shownRow(row, call);
    },
  },
  'jobs.remove': {
    input: input<'jobs.remove'>({ ...job, children: z.boolean().optional() }),
    output: z.strictObject({ removed: z.boolean() }),
    async run({ jobs }, { children = true, ...request }, call) {
      if (children && !call.may('jobs.remove', null)) await requireForChildren(jobs, request, call);
      await jobs.changes.take('remove', request, children);
      return { removed: true };
    },
  },
  'jobs.cancel': {
    input: input<'jobs.cancel'>({ ...job, reason: reasonField.optional() }),
    output: z.strictObject({ outcome: z.enum(['cancelled', 'asked']) }),
    async run({ jobs, fleet }, { reason, ...request }, call) {
      await jobs.changes.mustBeActive(request);
      const { queue, job: id } = request;
      return { outcome: await fleet.cancel(queue, id, actorOf(call), reason) };
    },
  },
  'jobs.move': {
    input: input<'jobs.move'>({ ...job, to: queueField }),
    output: jobRowSchema,
    async run({ jobs }, { to, ...request }, call) {
      requireFor({ kind: 'move', queue: request.queue, to }, call);
      const sight = sightOf(call, request.queue);
      await jobs.changes.move({ ...request, ...sight }, to, actorOf(call));
      const row = await jobs.changes.row({ queue: to, job: request.job, ...sightOf(call, to) });
      return shownRow(row, call);
    },
  },
  'jobs.plan': {
    input: input<'jobs.plan'>(order),
    output: jobPlanSchema,
    async run({ jobs }, request, call) {
      if (request.to !== undefined) call.require('jobs.read', request.to);
      const plan = await jobs.bulk.plan({ ...request, ...bulkSightOf(call, request.queue) });
      return { ...plan, sample: plan.sample.map((row) => shownRow(row, call)) };
    },
  },
  'jobs.bulk': {
    input: input<'jobs.bulk'>({ ...order, confirm: z.string().max(300).optional() }),
    output: bulk,
    run({ jobs }, { confirm, ...request }, call) {
      requireFor({ ...request, ...(confirm !== undefined && { confirm }) }, call);
      return jobs.bulk.start({ ...request, ...bulkSightOf(call, request.queue) }, actorOf(call));
    },
  },
};
