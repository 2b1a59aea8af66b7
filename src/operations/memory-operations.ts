/**
 * What anybody may ask about the memory that queues take in Redis.
 *
 * An answer is a look of at most a minute ago, whoever asks and however often; it holds sizes and counts, no data. The
 * leader looks at all queues every few minutes, for the metrics, with small commands on the command socket. Rejects with QUEUE_UNAVAILABLE while Redis is away, and
 * with NOT_FOUND for a queue that is not there.
 */
import type { Redis } from 'ioredis';
import type { OutageGate } from '../backend/outage-gate.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { CoordinatorError } from '../errors.ts';
import type { Keys } from '../keys.ts';
import type { QueueRef } from '../queues/queue-manager.ts';
import type { Hub } from '../redis/hub.ts';
import { sampleKinds, sampleMemory } from '../retention/memory-sample.ts';
import {
  type MemoryPart,
  type MemorySample,
  type MemoryView,
  toMemoryView,
} from '../retention/memory-view.ts';

/** What the answers are made of. */
export interface MemorySources {
  readonly hub: Pick<Hub, 'onBulk' | 'command'>;
  readonly gate: OutageGate;
  readonly keys: Keys;
  /** Name of a queue → its name inside Drover's keys. */
  readonly labelOf: (queue: string) => string;
  /** Labels of all queues of the fleet. */
  readonly labels: () => Promise<readonly string[]>;
  readonly leadership: { readonly isHeld: boolean };
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: () => number;
}

/** A look is good for so long. */
const FRESH_MS = 60_000;
/** The leader looks at each queue this often. */
const LOOK_EVERY_MS = 5 * 60_000;
/** Queues that a leader looks at in one round, and that are remembered. */
const MOST_IN_ROUND = 20;
const MOST_KEPT = 1_000;

interface Look {
  readonly at: number;
  readonly monotonicMs: number;
  readonly sample: MemorySample;
}

interface LeadersLook {
  readonly monotonicMs: number;
  /** Undefined when the queue is not there. */
  readonly kinds: readonly MemoryPart[] | undefined;
}

/** The memory of queues. */
export class MemoryOperations {
  readonly #sources: MemorySources;
  readonly #clock: Clock;
  readonly #looks = new Map<string, Look>();
  /** Of the leader's rounds. */
  readonly #exported = new Map<string, LeadersLook>();
  readonly #underWay = new Map<string, Promise<Look>>();

  constructor(sources: MemorySources) {
    this.#sources = sources;
    this.#clock = sources.clock ?? systemClock;
  }

  /** What a queue takes, by kind, and what its payload policies save or would save. */
  async get(queue: QueueRef): Promise<MemoryView> {
    const label = this.#labelOf(queue);
    const kept = this.#looks.get(label);
    const isFresh = kept && this.#ageOf(kept) < FRESH_MS;
    return this.#view(label, isFresh ? kept : await this.#look(label));
  }

  /** What the leader's rounds have last seen. From memory; nothing while this process does not lead. */
  get last(): readonly Pick<MemoryView, 'queue' | 'kinds'>[] {
    if (!this.#sources.leadership.isHeld) return [];
    return [...this.#exported].flatMap(([queue, { kinds }]) => (kinds ? [{ queue, kinds }] : []));
  }

  /** The leader's round: some of the queues that it has not looked at lately. For a loop. */
  async round(): Promise<void> {
    const { leadership, labels, hub, keys, random = Math.random } = this.#sources;
    if (!leadership.isHeld || !hub.command.isReady) return;
    const queues = await labels();
    const known = new Set(queues);
    for (const label of this.#exported.keys()) if (!known.has(label)) this.#exported.delete(label);
    const due = queues.filter((label) => {
      const seen = this.#exported.get(label);
      return !seen || this.#ageOf(seen) >= LOOK_EVERY_MS;
    });
    for (const label of due.slice(0, MOST_IN_ROUND)) {
      if (!leadership.isHeld) return;
      const kinds = await sampleKinds(await hub.command.raw(), keys, label, random);
      this.#exported.set(label, { kinds, monotonicMs: this.#clock.monotonic() });
    }
  }

  /** Whoever asks while a queue is being looked at gets that look. */
  #look(label: string): Promise<Look> {
    const underWay = this.#underWay.get(label);
    if (underWay) return underWay;
    const look = this.#lookNow(label).finally(() => this.#underWay.delete(label));
    this.#underWay.set(label, look);
    return look;
  }

  async #lookNow(label: string): Promise<Look> {
    const { keys, random = Math.random } = this.#sources;
    const sample = await this.#onBulk((redis) => sampleMemory(redis, keys, label, random));
    this.#looks.delete(label); // So that the one looked at longest ago is the first to go.
    if (!sample)
      throw new CoordinatorError('NOT_FOUND', `There is no queue "${label}" in this Redis`);
    const look = { at: this.#clock.now(), monotonicMs: this.#clock.monotonic(), sample };
    this.#looks.set(label, look);
    if (this.#looks.size > MOST_KEPT) this.#looks.delete(this.#looks.keys().next().value!);
    return look;
  }

  /** Waits for a connection as long as any call may; a look itself is many small steps. */
  #onBulk<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#sources;
    return hub.onBulk(async (bulk) => {
      await gate.run(bulk, 'fail', 'repeat', () => bulk.client);
      return run(await bulk.raw());
    });
  }

  #ageOf({ monotonicMs }: Pick<Look, 'monotonicMs'>): number {
    return this.#clock.monotonic() - monotonicMs;
  }

  #view(label: string, look: Look): MemoryView {
    return toMemoryView(label, look.sample, look.at, look.at + this.#ageOf(look));
  }

  #labelOf(queue: QueueRef): string {
    const name = typeof queue === 'string' ? queue : queue.name;
    return name.includes(':') ? name : this.#sources.labelOf(name); // Names hold no colon: it is a label, as listed.
  }
}
