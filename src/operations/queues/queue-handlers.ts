/**
 * Handlers of the actions of `queue-actions.ts`: their schemas, and what they do.
 */
import { z } from 'zod';
import type { Sight } from '../../dead-letters/letter-shower.ts';
import type { Call, Handlers } from '../action.ts';
import { actorOf } from '../actor.ts';
import {
  cursorField,
  durationField,
  limitField,
  nameField,
  queueField,
  reasonField,
} from '../fields.ts';
import type { QueueActionTypes } from './queue-actions.ts';
import {
  ALL_SCHEDULERS,
  PAGE_OF_QUEUES,
  PAGE_OF_SCHEDULERS,
  QUEUE,
  REMOVED,
  SCHEDULER,
} from './queue-schemas.ts';
import type { SchedulerView } from './queue-views.ts';

const SECOND = 1_000;
const DAY = 86_400_000;

const ofQueue = { queue: queueField };
const ofScheduler = { ...ofQueue, scheduler: nameField };
const onlyQueue = z.strictObject(ofQueue);
const destroying = {
  ...ofQueue,
  confirm: queueField.exactOptional(),
  dryRun: z.boolean().exactOptional(),
};

/** Handlers by action. */
export const QUEUE_HANDLERS: Handlers<QueueActionTypes> = {
  'queues.list': {
    input: z.strictObject({
      match: nameField.exactOptional(),
      sort: z.enum(['name', 'waiting', 'failed', 'oldest']).exactOptional(),
      cursor: cursorField.exactOptional(),
      limit: limitField(500).exactOptional(),
    }),
    output: PAGE_OF_QUEUES,
    run: ({ queues }, input, { may }) => queues.list(input, (label) => may('queues.read', label)),
  },
  'queues.get': {
    ...{ input: onlyQueue, output: QUEUE },
    run: ({ queues }, { queue }) => queues.get(queue),
  },
  'queues.pause': {
    input: z.strictObject({ ...ofQueue, reason: reasonField.exactOptional() }),
    output: QUEUE,
    run: ({ queues }, input, call) => queues.pause(input, actorOf(call)),
  },
  'queues.resume': {
    ...{ input: onlyQueue, output: QUEUE },
    run: ({ queues }, { queue }) => queues.resume(queue),
  },
  'queues.empty': {
    input: z.strictObject({ ...destroying, delayed: z.boolean().exactOptional() }),
    output: REMOVED,
    run: ({ queues }, input, { signal }) => queues.empty(input, signal),
  },
  'queues.clean': {
    input: z.strictObject({
      ...destroying,
      state: z.enum(['completed', 'failed', 'delayed', 'wait', 'prioritized', 'paused']),
      olderThan: durationField(0, 3_650 * DAY),
      limit: limitField(100_000).exactOptional(),
    }),
    output: REMOVED,
    run: ({ queues }, input, { signal }) => queues.clean(input, signal),
  },
  'queues.obliterate': {
    input: z.strictObject({ ...destroying, force: z.boolean().exactOptional() }),
    output: REMOVED,
    run: ({ queues }, input, call) => queues.obliterate(input, actorOf(call), call.signal),
  },
  'queues.limit': {
    input: z.strictObject({
      ...ofQueue,
      max: limitField(1_000_000_000),
      duration: durationField(1, 30 * DAY),
    }),
    output: QUEUE,
    run: ({ queues }, input) => queues.limit(input),
  },
  'queues.unlimit': {
    ...{ input: onlyQueue, output: QUEUE },
    run: ({ queues }, { queue }) => queues.unlimit(queue),
  },
  'queues.concurrency': {
    input: z.strictObject({ ...ofQueue, concurrency: limitField(1_000_000).nullable() }),
    output: QUEUE,
    run: ({ queues }, { queue, concurrency }) => queues.setConcurrency(queue, concurrency),
  },
  'schedulers.all': {
    input: z.strictObject({ limit: limitField(1_000).exactOptional() }),
    output: ALL_SCHEDULERS,
    run: ({ queues }, input, { may }) =>
      queues.allSchedulers.list(input, (label) => may('queues.read', label)),
  },
  'schedulers.list': {
    input: z.strictObject({
      ...ofQueue,
      cursor: cursorField.exactOptional(),
      limit: limitField(500).exactOptional(),
    }),
    output: PAGE_OF_SCHEDULERS,
    async run({ queues }, input, call) {
      const page = await queues.schedulers.list(input, sightOf(call, input.queue));
      return { ...page, rows: page.rows.map((row) => shown(row, call)) };
    },
  },
  'schedulers.get': {
    ...{ input: z.strictObject(ofScheduler), output: SCHEDULER },
    run: async ({ queues }, { queue, scheduler }, call) =>
      shown(await queues.schedulers.get(queue, scheduler, sightOf(call, queue)), call),
  },
  'schedulers.set': {
    input: z.strictObject({
      ...ofScheduler,
      pattern: z.string().max(500).exactOptional(),
      every: durationField(SECOND, 365 * DAY).exactOptional(),
      timeZone: nameField.exactOptional(),
      jobName: nameField.exactOptional(),
      data: z.unknown().exactOptional(),
    }),
    output: SCHEDULER,
    run: async ({ queues }, input, call) =>
      shown(await queues.schedulers.set(input, sightOf(call, input.queue)), call),
  },
  'schedulers.run': {
    input: z.strictObject(ofScheduler),
    output: z.strictObject({ jobId: z.string() }),
    run: ({ queues }, { queue, scheduler }) => queues.schedulers.run(queue, scheduler),
  },
  'schedulers.remove': {
    input: z.strictObject(ofScheduler),
    output: z.strictObject({ removed: z.boolean() }),
    run: ({ queues }, { queue, scheduler }) => queues.schedulers.remove(queue, scheduler),
  },
};

function sightOf(call: Call, queue: string): Sight {
  return { mayReadData: call.may('data.read', queue) };
}

/** What jobs will be made with is as much theirs as that of the jobs that there are. */
function shown(view: SchedulerView, { may }: Call): SchedulerView {
  if (may('jobs.read', view.queue)) return view;
  return { ...view, data: null, unreadable: 'It is data of jobs: `jobs.read` is needed to see it' };
}
