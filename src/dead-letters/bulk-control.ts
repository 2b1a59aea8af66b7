/**
 * Makes bulk actions and controls them: the part of whoever asks. What they do is the leader's, see `bulk-runner.ts`.
 */
import type { OutageGate } from '../backend/outage-gate.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { CoordinatorError } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import type { Hub } from '../redis/hub.ts';
import {
  type BulkAction,
  type BulkKind,
  type BulkState,
  type BulkWishes,
  type Command,
  commanded,
  toHow,
} from './bulk-action.ts';
import { type BulkPlan, planBulk } from './bulk-plan.ts';
import { BulkStore, newBulkId } from './bulk-store.ts';
import type { Patch } from './patch.ts';
import type { PrepareContext } from './prepare-data.ts';
import { chosenIds, type FrozenSelection, freeze, type Selection } from './selection.ts';
import { Walk } from './walk.ts';

/** What it needs. */
export interface BulkControlOptions extends PrepareContext {
  readonly hub: Pick<Hub, 'onBulk'>;
  readonly gate: Pick<OutageGate, 'run'>;
  readonly keys: Keys;
  readonly announce: Announce;
  readonly clock?: Clock;
}

/** What is to be done, and how. */
export interface BulkOrder extends BulkWishes {
  readonly kind: BulkKind;
  readonly patch: Patch | null;
  /** Who asks. */
  readonly actor: string;
}

/** How often a command is tried against a leader that changes the state at the same moment. */
const TRIES = 5;

/** Bulk actions as operators handle them. Calls reject with QUEUE_UNAVAILABLE while Redis is away. */
export class BulkControl {
  readonly #options: BulkControlOptions;
  readonly #clock: Clock;
  readonly #store: BulkStore;

  constructor(options: BulkControlOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#store = new BulkStore(options.keys);
  }

  /** The dry run. */
  async plan(
    selection: Selection,
    order: Pick<BulkOrder, 'kind' | 'patch'>,
    onProgress?: (looked: number) => void,
  ): Promise<BulkPlan> {
    const frozen = freeze(selection, this.#clock.now());
    const ids = chosenIds(selection);
    return this.onBulk((bulk) => this.#plan(bulk, frozen, ids, order, onProgress));
  }

  /** Makes an action. Rejects, before anything has moved, with what the dry run finds wrong. */
  async start(selection: Selection, order: BulkOrder): Promise<BulkAction> {
    const { kind, actor, patch } = order;
    checkActor(actor);
    const how = toHow(order, patch);
    const frozen = freeze(selection, this.#clock.now());
    const ids = chosenIds(selection);
    return this.onBulk(async (bulk) => {
      const plan = await this.#plan(bulk, frozen, ids, order);
      refuseWhenProblems(plan);
      const redis = await bulk.raw();
      const id = newBulkId(frozen.frozenAt);
      await this.#store.putIds(redis, id, ids);
      const action = { kind, selection: frozen, actor, total: plan.eligible, ...how };
      await this.#store.create(redis, id, action);
      return (await this.#store.get(redis, id))!;
    });
  }

  /** The newest actions. */
  list(most: number): Promise<BulkAction[]> {
    return this.onBulk(async (bulk) => this.#store.list(await bulk.raw(), most));
  }

  /** One action. Rejects with NOT_FOUND. */
  async find(id: string): Promise<BulkAction> {
    const action = await this.onBulk(async (bulk) => this.#store.get(await bulk.raw(), id));
    if (action) return action;
    throw new CoordinatorError('NOT_FOUND', `There is no bulk action "${id}"`);
  }

  /** Changes the state. Nothing more is moved once a pause or an abort resolves. */
  async command(id: string, command: Command, actor: string): Promise<BulkAction> {
    checkActor(actor);
    for (let tries = 1; ; tries += 1) {
      const action = await this.find(id);
      const to = commanded(action, command);
      const fields = this.#fieldsOf(action, command, actor);
      const move = { from: [action.state], to, fields };
      const reply = await this.onBulk(async (bulk) => this.#store.move(await bulk.raw(), id, move));
      if (reply === true) {
        this.#tell(action, command, actor, to);
        return this.find(id);
      }
      if (tries === TRIES)
        throw new CoordinatorError(
          'BULK_REFUSED',
          `Bulk action ${id} changes its state at this moment (${reply}): ask again`,
        );
    }
  }

  /** Only the wait for a connection is bounded: a dry run may take its time. */
  onBulk<T>(run: (bulk: Connection) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#options;
    return hub.onBulk(async (bulk) => {
      await gate.run(bulk, 'fail', 'repeat', () => bulk.client);
      return run(bulk);
    });
  }

  #plan(
    bulk: Connection,
    selection: FrozenSelection,
    ids: readonly string[],
    { kind, patch }: Pick<BulkOrder, 'kind' | 'patch'>,
    onProgress?: (looked: number) => void,
  ): Promise<BulkPlan> {
    const { keys, schemas, payloads } = this.#options;
    const walk = new Walk(keys, selection, ids);
    const context = { keys, schemas, payloads, ...(onProgress && { onProgress }) };
    return bulk.raw().then((redis) => planBulk(redis, context, walk, { kind, selection, patch }));
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
    const { announce } = this.#options;
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
}

const LONGEST_ACTOR = 200;

/** Throws when nobody is named. */
export function checkActor(actor: string): void {
  const isNamed = typeof actor === 'string' && actor.trim() !== '';
  if (isNamed && actor.length <= LONGEST_ACTOR) return;
  throw new CoordinatorError(
    'BULK_REFUSED',
    `actor must say who asks, in at most ${LONGEST_ACTOR} characters`,
  );
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
