/**
 * What time it is on the server, as far as a process can know: from the last answer to TIME and the time that
 * has passed here since. A little slow, by up to one round trip.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';

/** Follows the clock of one server. */
export class ServerClock {
  readonly #clock: Clock;
  #offsetMs: number | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Epoch ms on the server; undefined while it is not known. */
  get now(): number | undefined {
    return this.#offsetMs === undefined ? undefined : this.#clock.monotonic() + this.#offsetMs;
  }

  /** Asks. Where TIME is denied it pings instead, and the time stays unknown. */
  async look(redis: Redis): Promise<void> {
    try {
      const [seconds, micros] = await redis.time();
      this.#offsetMs = Number(seconds) * 1_000 + Number(micros) / 1_000 - this.#clock.monotonic();
    } catch {
      this.forget();
      await redis.ping().catch(() => {});
    }
  }

  /** Another server may answer from now on. */
  forget(): void {
    this.#offsetMs = undefined;
  }
}
