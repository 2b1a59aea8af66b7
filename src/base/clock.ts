/**
 * Time: the one home of `Date.now` and of timers.
 *
 * `now()` is wall-clock time, epoch milliseconds, and may be stored; it can jump. `monotonic()` only ever
 * grows, is never stored, and is what every deadline and interval is measured with. Everything that
 * waits takes a `Clock`, so that tests can hand in their own.
 */

/** Ends a timer; harmless when it already fired. */
export type CancelTimer = () => void;

/** The clock and timers that the rest of the code is allowed to use. */
export interface Clock {
  /** Epoch milliseconds. May jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never goes back. */
  monotonic(): number;
  /** Runs `callback` once after `delayMs`. The timer keeps the process alive unless `background`. */
  after(delayMs: number, callback: () => void, options?: { background?: boolean }): CancelTimer;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback, options) {
    const timer = setTimeout(callback, delayMs);
    if (options?.background) timer.unref();
    return () => clearTimeout(timer);
  },
};
