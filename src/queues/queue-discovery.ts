/**
 * Finds every queue of a Redis, under any prefix, without ever holding Redis up.
 *
 * The queues that Drover's own keys name are there at once. The others are found by a pass of SCAN over all keys, a page
 * at a time: the first pass begins when somebody asks first, makes a bounded number of steps for that answer, and goes
 * on in the rounds of a loop; later passes are spread thinly, and nothing is done while nobody asks. A queue that a
 * whole pass has not met is gone. It only reads, and never uses KEYS.
 */
import type { Redis } from 'ioredis';
import type { OutageGate } from '../backend/outage-gate.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import type { Hub } from '../redis/hub.ts';
import { keyPrefixOf } from './key-prefix.ts';
import { isUnreadable, queuesAmong } from './queues-among.ts';

/** What discovery needs. */
export interface QueueDiscoveryOptions {
  readonly hub: Pick<Hub, 'command' | 'onBulk'>;
  readonly gate: OutageGate;
  readonly keys: Keys;
  /** Labels of the queues of this process. */
  readonly own: () => Iterable<string>;
  readonly clock?: Clock;
}

/** Keys that Redis looks at for one page: well below a millisecond. */
const KEYS_A_STEP = 1_000;
/** In a later pass, whose steps are few since viewers may cost Redis next to nothing: some 2 ms. */
const KEYS_A_LATER_STEP = 4_000;
/** For the first answer. */
const FIRST_STEPS = 200;
const FIRST_MS = 500;
/** In a round of the first pass, which comes once a second. */
const STEPS_OF_FIRST_PASS = 25;
/** Between the steps of later passes, a little less than two rounds. */
const LATER_STEP_EVERY_MS = 1_800;
/** From the end of a pass to the next. */
const PASS_EVERY_MS = 15_000;
const KNOWN_FOR_MS = 15_000;
/** Nobody has asked for so long: nobody looks. */
const ASKED_FOR_MS = 5 * 60_000;

/** The queues of a Redis, by label. */
export class QueueDiscovery {
  readonly #options: QueueDiscoveryOptions;
  readonly #clock: Clock;
  /** Named by Drover's keys and there. */
  #known: ReadonlySet<string> = new Set();
  /** Met by the last whole pass. */
  #found = new Set<string>();
  /** Met by the pass that is under way. */
  #met = new Set<string>();
  #cursor = '0';
  #discoveredAt: number | null = null;
  #passEndedAt = Number.NEGATIVE_INFINITY;
  #steppedAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #knownAt = Number.NEGATIVE_INFINITY;
  #hasLooked = false;
  #looking: Promise<void> | undefined;
  #scanning: Promise<void> | undefined;

