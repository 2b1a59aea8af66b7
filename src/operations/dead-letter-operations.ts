/**
 * What operators may see of dead letters, and do with them: the one door for all faces.
 *
 * Replay and discard make bulk actions, which live in Redis and are carried on by the leader: whoever asked may go.
 * Every call that changes something says who asks. Calls reject with QUEUE_UNAVAILABLE while Redis is away.
 */
import type { OutageGate } from '../backend/outage-gate.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import {
  type BulkAction,
  type BulkKind,
  type BulkState,
  type BulkWishes,
  type Command,
  commanded,
  toHow,
} from '../dead-letters/bulk-action.ts';
import { type BulkPlan, planBulk } from '../dead-letters/bulk-plan.ts';
import { BulkStore, newBulkId } from '../dead-letters/bulk-store.ts';
import { type DeadLetter, oneOf, parseDeadLetter } from '../dead-letters/dead-letter.ts';
import { exportLines } from '../dead-letters/export.ts';
import { type Patch, parsePatch } from '../dead-letters/patch.ts';
import type { SchemaCheck } from '../dead-letters/schema-check.ts';
import {
  chosenIds,
  type FrozenSelection,
  freeze,
  type Selection,
} from '../dead-letters/selection.ts';
import { type Found, Walk } from '../dead-letters/walk.ts';
import { CoordinatorError } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import type { Hub } from '../redis/hub.ts';
import {
  type BulkView,
  type DeadLetterPage,
  type DeadLetterRow,
  toBulkView,
} from './dead-letter-views.ts';

/** What the operations are made of. */
export interface DeadLetterSources {
  readonly hub: Pick<Hub, 'onBulk'>;
  readonly gate: Pick<OutageGate, 'run'>;
  readonly keys: Keys;
  readonly schemas: SchemaCheck;
  readonly announce: Announce;
  readonly clock?: Clock;
}

/** How a replay is wanted. */
export interface ReplayWishes extends Omit<BulkWishes, 'withJobs'> {
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
export interface PlanWishes {
  /** @default replay */
  readonly kind?: BulkKind;
  readonly patch?: unknown;
  /** Told now and then: how many have been looked at. */
  readonly onProgress?: (looked: number) => void;
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
const TRIES = 5;

/** Dead letters and bulk actions. */
export class DeadLetterOperations {
  readonly #sources: DeadLetterSources;
  readonly #clock: Clock;
  readonly #store: BulkStore;

  constructor(sources: DeadLetterSources) {
    this.#sources = sources;
    this.#clock = sources.clock ?? systemClock;
    this.#store = new BulkStore(sources.keys);
  }

  /** One dead letter; undefined when there is none. */
  async get(queue: string, jobId: string): Promise<DeadLetter | undefined> {
    const key = this.#sources.keys.deadLetter(queue, jobId);
    const hash = await this.#onBulk(async (bulk) => (await bulk.raw()).hgetall(key));
    return parseDeadLetter(queue, jobId, hash);
  }

