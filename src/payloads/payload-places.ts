/**
 * Tells the fleet where payloads with bodies or dictionaries may be: the queues of this process that have a payload
 * policy, and the queues whose jobs keep the results of theirs.
 *
 * The sweep looks under the prefixes of these queues and nowhere else. So a queue is told before its first body is
 * written, and again every minute: Redis may have lost it. The queue of a parent is told with the next round, within a
 * minute of the first reference there: nothing is swept that was referred to within the grace, which is 10 minutes at
 * least.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import type { Perhaps } from './payload-codec.ts';

/** Queues told in one command. */
const AT_A_TIME = 500;

/** The places of one process. */
export class PayloadPlaces {
  readonly #command: Connection;
  readonly #keys: Keys;
  readonly #clock: Clock;
  /** Queue → whether Redis has it. */
  readonly #places = new Map<string, boolean>();

  constructor(command: Connection, keys: Keys, clock: Clock = systemClock) {
    this.#command = command;
    this.#keys = keys;
    this.#clock = clock;
  }

  /** Will be told with the next round: for what is known before there is a connection, and for the queues of parents. */
  define(queueLabel: string): void {
    if (!this.#places.has(queueLabel)) this.#places.set(queueLabel, false);
  }

  /** Resolves when Redis has it. Await it before a reference is written into a queue. */
  note(queueLabel: string): Perhaps<void> {
    if (this.#places.get(queueLabel)) return;
    this.define(queueLabel);
    return this.#tell([queueLabel]);
  }

  /** Tells all of them anew. Does nothing while Redis is away. */
  async round(): Promise<void> {
    if (!this.#command.isReady) return;
    const all = [...this.#places.keys()];
    for (let start = 0; start < all.length; start += AT_A_TIME)
      await this.#tell(all.slice(start, start + AT_A_TIME));
  }

  async #tell(labels: readonly string[]): Promise<void> {
    const redis = await this.#command.raw();
    const now = Math.round(this.#clock.now());
    await redis.zadd(this.#keys.payloads(), ...labels.flatMap((label) => [now, label]));
    for (const label of labels) this.#places.set(label, true);
  }
}
