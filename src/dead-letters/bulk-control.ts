/**
 * Makes bulk actions on dead letters: the part of whoever asks. What they do is the leader's, see `bulk-runner.ts`.
 */
import type { LongCallSources } from '../backend/long-call.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { CoordinatorError } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import { type BulkAction, type BulkKind, type BulkWishes, toHow } from './bulk-action.ts';
import { BulkCommands, checkActor } from './bulk-commands.ts';
import { type BulkPlan, planBulk } from './bulk-plan.ts';
import { BulkStore, newBulkId } from './bulk-store.ts';
import type { Patch } from './patch.ts';
import type { PrepareContext } from './prepare-data.ts';
import { chosenIds, type FrozenSelection, freeze, type Selection } from './selection.ts';
import { Walk } from './walk.ts';

/** What it needs. */
export interface BulkControlOptions extends PrepareContext, LongCallSources {
  readonly keys: Keys;
  readonly announce: Announce;
  readonly clock?: Clock;
}

/** What is to be done, and how. */
export interface BulkOrder extends BulkWishes {
  readonly kind: BulkKind;
  readonly patch: Patch | null;
  /** Whether whoever asks may read data. @default false */
  readonly mayReadData?: boolean | undefined;
  /** Who asks. */
  readonly actor: string;
}

/** Bulk actions on dead letters as operators make them. Calls reject with QUEUE_UNAVAILABLE while Redis is away. */
export class BulkControl {
  readonly #options: BulkControlOptions;
  readonly #clock: Clock;
  readonly #store: BulkStore;
  /** Lists and controls what was made. */
  readonly commands: BulkCommands;

  constructor(options: BulkControlOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#store = new BulkStore(options.keys);
    this.commands = new BulkCommands({ ...options, store: this.#store });
  }

  /** The dry run. */
  async plan(
    selection: Selection,
    order: Pick<BulkOrder, 'kind' | 'patch' | 'mayReadData'>,
    onProgress?: (looked: number) => void,
  ): Promise<BulkPlan> {
    const frozen = freeze(selection, this.#clock.now());
    const ids = chosenIds(selection);
    return this.commands.onBulk((bulk) => this.#plan(bulk, frozen, ids, order, onProgress));
  }

  /** Makes an action. Rejects, before anything has moved, with what the dry run finds wrong. */
  async start(selection: Selection, order: BulkOrder): Promise<BulkAction> {
    const { kind, actor, patch } = order;
    checkActor(actor);
    const how = toHow(order, patch);
    const frozen = freeze(selection, this.#clock.now());
    const ids = chosenIds(selection);
    return this.commands.onBulk(async (bulk) => {
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

  #plan(
    bulk: Connection,
    selection: FrozenSelection,
    ids: readonly string[],
    { kind, patch, mayReadData }: Pick<BulkOrder, 'kind' | 'patch' | 'mayReadData'>,
    onProgress?: (looked: number) => void,
  ): Promise<BulkPlan> {
    const { keys, schemas, payloads } = this.#options;
    const walk = new Walk(keys, selection, ids);
    const context = { keys, schemas, payloads, mayReadData, ...(onProgress && { onProgress }) };
    return bulk.raw().then((redis) => planBulk(redis, context, walk, { kind, selection, patch }));
  }
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
