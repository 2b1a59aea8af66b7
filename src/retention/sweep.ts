/**
 * Lets the data of queues go away in time: the leader's work, for every queue of the fleet that somebody defines.
 *
 * Each queue gets a slice of time in turn, and those with more to do get another, so no queue waits for the backlog of
 * another one. It stops between two batches when this process leads no more, when the coordinator stops, and when Redis
 * is away or takes no writes; the next round, here or elsewhere, looks anew and goes on. Queues that nobody has defined
 * with Drover are never touched.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import { refusalOf, toConnectionLost } from '../redis/connection-lost.ts';
import type { Lease } from '../redis/lease.ts';
import { EVER } from './policy.ts';
import { QueueSweep, type Todo, type WorkEnd } from './queue-sweep.ts';
import { KNOWN_FOR_MS } from './settings.ts';
import { nothingSwept, readState, SWEPT, type Swept, writeRound } from './sweep-record.ts';

/** What it needs. */
export interface SweepOptions {
  readonly keys: Keys;
  readonly announce: Announce;
  readonly lease: Pick<Lease, 'isHeld' | 'epoch' | 'name'>;
  /** For looking, which is short. */
  readonly command: Connection;
  /** Runs something on a socket where nobody waits behind it. Only when there is something to do. */
  readonly onBulk: <T>(run: (redis: Redis) => Promise<T>) => Promise<T>;
  /**
   * Until when all failures of a queue have their dead letters, epoch ms; null while that is not known. Those after it
   * stay. Absent where no dead letters are kept.
   */
  readonly recordedUntil?: (redis: Redis, label: string) => Promise<number | null>;
  readonly clock?: Clock;
}

/** What one queue gets at a time. */
const SLICE_MS = 1_000;
/** A queue that had nothing left is looked at again after this, while others keep the round going. */
const IDLE_MS = 10_000;
/** Sweeps of a queue are told together. */
const TOLD_EVERY_MS = 60_000;
const NO_WORK: WorkEnd = { places: {}, hasMore: false };
/** Refusals that may concern one queue only: its keys are denied, or what is to be written of it takes memory. */
const OF_ONE_QUEUE = new Set(['NOPERM', 'OOM']);

interface KnownQueue {
  readonly sweep: QueueSweep;
  /** Not announced yet. */
  untold: Swept;
  /** Not left in Redis yet. */
  unwritten: Swept;
  toldAt: number;
  idleSince: number;
  isOverBudget: boolean;
}

/** Sweeps while this process leads. */
export class Sweep {
  readonly #options: SweepOptions;
  readonly #clock: Clock;
  readonly #queues = new Map<string, KnownQueue>();
  readonly #totals: Swept = nothingSwept();
  #isStopped = false;

