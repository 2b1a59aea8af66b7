/**
 * One deadline for many pending operations, at the price of one timer.
 *
 * All operations get the same time, so they run out in the order they came: a list in that order and a timer
 * for its head. A timer per operation would cost more than the rest of a deadline's work on a job's path.
 */
import { type Clock, systemClock } from './clock.ts';
import { type Link, LinkedList } from './linked-list.ts';

/** The time of one operation. */
export type Deadline<T> = Link<Timed<T>>;

interface Timed<T> {
  readonly operation: T;
  /** When it runs out, monotonic ms. */
  readonly at: number;
}

/** Calls back for each operation that is not done within `timeoutMs`. */
export class Deadlines<T> {
  readonly #timeoutMs: number;
  readonly #expire: (operation: T) => void;
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #pending = new LinkedList<Timed<T>>();
  #isTimed = false;

  constructor(timeoutMs: number, expire: (operation: T) => void, clock: Clock = systemClock) {
    this.#timeoutMs = timeoutMs;
    this.#expire = expire;
    this.#clock = clock;
  }

  /** An operation has begun. */
  begin(operation: T): Deadline<T> {
    const at = this.#clock.monotonic() + this.#timeoutMs;
    if (!this.#isTimed) this.#time(this.#timeoutMs);
    return this.#pending.append({ operation, at });
  }

  /** It has ended, in time or not. */
  end(deadline: Deadline<T> | undefined): void {
    if (deadline) this.#pending.remove(deadline);
  }

  #time(delayMs: number): void {
    this.#isTimed = true;
    this.#clock.after(Math.max(1, delayMs), () => this.#sweep());
  }

  #sweep(): void {
    this.#isTimed = false;
    const now = this.#clock.monotonic();
    for (let head = this.#pending.first; head; head = this.#pending.first) {
      const { operation, at } = head.value;
      if (at > now) {
        if (!this.#isTimed) this.#time(at - now);
        return;
      }
      this.#pending.remove(head);
      this.#expire(operation);
    }
  }
}
