/**
 * Whether whoever uses the store of large payloads waits for it: told once when that begins and once when it is over.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { messageOf } from '../errors.ts';
import type { Announce } from '../events.ts';

/** The outage as one queue of this process sees it. */
export class StoreOutage {
  readonly #announce: Announce;
  readonly #queue: string;
  readonly #clock: Clock;
  #since: number | undefined;

  constructor(announce: Announce, queue: string, clock: Clock = systemClock) {
    this.#announce = announce;
    this.#queue = queue;
    this.#clock = clock;
  }

  /** Something waits or goes back because of `error`. */
  held(error: unknown): void {
    if (this.#since !== undefined) return;
    this.#since = this.#clock.monotonic();
    this.#announce('payload.held', { queue: this.#queue, message: messageOf(error) });
  }

  /** The store has answered. */
  answered(): void {
    if (this.#since === undefined) return;
    const heldMs = Math.round(this.#clock.monotonic() - this.#since);
    this.#since = undefined;
    this.#announce('payload.resumed', { queue: this.#queue, heldMs });
  }
}