  constructor(options: SweepOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** What this process has swept since it started, of all queues. */
  get totals(): Readonly<Swept> {
    return this.#totals;
  }

  /** No batch begins any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Sweeps until nothing is left, or as long as it may. Rejects with the first error, after all other queues. */
  async round(): Promise<void> {
    const { lease, command } = this.#options;
    if (this.#isStopped || !lease.isHeld || !command.isReady) return;
    const { epoch } = lease;
    const leads = (): boolean => !this.#isStopped && lease.isHeld && lease.epoch === epoch;
    await this.#sweepAll(await command.raw(), epoch, leads);
  }

  async #sweepAll(redis: Redis, epoch: number, leads: () => boolean): Promise<void> {
    const failed = new Map<string, unknown>();
    for (let hasMore = true; hasMore && leads(); ) {
      hasMore = false;
      for (const label of await this.#labels(redis)) {
        const queue = this.#queue(label);
        const idleMs = this.#clock.monotonic() - queue.idleSince;
        if (!leads() || failed.has(label) || idleMs < IDLE_MS) continue;
        try {
          const isDone = await this.#sweepOne(redis, label, queue, epoch, leads);
          if (isDone) queue.idleSince = this.#clock.monotonic();
          else hasMore = true;
        } catch (error) {
          if (isEverywhere(error)) throw error;
          failed.set(label, error);
        }
      }
    }
    for (const queue of this.#queues.values()) queue.idleSince = Number.NEGATIVE_INFINITY;
    for (const error of failed.values()) throw error;
  }

  /** Whether there was nothing left. */
  async #sweepOne(
    redis: Redis,
    label: string,
    queue: KnownQueue,
    epoch: number,
    leads: () => boolean,
  ): Promise<boolean> {
    const { keys, lease } = this.#options;
    const state = await readState(redis, keys, label);
    if (!state) return true;
    const { recordedUntil } = this.#options;
    const failedUntil = recordedUntil ? await recordedUntil(redis, label) : EVER;
    const todo = await queue.sweep.look(redis, state, failedUntil);
    const { places, hasMore } = todo.isIdle ? NO_WORK : await this.#work(queue, todo, leads);
    this.#tell(label, queue, todo, state.policy.maxBytes);
    const { now: roundAt, used } = todo.look.queue;
    const where = { label, lease: lease.name, epoch };
    await writeRound(redis, keys, where, {
      ...{
        swept: queue.unwritten,
        places,
        roundAt,
        usedBytes: used?.bytes ?? null,
        held: todo.held,
      },
      ...{ isOverBudget: todo.plan.overBytes > 0, stale: state.stale },
    });
    queue.unwritten = nothingSwept();
    return !hasMore;
  }

  async #work(queue: KnownQueue, todo: Todo, leads: () => boolean): Promise<WorkEnd> {
    const until = this.#clock.monotonic() + SLICE_MS;
    const mayGoOn = (): boolean => leads() && this.#clock.monotonic() < until;
    try {
      return await this.#options.onBulk((redis) => queue.sweep.work(redis, todo, mayGoOn));
    } finally {
      this.#count(queue);
    }
  }

  #count(queue: KnownQueue): void {
    const swept = queue.sweep.take();
    for (const sum of [this.#totals, queue.untold, queue.unwritten])
      for (const kind of SWEPT) sum[kind] += swept[kind];
  }

  #tell(
    label: string,
    queue: KnownQueue,
    { look, plan }: Todo,
    maxBytes: number | undefined,
  ): void {
    const { announce } = this.#options;
    const now = this.#clock.monotonic();
    if (now - queue.toldAt >= TOLD_EVERY_MS && SWEPT.some((kind) => queue.untold[kind] > 0)) {
      const freedBytes = Math.round(queue.untold.freedBytes);
      const events = Math.round(queue.untold.events);
      announce('retention.swept', { queue: label, ...queue.untold, events, freedBytes });
      queue.untold = nothingSwept();
      queue.toldAt = now;
    }
    const isOverBudget = plan.overBytes > 0;
    if (isOverBudget && !queue.isOverBudget)
      announce('retention.over-budget', {
        queue: label,
        usedBytes: look.queue.used?.bytes ?? 0,
        maxBytes: maxBytes ?? 0,
      });
    queue.isOverBudget = isOverBudget;
  }

  /** Queues that somebody defines, by the server's time. */
  async #labels(redis: Redis): Promise<string[]> {
    const index = this.#options.keys.retentions();
    const [seconds] = await redis.time();
    const since = Number(seconds) * 1_000 - KNOWN_FOR_MS;
    await redis.zremrangebyscore(index, '-inf', `(${since}`);
    return await redis.zrange(index, '0', '-1');
  }

  #queue(label: string): KnownQueue {
    let queue = this.#queues.get(label);
    if (!queue) {
      queue = {
        sweep: new QueueSweep({ label, keys: this.#options.keys, clock: this.#clock }),
        ...{ untold: nothingSwept(), unwritten: nothingSwept() },
        ...{ toldAt: Number.NEGATIVE_INFINITY, idleSince: Number.NEGATIVE_INFINITY },
        isOverBudget: false,
      };
      this.#queues.set(label, queue);
    }
    return queue;
  }
}

/** Redis is away or takes nothing: so it will be for the next queue. What is wrong with one queue only is its own. */
function isEverywhere(error: unknown): boolean {
  const refusal = refusalOf(error);
  return (
    toConnectionLost(error) !== undefined || (refusal !== undefined && !OF_ONE_QUEUE.has(refusal))
  );
}
