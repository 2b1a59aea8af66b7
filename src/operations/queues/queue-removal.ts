/**
 * Deletes jobs of a queue: empties it, cleans it, deletes it altogether.
 *
 * Always in steps of at most a thousand jobs, over the bulk socket, with BullMQ's own scripts; a removal that would take
 * long answers that there are more. Whoever is stopped halfway, or is not alone, leaves a queue that can be used, and
 * the same call again does the rest.
 *
 * BullMQ's own `drain` is not used: it takes all jobs in one script, and cuts those of schedulers off the list.
 */
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { CoordinatorError } from '../../errors.ts';
import type { OperatorSources } from '../operator-sources.ts';
import type { Removed } from './queue-views.ts';
import type { CleanState } from './queue-wishes.ts';
import type { RemovalBudget } from './removal-budget.ts';
import {
  countUnfinished,
  PAGE,
  readUnfinished,
  type UnfinishedJobs,
  type UnfinishedState,
} from './unfinished-jobs.ts';

type Sources = Pick<OperatorSources, 'hub' | 'gate' | 'directory'>;

/** Which jobs of a state, and how many at most. */
export interface RemovalWanted {
  readonly state: CleanState;
  /** Those from then and before, epoch ms. */
  readonly cutoff: number;
  readonly most: number;
}

/** Later than any job. BullMQ compares times as texts: it must have as many digits as they have. */
export const EVER = 9_999_999_999_999;
/** Removed one by one at once. */
const AT_ONCE = 50;

/** Removes jobs of one queue. */
export class QueueRemoval {
  readonly #sources: Sources;
  readonly #queue: Queue;
  readonly #keyPrefix: string;

  constructor(sources: Sources, label: string, queue: Queue) {
    this.#sources = sources;
    this.#queue = queue;
    this.#keyPrefix = sources.directory.keyPrefix(label);
  }

  /** Removes jobs of one state until the budget is spent. */
  async remove(wanted: RemovalWanted, budget: RemovalBudget): Promise<Removed> {
    const { state, cutoff, most } = wanted;
    let removed = await this.#byBullMQ(wanted, budget);
    if (isFinished(state) || removed >= most || budget.isSpent)
      return { removed, hasMore: removed >= most || budget.isSpent };
    // What lies behind younger jobs, BullMQ's cleaning does not reach.
    const jobs: UnfinishedJobs = { state, cutoff, keyPrefix: this.#keyPrefix };
    let offset = 0;
    while (removed < most && !budget.isSpent) {
      const page = await this.#read((redis) => readUnfinished(redis, jobs, offset));
      const gone = await this.#removeEach(page.ids.slice(0, most - removed));
      removed += gone;
      offset += page.looked - gone;
      if (page.looked < PAGE) return { removed, hasMore: false };
    }
    return { removed, hasMore: true };
  }

  /** How many `remove` would take, without taking any. */
  async count({ state, cutoff, most }: RemovalWanted, budget: RemovalBudget): Promise<Removed> {
    const keyPrefix = this.#keyPrefix;
    if (isFinished(state)) {
      const there = await this.#read((redis) => redis.zcount(`${keyPrefix}${state}`, 0, cutoff));
      return { removed: Math.min(there, most), hasMore: there > most };
    }
    if (cutoff === EVER) {
      const there = await this.#read((redis) => countUnfinished(redis, keyPrefix, state));
      return { removed: Math.min(there, most), hasMore: there > most };
    }
    let count = 0;
    for (let offset = 0; count <= most && !budget.isSpent; offset += PAGE) {
      const { looked, ids } = await this.#read((redis) =>
        readUnfinished(redis, { state, cutoff, keyPrefix }, offset),
      );
      count += ids.length;
      if (looked < PAGE) return { removed: Math.min(count, most), hasMore: count > most };
    }
    return { removed: Math.min(count, most), hasMore: true };
  }

  /** Deletes the queue, which must be paused. Returns whether all of it is gone. */
  async obliterate(force: boolean, budget: RemovalBudget): Promise<boolean> {
    // BullMQ leaves these behind, and its last step takes away what tells that there is a queue.
    const parents = `${this.#keyPrefix}waiting-children`;
    for (;;) {
      const ids = await this.#read((redis) => redis.zrange(parents, 0, String(PAGE - 1)));
      if (ids.length === 0) break;
      if ((await this.#removeEach(ids)) === 0) break;
      if (budget.isSpent) return false;
    }
    await this.#read((redis) => redis.unlink(`${this.#keyPrefix}limiter`));
    for (;;) {
      const left = await this.#queue.backend.obliterate({ force, count: PAGE });
      if (!left) return true;
      if (budget.isSpent) return false;
    }
  }

  /** From the end where the oldest usually are. */
  async #byBullMQ({ state, cutoff, most }: RemovalWanted, budget: RemovalBudget): Promise<number> {
    let removed = 0;
    while (removed < most && !budget.isSpent) {
      const size = Math.min(PAGE, most - removed);
      const gone = (await this.#queue.backend.cleanJobsByState(state, cutoff, size)).length;
      removed += gone;
      if (gone === 0) break;
    }
    return removed;
  }

  /** How many of them went: one that is running by now stays. */
  async #removeEach(ids: readonly string[]): Promise<number> {
    let removed = 0;
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE);
      const gone = await Promise.all(some.map((id) => this.#removeOne(id)));
      removed += gone.filter(Boolean).length;
    }
    return removed;
  }

  async #removeOne(id: string): Promise<boolean> {
    try {
      return (await this.#queue.remove(id, { removeChildren: false })) === 1;
    } catch (error) {
      // BullMQ says so of a job that a scheduler waits for.
      if (error instanceof CoordinatorError) throw error;
      return false;
    }
  }

  #read<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#sources;
    return hub.onBulk((bulk) =>
      gate.run(bulk, 'fail', 'repeat', async () => ask(await bulk.raw())),
    );
  }
}

function isFinished(state: CleanState): state is Exclude<CleanState, UnfinishedState> {
  return state === 'completed' || state === 'failed';
}
