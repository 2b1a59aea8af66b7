/**
 * What operators may see of dead letters, and do with them: the one door for all faces.
 *
 * Replay and discard make bulk actions, which live in Redis and are carried on by the leader: whoever asked may go.
 * Every call that changes something says who asks. Calls reject with QUEUE_UNAVAILABLE while Redis is away.
 */
import { QueueKeys } from 'bullmq';
import { systemClock } from '../../base/clock.ts';
import type { BulkAction, BulkKind, BulkWishes } from '../../dead-letters/bulk-action.ts';
import { checkActor } from '../../dead-letters/bulk-commands.ts';
import { BulkControl, type BulkControlOptions } from '../../dead-letters/bulk-control.ts';
import type { BulkPlan } from '../../dead-letters/bulk-plan.ts';
import { type DeadLetter, oneOf } from '../../dead-letters/dead-letter.ts';
import type {
  DeadLetterCount,
  DeadLettersStore,
  Sees,
} from '../../dead-letters/dead-letters-store.ts';
import { exportLines } from '../../dead-letters/export.ts';
import type { FailureGroup, GroupState } from '../../dead-letters/failure-group.ts';
import { showGroups } from '../../dead-letters/group-shower.ts';
import type { LetterShower, Sight } from '../../dead-letters/letter-shower.ts';
import { type Patch, parsePatch } from '../../dead-letters/patch.ts';
import { refuseTelling } from '../../dead-letters/secret-patch.ts';
import {
  chosenIds,
  type FrozenSelection,
  freeze,
  type Selection,
} from '../../dead-letters/selection.ts';
import { type Found, Walk } from '../../dead-letters/walk.ts';
import { CoordinatorError } from '../../errors.ts';
import { queueOfLabel } from '../../keys.ts';
import type { BulkSource } from './bulk-source.ts';
import {
  type BulkView,
  type DeadLetterPage,
  type DeadLetterRow,
  toBulkView,
} from './dead-letter-views.ts';

/** What the operations are made of. */
export interface DeadLetterSources extends BulkControlOptions {
  readonly letters: Pick<DeadLettersStore, 'groups' | 'group' | 'setGroupState' | 'counts' | 'get'>;
  /** Decides what of them is shown. */
  readonly shower: LetterShower;
}

/** How a replay is wanted. */
export interface ReplayWishes extends Omit<BulkWishes, 'withJobs'>, Sight {
  /** Who asks. */
  readonly actor: string;
  /** A JSON Patch on the data of each job. */
  readonly patch?: unknown;
}

/** How a discard is wanted. */
export interface DiscardWishes extends Pick<BulkWishes, 'perSecond' | 'withJobs'> {
  /** Who asks. */
  readonly actor: string;
}

/** What a dry run is asked. */
export interface PlanWishes extends Sight {
  /** @default replay */
  readonly kind?: BulkKind;
  readonly patch?: unknown;
  /** Told now and then: how many have been looked at. */
  readonly onProgress?: (looked: number) => void;
}

/** What of groups may be seen, which are of many queues. */
export interface GroupSight {
  /** @default every queue */
  readonly sees?: Sees;
  /** Of all queues, or by queue. @default none */
  readonly mayReadData?: boolean | Sees;
}

/** Pages of a list. */
export interface ListWishes {
  /** `next` of the page before. */
  readonly place?: string;
  /** At most 200. @default 50 */
  readonly most?: number;
}

const MOST_ROWS = 200;
const USUAL_ROWS = 50;
/** Records looked at for one page; a filter that matches little gets a short page and a place to go on from. */
const MOST_LOOKED_AT = 10_000;
const LOOK_AT_ONCE = 500;
const MOST_ACTIONS = 200;

/** Dead letters and bulk actions. */
export class DeadLetterOperations {
  readonly #sources: DeadLetterSources;
  readonly #bulk: BulkControl;

  constructor(sources: DeadLetterSources) {
    this.#sources = sources;
    this.#bulk = new BulkControl(sources);
  }

  /** How many dead letters are kept of each queue, most first; queues without any are left out. */
  counts(sees?: Sees): Promise<DeadLetterCount[]> {
    return this.#connected(() => this.#sources.letters.counts(sees));
  }

  /**
   * Groups of one cause, over all queues that are seen or those of one, last seen first; their messages as `get` shows
   * them.
   */
  async groups(
    filter: Parameters<DeadLettersStore['groups']>[0] = {},
    sight: GroupSight = {},
  ): Promise<FailureGroup[]> {
    const groups = await this.#connected(() => this.#sources.letters.groups(filter, sight.sees));
    return this.#shownGroups(groups, sight);
  }

  /** One group. Rejects with NOT_FOUND. */
  async group(fingerprint: string, sight: GroupSight = {}): Promise<FailureGroup> {
    const found = await this.#connected(() => this.#sources.letters.group(fingerprint, sight.sees));
    const [group] = await this.#shownGroups(found ? [found] : [], sight);
    if (group) return group;
    throw new CoordinatorError('NOT_FOUND', `There is no group "${fingerprint}"`);
  }

