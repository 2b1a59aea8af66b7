/**
 * What operators and scalers outside may see of pools, and do with them.
 *
 * Everything comes from Redis and rejects with QUEUE_UNAVAILABLE while that is away, within the time that any call may
 * take. Only the wanted slots are told all the same, as they were last read here: a scaler that hears nothing, or 0,
 * would end what runs. A queue without a pool is POOL_UNKNOWN.
 */
import type { OutageGate } from '../../backend/outage-gate.ts';
import { systemClock } from '../../base/clock.ts';
import { CoordinatorError, type ErrorCode } from '../../errors.ts';
import type { Keys } from '../../keys.ts';
import { readDecisions } from '../../pools/decisions.ts';
import { checkPin, type Pin, type PinWishes, removePin, writePin } from '../../pools/pins.ts';
import { type PoolRecord, poolNames, readPools } from '../../pools/read-pools.ts';
import type { QueueRef } from '../../queues/queue-manager.ts';
import type { Connection } from '../../redis/connection.ts';
import { labelIn } from '../queue-label.ts';
import {
  type DecisionView,
  type PoolView,
  type ScaleView,
  toDecisionView,
  type WhyView,
} from './pool-views.ts';

/** What the operations are made of. */
export interface PoolSources {
  readonly hub: { readonly command: Connection };
  readonly gate: OutageGate;
  readonly keys: Keys;
  /** Name of a queue → its name inside Drover's keys. */
  readonly labelOf: (queue: string) => string;
  /** Epoch ms on the server; undefined while it is not known. */
  readonly serverNow: () => number | undefined;
}

/** Pages of decisions. */
export interface DecisionWishes {
  /** From 1 to 500. @default 50 */
  readonly limit?: number;
}

const USUAL_DECISIONS = 50;
const MOST_DECISIONS = 500;
/** Pools whose targets are remembered. */
const MOST_KNOWN = 1_000;
/** These answers are final: Redis was there. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['POOL_UNKNOWN', 'POOL_UNDECIDED', 'STOPPED']);

/** Pools, as operators see them. */
export class PoolOperations {
  readonly #sources: PoolSources;
  /** Label of a queue → its target, as it was last read here. */
  readonly #known = new Map<string, number>();

  constructor(sources: PoolSources) {
    this.#sources = sources;
  }

  /** All pools of the fleet, by name of their queue. */
  async list(): Promise<PoolView[]> {
    const { keys } = this.#sources;
    const records = await this.#read(async (redis) =>
      readPools(redis, keys, await poolNames(redis, keys)),
    );
    return records.flatMap((record) => (record ? [this.#noted(record)] : []));
  }

  /** One pool. Rejects with POOL_UNKNOWN. */
  async get(queue: QueueRef): Promise<PoolView> {
    return this.#pool(this.#labelOf(queue));
  }

  /** What was decided for a queue, newest first; one that seldom changes may have none any more. */
  async decisions(queue: QueueRef, wishes: DecisionWishes = {}): Promise<DecisionView[]> {
    const label = this.#labelOf(queue);
    const wished = Math.floor(Number(wishes.limit ?? USUAL_DECISIONS)) || 1;
    const limit = Math.min(MOST_DECISIONS, Math.max(1, wished));
    const [decisions] = await Promise.all([
      this.#read((redis) => readDecisions(redis, this.#sources.keys, { queue: label, limit })),
      this.#pool(label),
    ]);
    return decisions.map(toDecisionView);
  }

  /** Why a pool has the slots it has. */
  async why(queue: QueueRef): Promise<WhyView> {
    const [pool, [last]] = await Promise.all([
      this.get(queue),
      this.decisions(queue, { limit: 1 }),
    ]);
    const { reason, frozenFor } = pool;
    return { queue: pool.queue, reason, frozenFor, last: last ?? null };
  }

  /**
   * The wanted slots of a queue, for whatever starts hosts: its target, never its backlog. While Redis cannot be read it
   * is the last one that was; rejects with POOL_UNDECIDED, or as Redis does, when there never was one.
   */
  async scale(queue: QueueRef): Promise<ScaleView> {
    const label = this.#labelOf(queue);
    try {
      const { target } = await this.#pool(label);
      if (target !== null) return { value: target };
      throw new CoordinatorError(
        'POOL_UNDECIDED',
        `Nobody has worked out a target for the pool of "${label}" yet: ask again in some seconds`,
      );
    } catch (error) {
      const known = this.#known.get(label);
      const isFinal = error instanceof CoordinatorError && FINAL.has(error.code);
      if (known === undefined || isFinal) throw error;
      return { value: known };
    }
  }

  /** Sets the target by hand, until the pin runs out or is taken off. Rejects with POOL_UNKNOWN and PIN_INVALID. */
  async scaleWorkers(queue: QueueRef, slots: number, wishes: PinWishes = {}): Promise<Pin> {
    const label = this.#labelOf(queue);
    const { keys, serverNow } = this.#sources;
    const pin = checkPin(slots, wishes, Math.floor(serverNow() ?? systemClock.now()));
    const { max } = await this.#pool(label);
    await this.#read((redis) => writePin(redis, keys, label, pin, max));
    return pin;
  }

  /** Takes the pin off: the pool is scaled again. Tells whether there was one. */
  async unpin(queue: QueueRef): Promise<boolean> {
    const label = this.#labelOf(queue);
    await this.#pool(label);
    return this.#read((redis) => removePin(redis, this.#sources.keys, label));
  }

  async #pool(label: string): Promise<PoolRecord> {
    const [record] = await this.#read((redis) => readPools(redis, this.#sources.keys, [label]));
    if (record) return this.#noted(record);
    this.#known.delete(label);
    throw new CoordinatorError(
      'POOL_UNKNOWN',
      `No process has a pool for the queue "${label}": give its processor a \`pool\` option`,
    );
  }

  #noted(record: PoolRecord): PoolRecord {
    const { queue, target } = record;
    if (target === null) return record;
    this.#known.delete(queue); // So that the one read longest ago is the first to go.
    this.#known.set(queue, target);
    if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    return record;
  }

  #labelOf(queue: QueueRef): string {
    return labelIn(queue, this.#sources.labelOf);
  }

  /** All of it may be repeated: reads, and a pin that is set or gone is the same a second time. */
  #read<T>(ask: (redis: Awaited<ReturnType<Connection['raw']>>) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#sources;
    return gate.run(hub.command, 'fail', 'repeat', async () => ask(await hub.command.raw()));
  }
}
