/**
 * What a bulk action is, and what it may become: its shapes and its states. Pure.
 *
 *   planned ─▶ canary ─▶ running ─▶ done
 *                 │  ▲      │  ▲          aborted, done, failed ─▶ undoing ─▶ undone   (a replay only)
 *                 ▼  │      ▼  │          paused ─▶ undoing
 *                paused (resumes where it was)
 *
 * An action is made by an operator and carried out by the leader, whoever that is at the moment. Operators and the
 * leader write the state, each only from the states named here; counts and place are the leader's.
 */
import { CoordinatorError } from '../errors.ts';
import { type Hash, numberOf, oneOf } from './dead-letter.ts';
import type { Patch } from './patch.ts';
import type { FrozenSelection } from './selection.ts';

/** What it does with each dead letter. */
export type LetterBulkKind = 'replay' | 'discard';
/** What it does with each dead letter or job. */
export type BulkKind = LetterBulkKind | 'retry' | 'promote' | 'remove' | 'move';

/** Where it is. */
export type BulkState =
  | 'planned'
  | 'canary'
  | 'running'
  | 'paused'
  | 'done'
  | 'aborted'
  | 'failed'
  | 'undoing'
  | 'undone';

/** A few go first; the rest follows when they went well. */
export interface Canary {
  readonly count: number;
  /** How long its jobs may take to finish; then the action pauses. */
  readonly waitMs: number;
  /** Which part of them may die again. */
  readonly tolerated: number;
}

/** How it is to be done. */
export interface BulkHow {
  /** Changes the data first. */
  readonly patch: Patch | null;
  readonly canary: Canary | null;
  /** At most so many each second; null: as fast as it goes. */
  readonly perSecond: number | null;
  /** Whether a discard removes the failed jobs, too. */
  readonly withJobs: boolean;
}

/** Why a dead letter or a job was left as it is. */
export const SKIPS = {
  alive: 'a job of this id exists and has not failed',
  'already-replayed': 'it has been replayed already',
  gone: 'there is no record of it any more',
  newer: 'it has died, ended or been added again after the selection was made',
  discarded: 'it has been given up',
  patch: 'the patch cannot be applied to its data',
  schema: 'its data would break the schema of the queue',
  unreadable: 'what is stored of it does not make a job that could be added again',
  state: 'the job is not in a state in which this is possible',
  locked: 'a worker holds the job or one of its children',
  scheduled: 'it is the next run of a scheduler',
  family: 'it has a parent or children, which would lose it',
  taken: 'the other queue has a job of this id already',
} as const;

/** A reason of `SKIPS`. */
export type Skip = keyof typeof SKIPS;

/** A bulk action as it is stored. */
export interface BulkAction extends BulkHow {
  readonly id: string;
  readonly kind: BulkKind;
  readonly selection: FrozenSelection;
  /** Label of the queue that jobs are moved to. */
  readonly to: string | null;
  /** The state that jobs must be in; null: any that allows it. */
  readonly jobState: string | null;
  /** A removal leaves jobs that have children by then: whoever asked may not remove those. */
  readonly sparesParents?: boolean;
  readonly actor: string;
  readonly state: BulkState;
  /** Why it is paused or has failed. */
  readonly reason: string;
  /** Where a pause goes on. */
  readonly pausedIn: 'canary' | 'running';
  /** How many dead letters are to be dealt with, as counted when it was made. */
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Replayed without the parent, which was gone. */
  readonly alone: number;
  readonly skipped: Readonly<Partial<Record<Skip, number>>>;
  readonly undone: number;
  /** Replays that could not be undone, since they have run or are running. */
  readonly ran: number;
  /** At most five messages of those that failed. */
  readonly errors: readonly string[];
  readonly canaryIds: readonly string[];
  /** Until when the jobs of the canary may finish, epoch ms; 0 while it is being sent. */
  readonly canaryUntil: number;
  /** The leader's place in the selection; null when it is through. */
  readonly place: string | null;
  /** Dead letters per second at the last look. */
  readonly rate: number;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly updatedAt: number;
}