  /** Dead letters that match, newest first. */
  async list(selection: Selection, wishes: ListWishes = {}): Promise<DeadLetterPage> {
    const most = Math.min(MOST_ROWS, Math.max(1, Math.floor(wishes.most ?? USUAL_ROWS)));
    return this.#withSelection(selection, async (bulk, frozen, idsKey) => {
      const walk = new Walk(this.#sources.keys, frozen, idsKey);
      const rows: DeadLetterRow[] = [];
      let looked = 0;
      let next: string | null = checkPlace(wishes.place, frozen);
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

  /** The dry run: what a replay or a discard would do. Throws what a replay would throw, too. */
  async plan(selection: Selection, wishes: PlanWishes = {}): Promise<BulkPlan> {
    const { kind = 'replay', onProgress } = wishes;
    const patch = toPatch(wishes.patch);
    return this.#withSelection(selection, (bulk, frozen, idsKey) =>
      this.#plan(bulk, frozen, idsKey, kind, patch, onProgress),
    );
  }

  /**
   * Puts the jobs back into their queue, under their own ids. Resolves when the action is made.
   *
   * Rejects with PATCH_INVALID, before anything has moved, when the patch cannot be applied to the data of one of the
   * jobs, or the schema refuses what comes of it.
   */
  async replay(selection: Selection, wishes: ReplayWishes): Promise<BulkView> {
    return this.#start('replay', selection, wishes, toPatch(wishes.patch));
  }

  /** Deletes the dead letters, and with `withJobs` the failed jobs as well. Resolves when the action is made. */
  async discard(selection: Selection, wishes: DiscardWishes): Promise<BulkView> {
    return this.#start('discard', selection, wishes, null);
  }

  /** The dead letters as NDJSON, oldest first; each line ends with its line end. */
  async *export(selection: Selection): AsyncGenerator<string> {
    const id = newBulkId(this.#clock.now());
    const frozen = freeze(selection, this.#clock.now());
    const ids = chosenIds(selection);
    if (ids) await this.#onBulk(async (bulk) => this.#store.putIds(await bulk.raw(), id, ids));
    try {
      const hub = { onBulk: <T>(run: (bulk: Connection) => Promise<T>) => this.#onBulk(run) };
      const { keys } = this.#sources;
      yield* exportLines({ hub, keys }, frozen, keys.bulkIds(id));
    } finally {
      if (ids) await this.#dropIds(id);
    }
  }

  /** The newest bulk actions. */
  async bulkActions(most: number = USUAL_ROWS): Promise<BulkView[]> {
    const bounded = Math.min(MOST_ACTIONS, Math.max(1, Math.floor(most)));
    const actions = await this.#onBulk(async (bulk) => this.#store.list(await bulk.raw(), bounded));
    return actions.map(toBulkView);
  }

  /** One bulk action. Rejects with NOT_FOUND. */
  async bulkAction(id: string): Promise<BulkView> {
    return toBulkView(await this.#find(id));
  }

  /** Holds it; nothing more is moved when this resolves. */
  pause(id: string, actor: string): Promise<BulkView> {
    return this.#command(id, 'pause', actor);
  }

  /** Goes on where it was paused. After a canary that went badly, with the rest. */
  resume(id: string, actor: string): Promise<BulkView> {
    return this.#command(id, 'resume', actor);
  }

  /** Ends it; nothing more is moved when this resolves. What was done stays done. */
  abort(id: string, actor: string): Promise<BulkView> {
    return this.#command(id, 'abort', actor);
  }

  /** Takes what a replay has put back out again, as far as it has not started. */
  undo(id: string, actor: string): Promise<BulkView> {
    return this.#command(id, 'undo', actor);
  }

  async #start(
    kind: BulkKind,
    selection: Selection,
    wishes: BulkWishes & { actor: string },
    patch: Patch | null,
  ): Promise<BulkView> {
    const { actor } = wishes;
    checkActor(actor);
    const how = toHow(wishes, patch);
    return this.#withSelection(
      selection,
      async (bulk, frozen, idsKey, id) => {
        const plan = await this.#plan(bulk, frozen, idsKey, kind, patch);
        refuseWhenProblems(plan);
        const redis = await bulk.raw();
        const action = { kind, selection: frozen, actor, total: plan.eligible, ...how };
        await this.#store.create(redis, action, id);
        return toBulkView((await this.#store.get(redis, id))!);
      },
      true,
    );
  }

  #plan(
    bulk: Connection,
    selection: FrozenSelection,
    idsKey: string,
    kind: BulkKind,
    patch: Patch | null,
    onProgress?: (looked: number) => void,
  ): Promise<BulkPlan> {
    const { keys, schemas } = this.#sources;
    const walk = new Walk(keys, selection, idsKey);
    const context = { keys, schemas, ...(onProgress && { onProgress }) };
    return bulk.raw().then((redis) => planBulk(redis, context, walk, { kind, selection, patch }));
  }

  async #command(id: string, command: Command, actor: string): Promise<BulkView> {
    checkActor(actor);
    for (let tries = 1; ; tries += 1) {
      const action = await this.#find(id);
      const to = commanded(action, command);
      const fields = this.#fieldsOf(action, command, actor);
      const move = { from: [action.state], to, fields };
      const reply = await this.#onBulk(async (bulk) =>
        this.#store.move(await bulk.raw(), id, move),
      );
      if (reply === true) {
        this.#tell(action, command, actor, to);
        return toBulkView(await this.#find(id));
      }
      if (tries === TRIES) return toBulkView(await this.#find(id));
    }
  }

  #fieldsOf(
    { state, canary, pausedIn, startedAt }: BulkAction,
    command: Command,
    actor: string,
  ): Record<string, string | number> {
    const now = this.#clock.now();
    const first = canary ? 'canary' : 'running';
    const written = { updatedAt: now, rate: 0 };
    if (command === 'pause') {
      const inState = state === 'planned' ? first : state;
      return { ...written, reason: `paused by ${actor}`, pausedIn: inState };
    }
    if (command === 'resume')
      return { ...written, reason: '', pausedIn, startedAt: startedAt ?? now };
    if (command === 'abort') return { ...written, reason: `aborted by ${actor}`, finishedAt: now };
    return { ...written, reason: `undone by ${actor}`, place: '', isThrough: '', finishedAt: '' };
  }

  #tell(action: BulkAction, command: Command, actor: string, state: BulkState): void {
    const { announce } = this.#sources;
    const { id, kind, done, failed, undone, startedAt } = action;
    const what = { id, kind, queue: action.selection.queue };
    if (command === 'pause') announce('bulk.paused', { ...what, reason: `paused by ${actor}` });
    if (command === 'resume') announce('bulk.resumed', { ...what, actor });
    if (command !== 'abort') return;
    const now = this.#clock.now();
    const skipped = Object.values(action.skipped).reduce((sum, count) => sum + count, 0);
    const counts = { done, skipped, failed, undone, tookMs: now - (startedAt ?? now) };
    announce('bulk.finished', { ...what, state, ...counts });
  }

  async #find(id: string): Promise<BulkAction> {
    const action = await this.#onBulk(async (bulk) => this.#store.get(await bulk.raw(), id));
    if (action) return action;
    throw new CoordinatorError('NOT_FOUND', `There is no bulk action "${id}"`);
  }

  /** Runs with the frozen selection; chosen ids are stored for as long, or for good with `keepsIds`. */
  async #withSelection<T>(
    selection: Selection,
    run: (bulk: Connection, frozen: FrozenSelection, idsKey: string, id: string) => Promise<T>,
    keepsIds = false,
  ): Promise<T> {
    const now = this.#clock.now();
    const frozen = freeze(selection, now);
    const ids = chosenIds(selection);
    const id = newBulkId(now);
    return this.#onBulk(async (bulk) => {
      if (ids) await this.#store.putIds(await bulk.raw(), id, ids);
      let isKept = false;
      try {
        const result = await run(bulk, frozen, this.#sources.keys.bulkIds(id), id);
        isKept = keepsIds;
        return result;
      } finally {
        if (ids && !isKept) await this.#dropIds(id);
      }
    });
  }

