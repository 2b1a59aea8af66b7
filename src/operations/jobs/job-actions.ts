/**
 * Actions on jobs, one by one and in bulk: the catalogue.
 */
import type { Actions } from '../action.ts';
import type { BulkView } from '../dead-letters/dead-letter-views.ts';
import type { JobBulkOrder } from './job-bulk-order.ts';
import type {
  FlowNode,
  FoundJobsView,
  JobBulkPlan,
  JobHints,
  JobLogPage,
  JobPage,
  JobRow,
  JobState,
  JobView,
} from './job-views.ts';

interface OfJob {
  readonly queue: string;
  readonly job: string;
}

/** What goes in and comes out. */
export interface JobActionTypes {
  'jobs.list': {
    /** `limit`: 1 to 1,000. `order` is by the order of the state: finished ones by their end. */
    input: {
      readonly queue: string;
      readonly state: JobState;
      readonly order?: 'newest' | 'oldest';
      readonly filter?: string;
      readonly cursor?: string;
      readonly limit?: number;
    };
    output: JobPage;
  };
  'jobs.find': {
    /** `limit`: 1 to 1,000 rows. */
    input: { readonly id: string; readonly limit?: number };
    output: FoundJobsView;
  };
  'jobs.hints': { input: { readonly queue: string; readonly state: JobState }; output: JobHints };
  'jobs.get': { input: OfJob & { readonly full?: boolean }; output: JobView };
  'jobs.logs': {
    input: OfJob & { readonly cursor?: string; readonly limit?: number };
    output: JobLogPage;
  };
  'jobs.flow': {
    /** `depth`: 1 to 10; `most`: children of a node, 1 to 100. */
    input: OfJob & { readonly depth?: number; readonly most?: number };
    output: FlowNode;
  };
  'jobs.add': {
    input: {
      readonly queue: string;
      readonly name: string;
      readonly data: unknown;
      readonly options?: Readonly<Record<string, unknown>>;
    };
    output: JobRow;
  };
  'jobs.edit': {
    /** `delay`: a duration from now; `0` with `promote` in its place. */
    input: OfJob & {
      readonly data?: unknown;
      readonly priority?: number;
      readonly delay?: string;
    };
    output: JobView;
  };
  'jobs.retry': { input: OfJob; output: JobRow };
  'jobs.promote': { input: OfJob; output: JobRow };
  'jobs.remove': {
    input: OfJob & { readonly children?: boolean };
    output: { readonly removed: boolean };
  };
  'jobs.cancel': {
    input: OfJob & { readonly reason?: string };
    /** `cancelled`: its process said so; `asked`: nobody has answered yet. */
    output: { readonly outcome: 'cancelled' | 'asked' };
  };
  'jobs.move': { input: OfJob & { readonly to: string }; output: JobRow };
  'jobs.plan': { input: JobBulkOrder; output: JobBulkPlan };
  'jobs.bulk': { input: JobBulkOrder & { readonly confirm?: string }; output: BulkView };
}

/** Jobs. */
export const JOB_ACTIONS: Actions<JobActionTypes> = {
  'jobs.list': {
    ...{ route: 'GET /api/v1/queues/:queue/jobs', permission: 'jobs.read', scope: 'queue' },
    effect: 'reads',
    says: 'A page of the jobs of one state, from the newest or from the oldest on, in one round trip.',
  },
  'jobs.find': {
    ...{ route: 'GET /api/v1/jobs', permission: 'jobs.read', scope: 'each', effect: 'reads' },
    says: 'Jobs of one id in every queue that may be seen.',
  },
  'jobs.hints': {
    ...{ route: 'GET /api/v1/queues/:queue/hints', permission: 'jobs.read', scope: 'queue' },
    effect: 'reads',
    says: 'What a filter of the jobs of one state can ask for: names, fields of the data and errors of the newest of them. Fields and errors need `data.read`.',
  },
  'jobs.get': {
    ...{ route: 'GET /api/v1/queues/:queue/jobs/:job', permission: 'jobs.read', scope: 'queue' },
    effect: 'reads',
    says: 'One job with its data, result, progress, options and stack traces. Secret fields are hidden without `data.read`.',
  },
  'jobs.logs': {
    route: 'GET /api/v1/queues/:queue/jobs/:job/logs',
    ...{ permission: 'jobs.read', scope: 'queue', effect: 'reads' },
    says: 'Lines that the processor of a job has logged; hidden without `data.read`.',
  },
  'jobs.flow': {
    route: 'GET /api/v1/queues/:queue/jobs/:job/flow',
    ...{ permission: 'jobs.read', scope: 'queue', effect: 'reads' },
    says: 'The tree of the children of a job. Those of queues that may not be seen are only counted.',
  },
  'jobs.add': {
    ...{ route: 'POST /api/v1/queues/:queue/jobs', permission: 'jobs.add', scope: 'queue' },
    ...{ effect: 'changes', secret: ['data'] },
    says: "Adds a job, checked by the queue's schema where this process knows it.",
  },
  'jobs.edit': {
    ...{ route: 'PATCH /api/v1/queues/:queue/jobs/:job', permission: 'jobs.update' },
    ...{ scope: 'queue', effect: 'changes', secret: ['data'] },
    says: 'Changes data, priority or delay of a job that has not started.',
  },
  'jobs.retry': {
    route: 'POST /api/v1/queues/:queue/jobs/:job/retry',
    ...{ permission: 'jobs.retry', scope: 'queue', effect: 'changes' },
    says: 'Puts a failed or completed job back into its queue.',
  },
  'jobs.promote': {
    route: 'POST /api/v1/queues/:queue/jobs/:job/promote',
    ...{ permission: 'jobs.retry', scope: 'queue', effect: 'changes' },
    says: 'Has a delayed job run now.',
  },
  'jobs.remove': {
    ...{ route: 'DELETE /api/v1/queues/:queue/jobs/:job', permission: 'jobs.remove' },
    ...{ scope: 'queue', effect: 'destroys' },
    says: 'Removes a job that is not running, with its children unless told otherwise.',
  },
  'jobs.cancel': {
    route: 'POST /api/v1/queues/:queue/jobs/:job/cancel',
    ...{ permission: 'jobs.cancel', scope: 'queue', effect: 'changes' },
    says: 'Stops a running job on whichever host it runs: its signal is aborted and it fails without another try.',
  },
  'jobs.move': {
    route: 'POST /api/v1/queues/:queue/jobs/:job/move',
    ...{ permission: 'jobs.update', scope: 'queue', effect: 'changes' },
    says: 'Moves a job that is not running to another queue, under its id, in one step. Its attempts start anew. Needs `jobs.read` and `jobs.remove` here, too, and `jobs.add` there.',
  },
  'jobs.plan': {
    ...{ route: 'POST /api/v1/queues/:queue/bulk/plan', permission: 'jobs.read', scope: 'queue' },
    effect: 'reads',
    says: 'The dry run of a bulk action on jobs: how many would be dealt with, and why not the others.',
  },
  'jobs.bulk': {
    ...{ route: 'POST /api/v1/queues/:queue/bulk', permission: 'jobs.read', scope: 'queue' },
    effect: 'changes',
    says: 'Starts a bulk action on jobs, which the leader carries out. What it does to each job needs its own permission. A removal asks for the name of the queue.',
  },
};