/** States in which the leader has something to do. */
export const ACTIVE: readonly BulkState[] = ['planned', 'canary', 'running', 'undoing'];
/** States that nothing leads out of by itself. */
export const ENDED: readonly BulkState[] = ['done', 'aborted', 'failed', 'undone'];

/** What an operator may ask of an action. */
export type Command = 'pause' | 'resume' | 'abort' | 'undo';

const FROM: Readonly<Record<Command, readonly BulkState[]>> = {
  pause: ['planned', 'canary', 'running'],
  resume: ['paused'],
  abort: ['planned', 'canary', 'running', 'paused'],
  undo: ['paused', 'done', 'aborted', 'failed'],
};

/** The state that a command leads to. Throws `BULK_REFUSED` when it is not possible now. */
export function commanded(action: BulkAction, command: Command): BulkState {
  const { id, state, kind, pausedIn } = action;
  if (!FROM[command].includes(state))
    throw new CoordinatorError(
      'BULK_REFUSED',
      `Bulk action ${id} is ${state}: ${command} is possible while it is ${FROM[command].join(', ')}`,
    );
  if (command === 'undo' && kind !== 'replay')
    throw new CoordinatorError(
      'BULK_REFUSED',
      `Bulk action ${id} is a ${kind}: only a replay can be undone`,
    );
  if (command === 'resume') return pausedIn;
  return { pause: 'paused', abort: 'aborted', undo: 'undoing' }[command] as BulkState;
}

/** What becomes of a canary: it waits on, the rest follows, or the action pauses for a reason. */
export type CanaryVerdict = 'wait' | 'go' | { readonly reason: string };

/** Judges a canary by how many of its jobs have ended well, died again, or are not through. */
export function judgeCanary(
  { tolerated }: Canary,
  seen: { readonly well: number; readonly died: number; readonly open: number },
  isTimeUp: boolean,
): CanaryVerdict {
  const { well, died, open } = seen;
  const sent = well + died + open;
  if (died > tolerated * sent) return { reason: `${died} of the first ${sent} jobs died again` };
  if (open === 0) return 'go';
  return isTimeUp ? { reason: `${open} of the first ${sent} jobs had not ended in time` } : 'wait';
}

const MOST_CANARY = 1_000;
const MOST_PER_SECOND = 1_000_000;
const LONGEST_WAIT_MS = 24 * 3_600_000;
const DEFAULT_WAIT_MS = 5 * 60_000;

/** How an operator wants it done; what is left out has its default. */
export interface BulkWishes {
  readonly canary?: {
    readonly count: number;
    readonly waitMs?: number;
    readonly tolerated?: number;
  };
  readonly perSecond?: number;
  readonly withJobs?: boolean;
}

/** Checks them. Throws `BULK_REFUSED`. */
export function toHow({ canary, perSecond, withJobs }: BulkWishes, patch: Patch | null): BulkHow {
  if (perSecond !== undefined && !(perSecond > 0 && perSecond <= MOST_PER_SECOND))
    throw refused(`perSecond must be above 0 and at most ${MOST_PER_SECOND}, got ${perSecond}`);
  const checked = canary && {
    count: canary.count,
    waitMs: canary.waitMs ?? DEFAULT_WAIT_MS,
    tolerated: canary.tolerated ?? 0,
  };
  if (checked) {
    const { count, waitMs, tolerated } = checked;
    if (!Number.isInteger(count) || count < 1 || count > MOST_CANARY)
      throw refused(`canary.count must be from 1 to ${MOST_CANARY}, got ${count}`);
    if (!(waitMs >= 1 && waitMs <= LONGEST_WAIT_MS))
      throw refused(`canary.waitMs must be from 1 to ${LONGEST_WAIT_MS} (24 h), got ${waitMs}`);
    if (!(tolerated >= 0 && tolerated < 1))
      throw refused(`canary.tolerated must be at least 0 and below 1, got ${tolerated}`);
  }
  return {
    ...{ patch, canary: checked ?? null, perSecond: perSecond ?? null },
    withJobs: withJobs ?? false,
  };
}

