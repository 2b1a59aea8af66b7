/**
 * Actions on queues and their schedulers: the catalogue.
 */
import type { Actions } from '../action.ts';
import type { AllSchedulersWishes } from './all-schedulers.ts';
import type {
  AllSchedulers,
  Page,
  QueuePage,
  QueueView,
  Removed,
  SchedulerView,
} from './queue-views.ts';
import type {
  CleanWishes,
  EmptyWishes,
  LimitWishes,
  ListWishes,
  ObliterateWishes,
  OfQueue,
  OfScheduler,
  PauseWishes,
  SchedulerListWishes,
  SchedulerWishes,
} from './queue-wishes.ts';

/** What goes in and comes out. */
export interface QueueActionTypes {
  'queues.list': { input: ListWishes; output: QueuePage };
  'queues.get': { input: OfQueue; output: QueueView };
  'queues.pause': { input: PauseWishes; output: QueueView };
  'queues.resume': { input: OfQueue; output: QueueView };
  'queues.empty': { input: EmptyWishes; output: Removed };
  'queues.clean': { input: CleanWishes; output: Removed };
  'queues.obliterate': { input: ObliterateWishes; output: Removed };
  'queues.limit': { input: LimitWishes; output: QueueView };
  'queues.unlimit': { input: OfQueue; output: QueueView };
  'queues.concurrency': {
    /** null: no limit. */
    input: OfQueue & { readonly concurrency: number | null };
    output: QueueView;
  };
  'schedulers.all': { input: AllSchedulersWishes; output: AllSchedulers };
  'schedulers.list': { input: SchedulerListWishes; output: Page<SchedulerView> };
  'schedulers.get': { input: OfScheduler; output: SchedulerView };
  'schedulers.set': { input: SchedulerWishes; output: SchedulerView };
  'schedulers.run': { input: OfScheduler; output: { readonly jobId: string } };
  'schedulers.remove': { input: OfScheduler; output: { readonly removed: boolean } };
}

/** Queues. */
export const QUEUE_ACTIONS: Actions<QueueActionTypes> = {
  'queues.list': {
    ...{ route: 'GET /api/v1/queues', permission: 'queues.read', scope: 'each', effect: 'reads' },
    says: 'Queues of this Redis, under every prefix, with their counts. They are found by looking through the keys, a bounded part at a time.',
  },
  'queues.get': {
    ...{ route: 'GET /api/v1/queues/:queue', permission: 'queues.read', scope: 'queue' },
    effect: 'reads',
    says: 'One queue with its counts and settings.',
  },
  'queues.pause': {
    ...{ route: 'POST /api/v1/queues/:queue/pause', permission: 'queues.pause', scope: 'queue' },
    effect: 'changes',
    says: 'No worker takes new jobs of the queue; running ones go on. The reason is kept and shown.',
  },
  'queues.resume': {
    ...{ route: 'POST /api/v1/queues/:queue/resume', permission: 'queues.pause', scope: 'queue' },
    effect: 'changes',
    says: 'Workers take jobs of the queue again.',
  },
  'queues.empty': {
    ...{ route: 'POST /api/v1/queues/:queue/empty', permission: 'queues.empty', scope: 'queue' },
    ...{ effect: 'destroys', asksForName: true },
    says: 'Deletes the jobs that wait, with `delayed` also those that wait for their time. Running jobs go on, and so do schedulers: the next job of each stays.',
  },
  'queues.clean': {
    ...{ route: 'POST /api/v1/queues/:queue/clean', permission: 'queues.empty', scope: 'queue' },
    ...{ effect: 'destroys', asksForName: true },
    says: 'Deletes jobs of one state that are older than a duration: finished ones by their end, others by when they were last tried or added. In steps that never hold Redis up.',
  },
  'queues.obliterate': {
    route: 'POST /api/v1/queues/:queue/obliterate',
    ...{ permission: 'queues.obliterate', scope: 'queue', effect: 'destroys', asksForName: true },
    says: 'Deletes the queue with all its jobs. It is paused first. Refused while jobs are running, unless forced.',
  },
  'queues.limit': {
    ...{ route: 'PUT /api/v1/queues/:queue/limit', permission: 'queues.limit', scope: 'queue' },
    effect: 'changes',
    says: 'At most so many jobs in a duration, in the whole fleet.',
  },
  'queues.unlimit': {
    ...{ route: 'DELETE /api/v1/queues/:queue/limit', permission: 'queues.limit', scope: 'queue' },
    effect: 'changes',
    says: 'Takes the rate limit off.',
  },
  'queues.concurrency': {
    route: 'PUT /api/v1/queues/:queue/concurrency',
    ...{ permission: 'queues.limit', scope: 'queue', effect: 'changes' },
    says: 'How many jobs of the queue may run at once in the whole fleet; null: no limit.',
  },
  'schedulers.all': {
    route: 'GET /api/v1/schedulers',
    ...{ permission: 'queues.read', scope: 'each', effect: 'reads' },
    says: 'Schedulers of every queue that may be seen, the next to run first, without their data.',
  },
  'schedulers.list': {
    route: 'GET /api/v1/queues/:queue/schedulers',
    ...{ permission: 'queues.read', scope: 'queue', effect: 'reads' },
    says: 'Schedulers of a queue, the next to run first.',
  },
  'schedulers.get': {
    route: 'GET /api/v1/queues/:queue/schedulers/:scheduler',
    ...{ permission: 'queues.read', scope: 'queue', effect: 'reads' },
    says: 'One scheduler.',
  },
  'schedulers.set': {
    route: 'PUT /api/v1/queues/:queue/schedulers/:scheduler',
    ...{ permission: 'schedulers.edit', scope: 'queue', effect: 'changes', secret: ['data'] },
    says: 'Makes a scheduler or changes its schedule and the template of its jobs.',
  },
  'schedulers.run': {
    route: 'POST /api/v1/queues/:queue/schedulers/:scheduler/run',
    ...{ permission: 'schedulers.edit', scope: 'queue', effect: 'changes' },
    says: 'Adds a job of the template now, beside the schedule.',
  },
  'schedulers.remove': {
    route: 'DELETE /api/v1/queues/:queue/schedulers/:scheduler',
    ...{ permission: 'schedulers.edit', scope: 'queue', effect: 'changes' },
    says: 'Removes a scheduler and its next job.',
  },
};
