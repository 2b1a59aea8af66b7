/**
 * Sweeps one queue for a little while: does what the decider says, batch by batch.
 *
 * After each batch Redis is left alone, and whoever sweeps is asked whether it may go on: the leader may lead no more.
 * Whatever ends it in between, nothing is left by halves; the next round looks anew.
 */
import type { Redis } from 'ioredis';
import type { Clock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import type { Keys } from '../keys.ts';
import { keyPrefixOf } from '../queues/key-prefix.ts';
import { BatchSize } from './batch-size.ts';
import { timed } from './busy-time.ts';
import { dropProgress, hasJobsAfter, type ProgressPlace } from './drop-progress.ts';
import { endLimiter } from './end-limiter.ts';
import { type Look, lookAt } from './look.ts';
import { meanJobBytes } from './memory-sample.ts';
import {
  FINISHED,
  type FinishedState,
  planRetention,
  type Removal,
  type RetentionPlan,
} from './policy.ts';
import { AHEAD_MS, reDate } from './re-date.ts';
import { removeJobs } from './remove-jobs.ts';
import { nothingSwept, type SweepState, type Swept } from './sweep-record.ts';

/** What it needs. */
export interface QueueSweepOptions {
  readonly label: string;
  readonly keys: Keys;
  readonly clock: Clock;
}

/** What is to be done for a queue. */
export interface Todo {
  readonly look: Look;
  readonly plan: RetentionPlan;
  readonly places: SweepState['places'];
  /** Progress of jobs that ended before this is forgotten, epoch ms. */
  readonly progressBefore: number;
  /** Why nothing is done; null when it is. */
  readonly held: string | null;
  /** There is nothing to do, or it must not be done. */
  readonly isIdle: boolean;
}

/** What came of it. */
export interface WorkEnd {
  /** How far progress is forgotten now. */
  readonly places: Partial<Record<FinishedState, ProgressPlace>>;
  /** There is more to do. */
  readonly hasMore: boolean;
}

/** Asked between two batches. */
export type MayGoOn = () => boolean;

/** The server and this host cannot both be right: nothing goes by age. */
const APART_MS = 60 * 60_000;
/** Redis removes whole nodes of a stream: fewer than a node has, and nothing goes. */
const EVENTS = { first: 100, most: 10_000 };
/** How many jobs stay may have changed meanwhile. */
const COUNT_ANEW_MS = 60 * 60_000;

/** The sweep of one queue; remembers how much Redis takes at a time, and how many jobs stay. */
export class QueueSweep {
  readonly #options: QueueSweepOptions;
  /** What BullMQ's keys of the queue begin with. */
  readonly #prefix: string;
  readonly #jobs = new BatchSize();
  readonly #progress = new BatchSize();
  readonly #events = new BatchSize(EVENTS);
  #swept: Swept = nothingSwept();
  readonly #staying: Record<FinishedState, number> = { completed: 0, failed: 0 };
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(options: QueueSweepOptions) {
    this.#options = options;
    this.#prefix = keyPrefixOf(options.label);
  }

  /** What has gone since the last call, also in a slice that has failed. */
  take(): Swept {
    const swept = this.#swept;
    this.#swept = nothingSwept();
    return swept;
  }

  /**
   * Looks what is to be done. Short: it holds nobody up.
   *
   * @param failedUntil failed jobs that ended later stay; null when all do
   */
  async look(redis: Redis, state: SweepState, failedUntil: number | null): Promise<Todo> {
    const { label, keys, clock } = this.#options;
    const prefix = this.#prefix;
    if (clock.monotonic() - this.#countedAt > COUNT_ANEW_MS) {
      Object.assign(this.#staying, { completed: 0, failed: 0 });
      this.#countedAt = clock.monotonic();
    }
    const { policy } = state;
    const terms = { policy, staying: this.#staying, failedUntil };
    const look = await lookAt(redis, keys, label, terms);
    const { now } = look.queue;
    const plan = planRetention(look.queue, policy);
    const progressBefore = now - policy.progressMs;
    const hasProgress = await hasJobsAfter(redis, prefix, state.places, progressBefore);
    const areInFuture = FINISHED.some((each) => look.newestAt[each] > now + AHEAD_MS);
    const isOver = plan.removals.length > 0 || plan.keepEvents !== null;
    const apartMs = Math.round(Math.abs(now - clock.now()));
    const held = state.isUnclear
      ? 'another version of Drover keeps this queue in a way that the leader cannot read'
      : apartMs > APART_MS
        ? `the clocks of Redis and of the leader are ${apartMs} ms apart`
        : null;
    const isAnything = isOver || hasProgress || areInFuture || look.isLimiterEndless;
    return {
      look,
      plan,
      places: state.places,
      progressBefore,
      held,
      isIdle: held !== null || !isAnything,
    };
  }

  /** Does what is to be done until `mayGoOn` says no. */
  async work(redis: Redis, todo: Todo, mayGoOn: MayGoOn): Promise<WorkEnd> {
    const { look, plan, places, progressBefore } = todo;
    let hasMore = false;
    for (const removal of plan.removals)
      hasMore = (await this.#remove(redis, removal, look, mayGoOn)) || hasMore;
    if (plan.keepEvents !== null) await this.#trimEvents(redis, plan.keepEvents, look, mayGoOn);
    if (look.isLimiterEndless) await endLimiter(redis, `${this.#prefix}limiter`);
    const progress = await this.#dropProgress(redis, places, progressBefore, mayGoOn);
    await this.#reDate(redis, look, mayGoOn);
    return { places: progress.places, hasMore: hasMore || !progress.isDone };
  }

  /** Whether there is more to remove, or may be. */
  async #remove(
    redis: Redis,
    { state, before, keep, most }: Removal,
    look: Look,
    mayGoOn: MayGoOn,
  ): Promise<boolean> {
    const { label, keys } = this.#options;
    const jobBytes =
      look.queue[state].jobBytes || (await meanJobBytes(redis, keys, label, look.oldest[state]));
    let left = most;
    while (left > 0 && mayGoOn()) {
      const size = Math.min(this.#jobs.size, left);
      const skip = this.#staying[state];
      const batch = { state, before, size, skip, atLeast: keep + skip };
      const done = await removeJobs(redis, label, batch);
      this.#staying[state] += done.staying;
      this.#swept[state] += done.removed;
      this.#swept.freedBytes += done.removed * jobBytes;
      left -= done.removed;
      this.#jobs.note(done.busyMs, done.looked);
      if (done.looked < size) return false;
      await sleep(this.#jobs.restMs, { clock: this.#options.clock, background: true });
    }
    return true;
  }

  async #trimEvents(redis: Redis, keep: number, look: Look, mayGoOn: MayGoOn): Promise<void> {
    const { count, bytes } = look.queue.events;
    const key = `${this.#prefix}events`;
    let left = count - keep;
    while (left > 0 && mayGoOn()) {
      const { size } = this.#events;
      const { reply: gone, busyMs } = await timed<number>(redis, (pipeline) =>
        pipeline.xtrim(key, 'MAXLEN', '~', keep, 'LIMIT', size),
      );
      this.#events.note(busyMs, size);
      left -= gone;
      this.#swept.events += gone;
      this.#swept.freedBytes += (gone * bytes) / count;
      // A node may be larger than what goes at a time; then the next try is larger.
      if (gone === 0 && (this.#events.size === size || size >= left)) return;
      await sleep(this.#events.restMs, { clock: this.#options.clock, background: true });
    }
  }

  async #reDate(redis: Redis, { queue, newestAt }: Look, mayGoOn: MayGoOn): Promise<void> {
    for (const state of FINISHED) {
      if (newestAt[state] <= queue.now + AHEAD_MS) continue;
      for (let moved = -1; moved !== 0 && mayGoOn(); ) {
        const batch = await reDate(redis, this.#prefix + state, this.#progress.size);
        moved = batch.moved;
        this.#progress.note(batch.busyMs, moved);
        await sleep(this.#progress.restMs, { clock: this.#options.clock, background: true });
      }
    }
  }

  async #dropProgress(
    redis: Redis,
    places: SweepState['places'],
    before: number,
    mayGoOn: MayGoOn,
  ): Promise<{ places: Partial<Record<FinishedState, ProgressPlace>>; isDone: boolean }> {
    const { clock } = this.#options;
    const prefix = this.#prefix;
    const reached: Partial<Record<FinishedState, ProgressPlace>> = {};
    for (const state of FINISHED) {
      let place = places[state];
      for (let looked = -1; looked !== 0; ) {
        if (!mayGoOn()) return { places: reached, isDone: false };
        const { size } = this.#progress;
        const from = { set: prefix + state, prefix };
        const batch = await dropProgress(redis, from, { place, before, size });
        this.#progress.note(batch.busyMs, batch.looked);
        this.#swept.progress += batch.dropped;
        looked = batch.looked < size ? 0 : batch.looked;
        if (batch.looked === 0) break;
        place = batch.place;
        reached[state] = place;
        if (looked > 0) await sleep(this.#progress.restMs, { clock, background: true });
      }
    }
    return { places: reached, isDone: true };
  }
}
