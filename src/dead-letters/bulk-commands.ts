/**
 * Controls bulk actions, whatever they do: lists them, and pauses, resumes, ends or undoes one.
 */
import { type LongCallSources, longCall } from '../backend/long-call.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { CoordinatorError } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Connection } from '../redis/connection.ts';
import { type BulkAction, type BulkState, type Command, commanded } from './bulk-action.ts';
import type { BulkStore } from './bulk-store.ts';

/** What controlling needs. */
export interface BulkCommandsOptions extends LongCallSources {
  readonly store: BulkStore;
  readonly announce: Announce;
  readonly clock?: Clock;
}

/** How often a command is tried against a leader that changes the state at the same moment. */
const TRIES = 5;
/** As `newBulkId` makes them. */
const ID = /^[0-9a-z]{1,64}$/;

/** Bulk actions of one kind, as operators control them. Calls reject with QUEUE_UNAVAILABLE while Redis is away. */
export class BulkCommands {
  readonly #options: BulkCommandsOptions;
  readonly #clock: Clock;
  readonly #store: BulkStore;

  constructor(options: BulkCommandsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#store = options.store;
  }

  /** The newest actions. */
  list(most: number): Promise<BulkAction[]> {
    return this.onBulk(async (bulk) => this.#store.list(await bulk.raw(), most));
  }

  /** One action. Rejects with NOT_FOUND. */
  async find(id: string): Promise<BulkAction> {
    const action = ID.test(id)
      ? await this.onBulk(async (bulk) => this.#store.get(await bulk.raw(), id))
      : undefined;
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

  /** Only the wait for Redis is bounded: a dry run may take its time. */
  onBulk<T>(run: (bulk: Connection) => Promise<T>): Promise<T> {
    return longCall(this.#options, run);
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
