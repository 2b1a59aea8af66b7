/**
 * How much is done in one command, by how long Redis was busy with the last ones. Pure.
 *
 * It begins small, grows slowly and halves at once, so that what is heavier than all before it meets a batch that is
 * small enough. Between two batches Redis is left alone for several times as long as it was busy.
 */

/** Longer than this, and the next batch is half as large. */
const TOO_LONG_MS = 0.6;
/** Shorter than this, and the next one is larger. */
const SHORT_MS = 0.3;
const FIRST = 8;
/** Also a bound on what Lua holds. */
const MOST = 200;
const REST_FACTOR = 4;
const LEAST_REST_MS = 1;
const LONGEST_REST_MS = 1_000;

/** Size of batches, and the pauses between them. */
export class BatchSize {
  readonly #most: number;
  #size: number;
  #restMs: number = LEAST_REST_MS;

  constructor({ first = FIRST, most = MOST }: { first?: number; most?: number } = {}) {
    this.#size = first;
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** How long Redis is left alone now. */
  get restMs(): number {
    return this.#restMs;
  }

  /** Redis was busy for `busyMs` with a batch of `size`. */
  note(busyMs: number, size: number): void {
    this.#restMs = Math.min(LONGEST_REST_MS, Math.max(LEAST_REST_MS, busyMs * REST_FACTOR));
    if (busyMs > TOO_LONG_MS) this.#size = Math.max(1, Math.floor(Math.min(size, this.#size) / 2));
    else if (busyMs < SHORT_MS && size >= this.#size)
      this.#size = Math.min(this.#most, this.#size + Math.ceil(this.#size / 4));
  }
}
