/**
 * Actions on dead letters, their groups and bulk actions: the catalogue.
 */
import type { BulkPlan } from '../../dead-letters/bulk-plan.ts';
import type { DeadLetter } from '../../dead-letters/dead-letter.ts';
import type { DeadLetterCount } from '../../dead-letters/dead-letters-store.ts';
import type { FailureGroup, GroupState } from '../../dead-letters/failure-group.ts';
import type { Actions } from '../action.ts';
import type { BulkView, DeadLetterPage } from './dead-letter-views.ts';

/** Which dead letters: chosen ids, a filter or a group, of one queue. */
export interface LetterSelection {
  readonly queue: string;
  readonly ids?: readonly string[];
  readonly filter?: string;
  readonly group?: string;
}
interface OfGroup {
  readonly group: string;
}
interface OfBulk {
  readonly bulk: string;
}

/** How a replay is to go. */
export interface LetterReplay extends LetterSelection {
  /** A JSON Patch on the data of each job. */
  readonly patch?: unknown;
  readonly perSecond?: number;
  /** So many go first; the rest follows when they went well. */
  readonly canary?: { readonly count: number; readonly wait?: string; readonly tolerated?: number };
}

/** What goes in and comes out. */
export interface DeadLetterActionTypes {
  'deadLetters.counts': { input: Record<never, never>; output: readonly DeadLetterCount[] };
  'deadLetters.list': {
    input: {
      readonly queue: string;
      readonly filter?: string;
      readonly group?: string;
      readonly cursor?: string;
      readonly limit?: number;
    };
    output: DeadLetterPage;
  };
  'deadLetters.get': {
    input: { readonly queue: string; readonly job: string };
    output: DeadLetter;
  };
  'deadLetters.plan': {
    input: LetterReplay & { readonly kind?: 'replay' | 'discard' };
    output: BulkPlan;
  };
  'deadLetters.replay': { input: LetterReplay; output: BulkView };
  'deadLetters.discard': {
    /** `withJobs`: the failed jobs as well. */
    input: LetterSelection & {
      readonly confirm?: string;
      readonly perSecond?: number;
      readonly withJobs?: boolean;
    };
    output: BulkView;
  };
  'deadLetters.export': { input: LetterSelection; output: AsyncIterable<string> };
  'groups.list': {
    /** `limit`: 1 to 500. */
    input: { readonly queue?: string; readonly state?: GroupState; readonly limit?: number };
    output: readonly FailureGroup[];
  };
  'groups.get': { input: OfGroup; output: FailureGroup };
  'groups.set': {
    input: OfGroup & { readonly state: 'open' | 'resolved' | 'ignored' };
    output: FailureGroup;
  };
  'bulk.list': { input: { readonly limit?: number }; output: readonly BulkView[] };
  'bulk.get': { input: OfBulk; output: BulkView };
  'bulk.pause': { input: OfBulk; output: BulkView };
  'bulk.resume': { input: OfBulk; output: BulkView };
  'bulk.abort': { input: OfBulk; output: BulkView };
  'bulk.undo': { input: OfBulk; output: BulkView };
}

/** Dead letters, groups, bulk actions. */
export const DEAD_LETTER_ACTIONS: Actions<DeadLetterActionTypes> = {
  'deadLetters.counts': {
    ...{ route: 'GET /api/v1/dead-letters', permission: 'jobs.read', scope: 'each' },
    effect: 'reads',
    says: 'How many dead letters each queue keeps, most first. Replayed ones are among them until they go by their age.',
  },
  'deadLetters.list': {
    ...{ route: 'GET /api/v1/queues/:queue/dead-letters', permission: 'jobs.read' },
    ...{ scope: 'queue', effect: 'reads' },
    says: 'Dead letters that match, newest first.',
  },
  'deadLetters.get': {
    ...{ route: 'GET /api/v1/queues/:queue/dead-letters/:job', permission: 'jobs.read' },
    ...{ scope: 'queue', effect: 'reads' },
    says: 'One dead letter with the whole story of its job.',
  },
  'deadLetters.plan': {
    ...{ route: 'POST /api/v1/queues/:queue/dead-letters/plan', permission: 'jobs.read' },
    ...{ scope: 'queue', effect: 'reads' },
    says: 'The dry run: what a replay or a discard would do, and why not with the rest.',
  },
  'deadLetters.replay': {
    route: 'POST /api/v1/queues/:queue/dead-letters/replay',
    ...{ permission: 'dead-letters.replay', scope: 'queue', effect: 'changes', secret: ['patch'] },
    says: 'Puts the jobs back into their queue under their own ids, as a bulk action that the leader carries out. A `patch` needs `jobs.update`.',
  },
  'deadLetters.discard': {
    route: 'POST /api/v1/queues/:queue/dead-letters/discard',
    ...{
      permission: 'dead-letters.discard',
      scope: 'queue',
      effect: 'destroys',
      asksForName: true,
    },
    says: 'Deletes dead letters, with `withJobs` (which needs `jobs.remove`) the failed jobs as well, as a bulk action.',
  },
  'deadLetters.export': {
    route: 'GET /api/v1/queues/:queue/dead-letters.ndjson',
    ...{ permission: 'jobs.read', scope: 'queue', effect: 'reads', answers: 'lines' },
    isAudited: true,
    says: 'Dead letters as NDJSON, oldest first. Written down in the audit when it begins.',
  },
  'groups.list': {
    ...{ route: 'GET /api/v1/groups', permission: 'jobs.read', scope: 'each', effect: 'reads' },
    says: 'Dead letters by cause, last seen first, counted over the queues that you may see.',
  },
  'groups.get': {
    ...{ route: 'GET /api/v1/groups/:group', permission: 'jobs.read', scope: 'each' },
    effect: 'reads',
    says: 'One group.',
  },
  'groups.set': {
    ...{ route: 'PUT /api/v1/groups/:group/state', permission: 'dead-letters.replay' },
    ...{ scope: 'each', effect: 'changes' },
    says: 'Says that a cause is mended, is to be ignored, or is open again, in the queues that you may replay.',
  },
  'bulk.list': {
    ...{ route: 'GET /api/v1/bulk', permission: 'jobs.read', scope: 'each', effect: 'reads' },
    says: 'The newest bulk actions and how far they are.',
  },
  'bulk.get': {
    ...{ route: 'GET /api/v1/bulk/:bulk', permission: 'jobs.read', scope: 'each', effect: 'reads' },
    says: 'One bulk action.',
  },
  'bulk.pause': {
    ...{ route: 'POST /api/v1/bulk/:bulk/pause', permission: 'jobs.read', scope: 'each' },
    effect: 'changes',
    says: 'Holds a bulk action; nothing more is done when this is answered. Needs what starting it needed.',
  },
  'bulk.resume': {
    ...{ route: 'POST /api/v1/bulk/:bulk/resume', permission: 'jobs.read', scope: 'each' },
    effect: 'changes',
    says: 'A bulk action goes on where it was paused. Needs what starting it needed.',
  },
  'bulk.abort': {
    ...{ route: 'POST /api/v1/bulk/:bulk/abort', permission: 'jobs.read', scope: 'each' },
    effect: 'changes',
    says: 'Ends a bulk action; what was done stays done. Needs what starting it needed.',
  },
  'bulk.undo': {
    ...{ route: 'POST /api/v1/bulk/:bulk/undo', permission: 'jobs.read', scope: 'each' },
    effect: 'changes',
    says: 'Takes what a replay has put back out again, as far as it has not started. Needs what starting it needed.',
  },
};
