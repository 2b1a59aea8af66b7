/**
 * One deadline for many pending operations, at the price of one timer.
 *
 * All operations get the same time, so they run out in the order they came: a list and a timer for its
 * head. A timer per operation would cost more than the rest of a deadline's work on a job's path.
 */
import { type CancelTimer, type Clock, systemClock } from './clock.ts';

interface Entry {
  readonly at: number;
  expire: (() => void) | undefined;
}

/** Runs a callback for each operation that is not done within `timeoutMs`. */
export class Deadlines {
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  #entries: Entry[] = [];
  #timer: CancelTimer | undefined;

  constructor(timeoutMs: number, clock: Clock = systemClock) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /** Starts an operation; call the returned function when it is done. */
  begin(expire: () => void): () => void {
    const entry: Entry = { at: this.#clock.monotonic() + this.#timeoutMs, expire };
    this.#entries.push(entry);
    this.#timer ??= this.#clock.after(this.#timeoutMs, () => this.#sweep());
    return () => {
      entry.expire = undefined;
    };
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    this.#timer = undefined;
    let done = 0;
    for (const entry of this.#entries) {
      if (entry.expire && entry.at > now) break;
      entry.expire?.();
      done += 1;
    }
    this.#entries.splice(0, done);
    const head = this.#entries[0];
    if (head) this.#timer = this.#clock.after(Math.max(1, head.at - now), () => this.#sweep());
  }
}