  /** They run out by themselves when this fails. */
  async #dropIds(id: string): Promise<void> {
    await this.#onBulk(async (bulk) => this.#store.dropIds(await bulk.raw(), id)).catch(() => {});
  }

  /** Only the wait for a connection is bounded: a dry run may take its time. */
  #onBulk<T>(run: (bulk: Connection) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#sources;
    return hub.onBulk(async (bulk) => {
      await gate.run(bulk, 'fail', 'repeat', () => bulk.client);
      return run(bulk);
    });
  }
}

function toPatch(patch: unknown): Patch | null {
  return patch === undefined || patch === null ? null : parsePatch(patch);
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

function checkActor(actor: string): void {
  if (typeof actor === 'string' && actor.trim() !== '') return;
  throw new CoordinatorError('BULK_REFUSED', 'actor must say who asks, got nothing');
}

function refuseWhenProblems({ skipped, problems, isComplete, looked, queue }: BulkPlan): void {
  const refused = (skipped.patch ?? 0) + (skipped.schema ?? 0);
  if (refused > 0) {
    const examples = problems.map(({ jobId, problem }) => `${jobId}: ${problem}`).join('; ');
    throw new CoordinatorError(
      'PATCH_INVALID',
      `The patch does not fit ${refused} of ${looked} dead letters of queue "${queue}", so nothing was moved. ${examples}`,
    );
  }
  if (!isComplete)
    throw new CoordinatorError(
      'BULK_REFUSED',
      `The selection holds more than ${looked} dead letters: choose a shorter time`,
    );
}
