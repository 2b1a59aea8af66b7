/**
 * What anybody may ask about the memory that queues take in Redis.
 *
 * An answer is a look of at most a minute ago, whoever asks and however often, that a queue is not there as well; it
 * holds sizes and counts, no data. Looks at many queues wait for each other. The leader looks at all queues every few
 * minutes, for the metrics, with small commands on the command socket. Rejects with QUEUE_UNAVAILABLE while Redis is
 * away, and with NOT_FOUND for a queue that is not there.
 */
import type { Redis } from 'ioredis';
import pLimit from 'p-limit';
import { longCall } from '../../backend/long-call.ts';
import type { OutageGate } from '../../backend/outage-gate.ts';
import { type Clock, systemClock } from '../../base/clock.ts';
import { CoordinatorError } from '../../errors.ts';
import type { Keys } from '../../keys.ts';
import type { QueueRef } from '../../queues/queue-manager.ts';
import type { Hub } from '../../redis/hub.ts';
import { sampleKinds, sampleMemory } from '../../retention/memory-sample.ts';
import {
  type MemoryPart,
  type MemorySample,
  type MemoryView,
  toMemoryView,
} from '../../retention/memory-view.ts';
import { labelIn } from '../queue-label.ts';

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
/** Looks for whoever asks: some thousand commands each. */
const LOOKS_AT_ONCE = 3;

interface Look {
  readonly at: number;
  readonly monotonicMs: number;
  readonly sample: MemorySample;
}

interface LeadersLook {
  readonly monotonicMs: number;
  /** Undefined when the queue is not there, or could not be looked at. */
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
  /** Queues that are not there, and when that was found. */
  readonly #absent = new Map<string, Pick<Look, 'monotonicMs'>>();
  readonly #limit = pLimit(LOOKS_AT_ONCE);
  #isStopped = false;

  constructor(sources: MemorySources) {
    this.#sources = sources;
    this.#clock = sources.clock ?? systemClock;
  }

  /** What a queue takes, by kind, and what its payload policies save or would save. */
  async get(queue: QueueRef): Promise<MemoryView> {
    const label = this.#labelOf(queue);
    if (this.#isFresh(this.#absent.get(label))) throw notFound(label);
    const kept = this.#looks.get(label);
    return this.#view(label, this.#isFresh(kept) ? kept : await this.#look(label));
  }

  /** What the leader's rounds have last seen. From memory; nothing while this process does not lead. */
  get last(): readonly Pick<MemoryView, 'queue' | 'kinds'>[] {
    if (!this.#sources.leadership.isHeld) return [];
    return [...this.#exported].flatMap(([queue, { kinds }]) => (kinds ? [{ queue, kinds }] : []));
  }

  /** No round goes on to another queue: whoever leads next waits for that. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * The leader's round: some of the queues that it has not looked at lately. For a loop. One that cannot be looked at
   * keeps no other from it; what was wrong is thrown in the end.
   */
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
    const problems: unknown[] = [];
    for (const label of due.slice(0, MOST_IN_ROUND)) {
      if (this.#isStopped || !leadership.isHeld) break;
      let kinds: LeadersLook['kinds'];
      try {
        kinds = await sampleKinds(await hub.command.raw(), keys, label, random);
      } catch (error) {
        problems.push(error);
        if (!hub.command.isReady) break; // It is not the queue's fault.
      }
      this.#exported.set(label, { kinds, monotonicMs: this.#clock.monotonic() });
    }
    if (problems.length > 0) throw problems[0];
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
    const monotonicMs = this.#clock.monotonic();
    this.#looks.delete(label);
    if (!sample) {
      keep(this.#absent, label, { monotonicMs });
      throw notFound(label);
    }
    const look = { at: this.#clock.now(), monotonicMs, sample };
    keep(this.#looks, label, look);
    return look;
  }

  /** Waits for Redis as long as any call may, then for its turn; a look itself is many small steps. */
  #onBulk<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
    return longCall(this.#sources, (bulk) => this.#limit(async () => run(await bulk.raw())));
  }

  #isFresh<T extends Pick<Look, 'monotonicMs'>>(look: T | undefined): look is T {
    return look !== undefined && this.#ageOf(look) < FRESH_MS;
  }

  #ageOf({ monotonicMs }: Pick<Look, 'monotonicMs'>): number {
    return this.#clock.monotonic() - monotonicMs;
  }

  #view(label: string, look: Look): MemoryView {
    return toMemoryView(label, look.sample, look.at, look.at + this.#ageOf(look));
  }

  #labelOf(queue: QueueRef): string {
    return labelIn(queue, this.#sources.labelOf);
  }
}

/** The one kept longest ago is the first to go. */
function keep<T>(looks: Map<string, T>, label: string, look: T): void {
  looks.delete(label);
  looks.set(label, look);
  if (looks.size > MOST_KEPT) looks.delete(looks.keys().next().value!);
}

function notFound(label: string): CoordinatorError {
  return new CoordinatorError('NOT_FOUND', `There is no queue "${label}" in this Redis`);
}