  /**
   * Says that a cause is mended, is to be ignored, or is open again, in all queues that are seen. Rejects with
   * NOT_FOUND.
   */
  async setGroupState(
    fingerprint: string,
    state: Exclude<GroupState, 'regressed'>,
    actor: string,
    sight: GroupSight = {},
  ): Promise<FailureGroup> {
    checkActor(actor);
    if (!['open', 'resolved', 'ignored'].includes(state))
      throw new CoordinatorError(
        'BULK_REFUSED',
        `A group can be set to open, resolved or ignored, got "${state}"`,
      );
    const { letters } = this.#sources;
    await this.#connected(() => letters.setGroupState(fingerprint, state, actor, sight.sees));
    return this.group(fingerprint, sight);
  }

  /** One dead letter, its secret fields hidden unless `sight` allows to see them. Rejects with NOT_FOUND. */
  async get(queue: string, jobId: string, sight: Sight = {}): Promise<DeadLetter> {
    const { letters, shower } = this.#sources;
    const letter = await this.#connected(() => letters.get(queue, jobId));
    if (letter) return shower.show(letter, sight, await this.#pathsOf(queue));
    throw new CoordinatorError(
      'NOT_FOUND',
      `There is no dead letter of job "${jobId}" of ${queue}`,
    );
  }

  /** Dead letters that match, newest first. */
  async list(selection: Selection, wishes: ListWishes = {}): Promise<DeadLetterPage> {
    const most = Math.min(MOST_ROWS, Math.max(1, Math.floor(wishes.most ?? USUAL_ROWS)));
    const frozen = this.#freeze(selection);
    const walk = new Walk(this.#sources.keys, frozen, chosenIds(selection));
    await this.#check(selection);
    const rows: DeadLetterRow[] = [];
    let looked = 0;
    let next: string | null = checkPlace(wishes.place, frozen);
    return this.#bulk.commands.onBulk(async (bulk) => {
      while (next !== null && rows.length < most && looked < MOST_LOOKED_AT) {
        const page = await walk.page(await bulk.raw(), next, LOOK_AT_ONCE, 'newest');
        looked += page.looked;
        const taken = page.found.slice(0, most - rows.length);
        rows.push(
          ...taken.filter(({ state }) => state !== '').map((found) => toRow(frozen, found)),
        );
        next = taken.length < page.found.length ? taken.at(-1)!.place : page.next;
      }
      return { rows, looked, next };
    });
  }

  /** The dry run: what a replay or a discard would do, and why not with the rest. Moves nothing. */
  async plan(selection: Selection, wishes: PlanWishes = {}): Promise<BulkPlan> {
    const { kind = 'replay', mayReadData, onProgress } = wishes;
    await this.#check(selection);
    const patch = await this.#patchFor(selection, wishes);
    return this.#bulk.plan(selection, { kind, patch, mayReadData }, onProgress);
  }

  /**
   * Puts the jobs back into their queue, under their own ids. Resolves when the action is made.
   *
   * Rejects with PATCH_INVALID, before anything has moved, when the patch cannot be applied to the data of one of the
   * jobs, the schema refuses what comes of it, or it can tell what secret fields hold and `mayReadData` is not given.
   */
  async replay(selection: Selection, wishes: ReplayWishes): Promise<BulkView> {
    checkActor(wishes.actor);
    await this.#check(selection);
    const patch = await this.#patchFor(selection, wishes);
    const order = { ...wishes, kind: 'replay', patch } as const;
    return this.#shown(await this.#bulk.start(selection, order));
  }

