/**
 * Tells Redis what became of a job, until it is known that Redis knows.
 *
 * A refused or lost acknowledgement must not turn a finished job into one that runs again, so it is repeated
 * for as long as Redis is away or refuses, and the job's lock is kept or taken again meanwhile. After a lost
 * reply, "not there", "no lock" or "not active" means that the lost one was carried out. The next job that a
 * lost reply had fetched is found again by its token.
 */
import { backoffDelay } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import { passingOf, toConnectionLost } from '../redis/connection-lost.ts';

/** BullMQ's script codes, as `error.code`. */
const MISSING_JOB = -1;
const MISSING_LOCK = -2;
const NOT_ACTIVE = -3;
const REFUSED_BACKOFF = { minDelayMs: 50, maxDelayMs: 2_000 };

/** What repeating an acknowledgement needs of its backend. */
export interface AcknowledgeOptions<T> {
  /** Sends it; may be called again. */
  readonly send: () => Promise<T>;
  /** Resolves when there is a connection; rejects when the backend is closed for good. */
  readonly whenConnected: () => Promise<unknown>;
  /** The answer to give when an earlier try turns out to have been carried out. */
  readonly alreadyDone: () => Promise<T>;
  /** Renews the job's lock, or takes it again when the job is still ours; tells whether it is held now. */
  readonly keepLock: () => Promise<boolean>;
  readonly onRetry: (tries: number, reason: string) => void;
  readonly clock?: Clock;
}

/**
 * Sends an acknowledgement again after a first try has failed, until it has been carried out exactly once.
 * Rejects with the failure when that is a real one, and when the backend is closed.
 */
export async function acknowledgeAgain<T>(
  failure: unknown,
  options: AcknowledgeOptions<T>,
): Promise<T> {
  const { clock = systemClock } = options;
  let error = failure;
  let mayBeDone = false;
  for (let tries = 1; ; tries += 1) {
    const lost = toConnectionLost(error);
    const refusal = passingOf(error);
    const code = (error as { code?: number } | undefined)?.code;
    const isMissing = code === MISSING_JOB || code === NOT_ACTIVE;
    if (lost) {
      mayBeDone ||= lost.sent;
      options.onRetry(tries, 'connection lost');
      await options.whenConnected();
    } else if (refusal) {
      mayBeDone ||= refusal === 'NOPERM'; // The one that can stop a script half way.
      options.onRetry(tries, refusal);
      await sleep(backoffDelay(tries, REFUSED_BACKOFF), { clock });
      await options.keepLock().catch(() => {}); // Redis refuses that too, as a rule.
    } else if (code !== MISSING_LOCK && !(isMissing && mayBeDone)) {
      throw error;
    }
    try {
      // A lock that ran out in an outage is taken again; where it cannot be, the job is no longer ours.
      const isGone = isMissing || (code === MISSING_LOCK && !(await options.keepLock()));
      if (isGone && !mayBeDone) break;
      return await (isGone ? options.alreadyDone() : options.send());
    } catch (next) {
      error = next; // Of either: the connection may break again.
    }
  }
  throw error;
}