function refused(problem: string): CoordinatorError {
  return new CoordinatorError('BULK_REFUSED', problem);
}

const STATES = [
  'failed',
  'planned',
  'canary',
  'running',
  'paused',
  'done',
  'aborted',
  'undoing',
  'undone',
] as const;

/** The action in a hash of Redis; undefined when there is none. */
export function parseBulkAction(id: string, hash: Hash): BulkAction | undefined {
  if (hash.createdAt === undefined) return undefined;
  const number = (field: string): number => numberOf(hash[field], 0);
  const time = (field: string): number | null => (hash[field] ? number(field) : null);
  const skips = (Object.keys(SKIPS) as Skip[]).filter((skip) => hash[`skip:${skip}`]);
  return {
    id,
    kind: oneOf(hash.kind, ['replay', 'discard', 'retry', 'promote', 'remove', 'move']),
    ...{ to: hash.to ?? null, jobState: hash.jobState ?? null },
    ...(hash.sparesParents === '1' && { sparesParents: true }),
    selection: {
      queue: hash.queue ?? '',
      filter: hash.filter ?? null,
      frozenAt: number('createdAt'),
    },
    actor: hash.actor ?? '',
    // A state that is unknown here is of a later version: not to be touched.
    state: oneOf(hash.state, STATES),
    reason: hash.reason ?? '',
    pausedIn: oneOf(hash.pausedIn, ['running', 'canary']),
    ...{ total: number('total'), done: number('done'), failed: number('failed') },
    alone: number('alone'),
    skipped: Object.fromEntries(skips.map((skip) => [skip, number(`skip:${skip}`)])),
    ...{ undone: number('undone'), ran: number('ran') },
    errors: parsed(hash.errors, []),
    patch: parsed(hash.patch, null),
    canary: parsed(hash.canary, null),
    canaryIds: parsed(hash.canaryIds, []),
    canaryUntil: number('canaryUntil'),
    perSecond: hash.perSecond ? number('perSecond') : null,
    withJobs: hash.withJobs === '1',
    place: hash.isThrough === '1' ? null : (hash.place ?? ''),
    rate: number('rate'),
    createdAt: number('createdAt'),
    startedAt: time('startedAt'),
    finishedAt: time('finishedAt'),
    updatedAt: number('updatedAt'),
  };
}

/** The fields of a new action. */
export function toHash(
  action: Pick<BulkAction, 'kind' | 'selection' | 'actor' | 'total'> &
    Partial<Pick<BulkAction, 'to' | 'jobState' | 'sparesParents'>> &
    BulkHow,
): Record<string, string | number> {
  const { kind, selection, actor, total, patch, canary, perSecond, withJobs } = action;
  const { to, jobState, sparesParents } = action;
  const { queue, filter, frozenAt } = selection;
  return {
    ...{ kind, queue, actor, total, state: 'planned', createdAt: frozenAt, updatedAt: frozenAt },
    ...(filter !== null && { filter }),
    ...(patch && { patch: JSON.stringify(patch) }),
    ...(canary && { canary: JSON.stringify(canary) }),
    ...(perSecond !== null && { perSecond }),
    ...(withJobs && { withJobs: '1' }),
    ...(to && { to }),
    ...(jobState && { jobState }),
    ...(sparesParents && { sparesParents: '1' }),
  };
}

function parsed<T>(text: string | undefined, otherwise: T): T {
  if (!text) return otherwise;
  try {
    return JSON.parse(text) as T;
  } catch {
    return otherwise;
  }
}