  /** Deletes the dead letters, and with `withJobs` the failed jobs as well. Resolves when the action is made. */
  async discard(selection: Selection, wishes: DiscardWishes): Promise<BulkView> {
    const { actor, perSecond, withJobs } = wishes;
    checkActor(actor);
    await this.#check(selection);
    const how = { ...(perSecond !== undefined && { perSecond }), ...(withJobs && { withJobs }) };
    const order = { ...how, actor, kind: 'discard', patch: null } as const;
    return toBulkView(await this.#bulk.start(selection, order));
  }

  /**
   * The dead letters as NDJSON, oldest first; each line ends with its line end. Secret fields are hidden unless `sight`
   * allows to see them.
   */
  async *export(selection: Selection, sight: Sight = {}): AsyncGenerator<string> {
    const { keys, shower } = this.#sources;
    const hub = { onBulk: this.#bulk.commands.onBulk.bind(this.#bulk.commands) };
    const frozen = this.#freeze(selection);
    await this.#check(selection);
    yield* exportLines({ hub, keys, shower }, frozen, chosenIds(selection), sight);
  }

  /** The newest bulk actions. */
  async bulkActions(most: number = USUAL_ROWS): Promise<BulkView[]> {
    const bounded = Math.min(MOST_ACTIONS, Math.max(1, Math.floor(most)));
    return Promise.all(
      (await this.#bulk.commands.list(bounded)).map((action) => this.#shown(action)),
    );
  }

  /** One bulk action. Rejects with NOT_FOUND. */
  async bulkAction(id: string): Promise<BulkView> {
    return this.#shown(await this.#bulk.commands.find(id));
  }

  /** Bulk actions as they are asked for by id. */
  get bulk(): BulkSource {
    return {
      list: (most) => this.bulkActions(most),
      find: (id) => this.bulkAction(id),
      command: async (id, command, actor) =>
        this.#shown(await this.#bulk.commands.command(id, command, actor)),
    };
  }

  /** Holds it; nothing more is moved when this resolves. */
  async pause(id: string, actor: string): Promise<BulkView> {
    return this.#shown(await this.#bulk.commands.command(id, 'pause', actor));
  }

  /** Goes on where it was paused. After a canary that went badly, with the rest. */
  async resume(id: string, actor: string): Promise<BulkView> {
    return this.#shown(await this.#bulk.commands.command(id, 'resume', actor));
  }

  /** Ends it; nothing more is moved when this resolves. What was done stays done. */
  async abort(id: string, actor: string): Promise<BulkView> {
    return this.#shown(await this.#bulk.commands.command(id, 'abort', actor));
  }

  /** Takes what a replay has put back out again, as far as it has not started. */
  async undo(id: string, actor: string): Promise<BulkView> {
    return this.#shown(await this.#bulk.commands.command(id, 'undo', actor));
  }

  /** What a patch writes into secret fields is secret, too. */
  async #shown(action: BulkAction): Promise<BulkView> {
    const view = toBulkView(action);
    if (!view.patch) return view;
    const paths = await this.#pathsOf(view.queue);
    return { ...view, patch: this.#sources.shower.showPatch(view.patch, paths) };
  }

  /** Throws before anything is asked of the jobs: a dry run answers as well. */
  async #patchFor(
    selection: Selection,
    { patch, mayReadData }: { readonly patch?: unknown } & Sight,
  ): Promise<Patch | null> {
    if (patch === undefined || patch === null) return null;
    const parsed = parsePatch(patch);
    if (!mayReadData) refuseTelling(parsed, await this.#pathsOf(this.#freeze(selection).queue));
    return parsed;
  }

  /** The message of a group is that of its newest dead letter. */
  async #shownGroups(groups: FailureGroup[], sight: GroupSight): Promise<FailureGroup[]> {
    const { letters, shower } = this.#sources;
    const { mayReadData = false } = sight;
    const mayRead = typeof mayReadData === 'boolean' ? (): boolean => mayReadData : mayReadData;
    const hidden = groups.filter(({ sampleQueue }) => !mayRead(sampleQueue));
    const shown = await showGroups(hidden, {
      pathsOf: (queue) => this.#pathsOf(queue),
      letterOf: (queue, jobId) => this.#connected(() => letters.get(queue, jobId)),
      hiderOf: (queue, stored, paths) => shower.textsOf(queue, stored, paths),
    });
    return groups.map((group) => shown[hidden.indexOf(group)] ?? group);
  }

  #pathsOf(queue: string): ReturnType<LetterShower['pathsOf']> {
    return this.#bulk.commands.onBulk(async (bulk) =>
      this.#sources.shower.pathsOf(queue, await bulk.raw()),
    );
  }

  /** What is written wrong should not look like a queue without dead letters. Rejects with NOT_FOUND. */
  async #check(selection: Selection): Promise<void> {
    const { queue } = this.#freeze(selection);
    chosenIds(selection);
    const { prefix, name } = queueOfLabel(queue);
    const meta = new QueueKeys(prefix).toKey(name, 'meta');
    const letters = this.#sources.keys.deadLetters(queue);
    const isThere = await this.#bulk.commands.onBulk(async (bulk) =>
      (await bulk.raw()).pipeline().exists(meta).exists(letters).exec(),
    );
    if (isThere?.some(([error, count]) => error !== null || count === 1)) return;
    throw new CoordinatorError('NOT_FOUND', `There is no queue "${queue}" in this Redis`);
  }

  #freeze(selection: Selection): FrozenSelection {
    return freeze(selection, (this.#sources.clock ?? systemClock).now());
  }

  /** Waits for a connection as long as any call may, and no longer. */
  #connected<T>(run: () => Promise<T>): Promise<T> {
    return this.#bulk.commands.onBulk(run);
  }
}

function toRow({ queue }: FrozenSelection, found: Found): DeadLetterRow {
  const { place, reason, replayedBy, state, ...rest } = found;
  return {
    ...{ queue, ...rest, replayedBy: replayedBy || null },
    state: oneOf(state, ['dead', 'replayed', 'discarded']),
  };
}

function checkPlace(place: string | undefined, { filter }: FrozenSelection): string {
  const shape = filter === null ? /^\d{0,9}$/ : /^(\d+:[\s\S]+)?$/;
  if (place === undefined || shape.test(place)) return place ?? '';
  throw new CoordinatorError('BULK_REFUSED', `place is not one that a page has given: ${place}`);
}
