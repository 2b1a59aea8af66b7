/**
 * Waiting with an end: sleeps that can be aborted and promises that have a deadline.
 *
 * Neither ever rejects because time has passed: the caller reads from the result what happened, and
 * decides. Timers are always cleared, so a promise that wins leaves nothing behind.
 */
import { type Clock, systemClock } from './clock.ts';

/** Resolves after `delayMs`, or at once when `signal` aborts; tells which of the two happened. */
export function sleep(
  delayMs: number,
  options: { signal?: AbortSignal; clock?: Clock; background?: boolean } = {},
): Promise<'elapsed' | 'aborted'> {
  const { signal, clock = systemClock, background = false } = options;
  if (signal?.aborted) return Promise.resolve('aborted');
  return new Promise((resolve) => {
    const onAbort = (): void => {
      cancel();
      resolve('aborted');
    };
    const cancel = clock.after(
      delayMs,
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve('elapsed');
      },
      { background },
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Waits for `work`, but not longer than until `signal` aborts.
 *
 * What becomes of the work afterwards is nobody's error. Not `Promise.race`: that would leave a reaction on a long-lived
 * promise with every call.
 */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'aborted'> {
  if (signal.aborted) {
    work.catch(() => {}); // Nobody waits for it, and unhandled it would end the process.
    return Promise.resolve('aborted');
  }
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve('aborted');
    const finish = (): void => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(finish);
  });
}

/** What `withDeadline` found: the settled value, or that the deadline came first. */
export type Deadlined<T> = { settled: true; value: T } | { settled: false };

/**
 * Waits for `work`, but not longer than `deadlineMs`.
 *
 * A rejection of `work` is passed on while the deadline has not come; after it, it is swallowed, since
 * nobody waits for it any more.
 */
export function withDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  clock: Clock = systemClock,
): Promise<Deadlined<T>> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(deadlineMs, () => resolve({ settled: false }));
    work.then(
      (value) => {
        cancel();
        resolve({ settled: true, value });
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}

/**
 * Waits for `work`, but not longer than until `signal` aborts: then it rejects with the signal's reason. What becomes
 * of the work afterwards is nobody's error.
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    const finish = (): void => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(resolve, reject).finally(finish);
  });
}
