/**
 * Tells Redis what became of a job, until it is known that Redis knows.
 *
 * A refused or lost acknowledgement must not turn a finished job into one that runs again. It is repeated
 * while Redis is away or refuses; after a lost reply, "not there", "no lock" or "not active" means that the
 * lost one was carried out. The next job that a lost reply had fetched is found again by its token.
 */
import { backoffDelay } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import { refusalOf, toConnectionLost } from '../redis/connection-lost.ts';

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
  /** Whether the job is still in `active`; then its lock is taken again, so that the ack can pass. */
  readonly relock: () => Promise<boolean>;
  /** How long refusals are waited out; afterwards the lock is gone and somebody else may have the job. */
  readonly patienceMs: number;
  readonly onRetry: (tries: number, reason: string) => void;
  readonly clock?: Clock;
}

/**
 * Sends an acknowledgement again after a first try has failed, until it has been carried out exactly once.
 * Rejects with the failure when that is a real one.
 */
export async function acknowledgeAgain<T>(
  failure: unknown,
  options: AcknowledgeOptions<T>,
): Promise<T> {
  const { clock = systemClock } = options;
  const startedAt = clock.monotonic();
  let error = failure;
  let replyLost = false;
  for (let tries = 1; ; tries += 1) {
    const lost = toConnectionLost(error);
    const refusal = refusalOf(error);
    if (lost) {
      replyLost ||= lost.sent;
      options.onRetry(tries, 'connection lost');
      await options.whenConnected();
    } else if (refusal && clock.monotonic() - startedAt < options.patienceMs) {
      options.onRetry(tries, refusal);
      await sleep(backoffDelay(tries, REFUSED_BACKOFF), { clock });
    } else if (replyLost && (await wasCarriedOut(error, options.relock))) {
      return await options.alreadyDone();
    } else if (!replyLost || codeOf(error) !== MISSING_LOCK) {
      throw error;
    }
    try {
      return await options.send();
    } catch (next) {
      error = next;
    }
  }
}

async function wasCarriedOut(error: unknown, relock: () => Promise<boolean>): Promise<boolean> {
  const code = codeOf(error);
  if (code === MISSING_JOB || code === NOT_ACTIVE) return true;
  return code === MISSING_LOCK && !(await relock());
}

function codeOf(error: unknown): number | undefined {
  return (error as { code?: number } | undefined)?.code;
}
