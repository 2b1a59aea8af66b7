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

/**
 * Taken when the module is loaded: an application's tests may install a fake clock later, and connections
 * that wait on that one would never wake again.
 */
const { setTimeout: startTimer, clearTimeout: endTimer } = globalThis;
const monotonic = performance.now.bind(performance);

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic,
  after(delayMs, callback, options) {
    const timer = startTimer(callback, delayMs);
    if (options?.background) timer.unref();
    return () => endTimer(timer);
  },
};
