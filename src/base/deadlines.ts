/**
 * One deadline for many pending operations, at the price of one timer.
 *
 * All operations get the same time, so they run out in the order they came: a map in that order and a timer
 * for its head. A timer per operation would cost more than the rest of a deadline's work on a job's path.
 */
import { type Clock, systemClock } from './clock.ts';

/** Calls back for each operation that is not done within `timeoutMs`. */
export class Deadlines<T> {
  readonly #timeoutMs: number;
  readonly #expire: (operation: T) => void;
  readonly #clock: Clock;
  /** Operation → when it runs out, monotonic ms; oldest first. */
  readonly #pending = new Map<T, number>();
  #isTimed = false;

  constructor(timeoutMs: number, expire: (operation: T) => void, clock: Clock = systemClock) {
    this.#timeoutMs = timeoutMs;
    this.#expire = expire;
    this.#clock = clock;
  }

  /** An operation has begun. */
  begin(operation: T): void {
    this.#pending.set(operation, this.#clock.monotonic() + this.#timeoutMs);
    if (!this.#isTimed) this.#time(this.#timeoutMs);
  }

  /** It has ended, in time or not. */
  end(operation: T): void {
    this.#pending.delete(operation);
  }

  #time(delayMs: number): void {
    this.#isTimed = true;
    this.#clock.after(Math.max(1, delayMs), () => this.#sweep());
  }

  #sweep(): void {
    this.#isTimed = false;
    const now = this.#clock.monotonic();
    for (const [operation, at] of this.#pending) {
      if (at > now) {
        this.#time(at - now);
        return;
      }
      this.#pending.delete(operation);
      this.#expire(operation);
    }
  }
}