  constructor(options: QueueDiscoveryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** What is known by now, sorted. */
  get labels(): readonly string[] {
    return [...new Set([...this.#known, ...this.#found, ...this.#met])].sort();
  }

  /** When the last whole pass ended, epoch ms; null: none has. */
  get discoveredAt(): number | null {
    return this.#discoveredAt;
  }

  /** Somebody wants to know: resolves when there is something to tell. Rejects with QUEUE_UNAVAILABLE. */
  async look(): Promise<void> {
    this.#askedAt = this.#clock.monotonic();
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  /** A whole pass that begins now, as far as it comes in `forMs`. Rejects with QUEUE_UNAVAILABLE. */
  async lookAgain(forMs: number): Promise<void> {
    const until = this.#clock.monotonic() + forMs;
    const isHalfway = this.#cursor !== '0';
    const left = (): number => Math.max(0, until - this.#clock.monotonic());
    await this.#scanOnBulk(Number.POSITIVE_INFINITY, left());
    if (isHalfway && this.#cursor === '0') await this.#scanOnBulk(Number.POSITIVE_INFINITY, left());
  }

  /** Carries a pass on. For a loop, once a second. */
  async round(): Promise<void> {
    const { command } = this.#options.hub;
    const now = this.#clock.monotonic();
    if (now - this.#askedAt > ASKED_FOR_MS || !command.isReady || !this.#hasLooked) return;
    if (this.#cursor === '0' && now - this.#passEndedAt < PASS_EVERY_MS) return;
    if (this.#discoveredAt === null)
      await this.#scanOnBulk(STEPS_OF_FIRST_PASS, Number.POSITIVE_INFINITY);
    else if (now - this.#steppedAt >= LATER_STEP_EVERY_MS) await this.#scan(command, 1, 0);
  }

  /** It is there, as somebody else has seen. */
  add(label: string): void {
    this.#met.add(label);
  }

  /** It is not there, as somebody else has seen. */
  forget(label: string): void {
    this.#found.delete(label);
    this.#met.delete(label);
    this.#known = new Set([...this.#known].filter((known) => known !== label));
  }

  async #lookNow(): Promise<void> {
    if (this.#clock.monotonic() - this.#knownAt > KNOWN_FOR_MS) await this.#readKnown();
    if (this.#hasLooked) return;
    await this.#scanOnBulk(FIRST_STEPS, FIRST_MS);
    this.#hasLooked = true;
  }

  async #readKnown(): Promise<void> {
    const { hub, gate, keys, own } = this.#options;
    const known = await gate.run(hub.command, 'fail', 'repeat', async () => {
      const redis = await hub.command.raw();
      const named = await namedQueues(redis, keys);
      const candidates = [...new Set([...own(), ...named])].filter(
        (label) => !this.#found.has(label),
      );
      const metas = candidates.map((label) => `${keyPrefixOf(label)}meta`);
      return queuesAmong(redis, keys, metas);
    });
    this.#known = new Set(known);
    this.#knownAt = this.#clock.monotonic();
  }

  /** Waits for the connection as long as any call may. */
  #scanOnBulk(steps: number, forMs: number): Promise<void> {
    const { hub, gate } = this.#options;
    return hub.onBulk(async (bulk) => {
      await gate.run(bulk, 'fail', 'repeat', () => bulk.client);
      await this.#scan(bulk, steps, forMs);
    });
  }

  /** Never two at once: they would share a cursor. */
  #scan(connection: Connection, steps: number, forMs: number): Promise<void> {
    this.#scanning ??= this.#steps(connection, steps, forMs).finally(() => {
      this.#scanning = undefined;
    });
    return this.#scanning;
  }

  async #steps(connection: Connection, steps: number, forMs: number): Promise<void> {
    const startedAt = this.#clock.monotonic();
    for (let made = 0; made < steps; made += 1) {
      const hasEnded = await this.#step(connection);
      if (hasEnded || this.#clock.monotonic() - startedAt >= forMs) return;
    }
  }

  /** One page of keys. Returns whether there is no other one. */
  async #step(connection: Connection): Promise<boolean> {
    const { gate, keys } = this.#options;
    const count = this.#discoveredAt === null ? KEYS_A_STEP : KEYS_A_LATER_STEP;
    this.#steppedAt = this.#clock.monotonic();
    const page = await gate.run(connection, 'fail', 'repeat', async () => {
      const redis = await connection.raw();
      return unlessDenied(async () => {
        const [cursor, metas] = await redis.scan(
          ...([this.#cursor, 'MATCH', '*:meta', 'COUNT', count] as const),
        );
        const known = new Map(
          [...this.#found].map((label) => [`${keyPrefixOf(label)}meta`, label]),
        );
        const again = metas.flatMap((key) => known.get(key) ?? []);
        const others = metas.filter((key) => !known.has(key));
        return { cursor, labels: [...again, ...(await queuesAmong(redis, keys, others))] };
      });
    });
    if (!page) {
      // Without the right to SCAN none is found, and none is said to be gone.
      this.#passEndedAt = this.#clock.monotonic();
      return true;
    }
    for (const label of page.labels) this.#met.add(label);
    this.#cursor = page.cursor;
    if (page.cursor !== '0') return false;
    this.#found = this.#met;
    this.#met = new Set();
    this.#discoveredAt = this.#clock.now();
    this.#passEndedAt = this.#clock.monotonic();
    return true;
  }
}

/** Labels that Drover's keys name: queues that were measured, are kept or have a pool. */
async function namedQueues(redis: Redis, keys: Keys): Promise<string[]> {
  const pipeline = redis.pipeline();
  for (const key of [keys.metrics(), keys.retentions(), keys.pools()])
    pipeline.zrange(key, 0, '-1');
  const replies = (await pipeline.exec()) ?? [];
  return replies.flatMap(([error, labels]) => {
    if (error && !isUnreadable(error)) throw error;
    return error ? [] : (labels as string[]);
  });
}

async function unlessDenied<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}
