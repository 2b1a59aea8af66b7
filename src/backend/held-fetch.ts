/**
 * Fetches a job, however long it takes until Redis gives an answer.
 *
 * An error would cost BullMQ's loop 15 s, or, for a refusal, no time at all: it would ask thousands of
 * times a second. So a fetch is held while Redis is away or refuses, until its worker is paused or closed.
 * After a lost reply the job that it may have fetched is looked for before another one is taken.
 */
import { backoffDelay } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { orAborted, sleep } from '../base/wait.ts';
import { passingOf, toConnectionLost } from '../redis/connection-lost.ts';

const REFUSED_BACKOFF = { minDelayMs: 200, maxDelayMs: 5_000 };

/** What a fetch needs of its backend. */
export interface FetchOptions<T> {
  /** Sends it; may be called again. */
  readonly send: () => Promise<T>;
  /** The job that a lost reply had fetched. */
  readonly findLost: () => Promise<T | undefined>;
  /** Resolves when there is a connection. */
  readonly whenConnected: () => Promise<unknown>;
  /** Aborted when the worker is paused or closed. */
  readonly interrupted: AbortSignal;
  readonly onHeld: (reason: string) => void;
  readonly onResumed: (heldMs: number) => void;
  readonly clock?: Clock;
}

/**
 * Fetches until there is an answer, or until the worker was interrupted.
 *
 * @param failure of a first try; absent when none could be made
 */
export async function fetchHeld<T>(
  options: FetchOptions<T>,
  failure?: unknown,
): Promise<T | 'interrupted'> {
  const { clock = systemClock, interrupted } = options;
  let error = failure;
  let heldSince: number | undefined;
  let refused = 0;
  let replyLost = false;
  for (;;) {
    const lost = toConnectionLost(error);
    const refusal = passingOf(error);
    if (error !== undefined && !lost && !refusal) throw error;
    replyLost ||= lost?.sent === true;
    if (refusal) {
      if (heldSince === undefined) {
        heldSince = clock.monotonic();
        options.onHeld(refusal);
      }
      refused += 1;
      await sleep(backoffDelay(refused, REFUSED_BACKOFF), { clock, signal: interrupted });
    }
    await orAborted(options.whenConnected(), interrupted);
    if (interrupted.aborted) return 'interrupted';
    try {
      const fetched = (replyLost && (await options.findLost())) || (await options.send());
      if (heldSince !== undefined) options.onResumed(clock.monotonic() - heldSince);
      return fetched;
    } catch (next) {
      error = next;
    }
  }
}
