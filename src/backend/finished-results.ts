/**
 * Packs the result of a job and puts it away, before its acknowledgement is sent for the first time.
 *
 * While the store of large payloads is away a finished job waits for it, and its lock is renewed here, since BullMQ has
 * let go of the job by then. A worker that pauses or closes meanwhile has the job run again elsewhere: that is better than
 * a result that is lost. A result that is too large, or no JSON, fails the job for good: another attempt would return the
 * same.
 */
import { UnrecoverableError, WaitingError } from 'bullmq';
import { backoffDelay } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { after } from '../base/perhaps.ts';
import { orAborted, sleep } from '../base/wait.ts';
import type { Perhaps } from '../payloads/payload-codec.ts';
import { within } from './offloading.ts';
import { codeOf, inWords, isStoreDown } from './payload-failures.ts';
import type { QueuePayloads } from './queue-payloads.ts';

/** What finishing needs of its backend. */
export interface FinishedResultsOptions {
  readonly payloads: QueuePayloads;
  readonly lockMs: () => number;
  /** Aborted while the worker pauses or closes. */
  readonly interruption: () => AbortSignal;
  readonly keepLock: (jobId: string, token: string) => Promise<unknown>;
  /** Has the job wait again, as if it had not been fetched. */
  readonly handBack: (jobId: string, token: string) => Promise<unknown>;
  readonly clock?: Clock;
}

const BACKOFF = { minDelayMs: 200, maxDelayMs: 5_000 };
/** What the store may take while the worker pauses or closes. */
const LAST_TRY_MS = 2_000;

/** The results of one worker's jobs. */
export class FinishedResults {
  readonly #options: FinishedResultsOptions;
  readonly #clock: Clock;

  constructor(options: FinishedResultsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The arguments of `moveToCompleted` with the result as it is stored. Throws and rejects with what ends the job otherwise. */
  prepare(args: readonly unknown[]): Perhaps<readonly unknown[]> {
    const { payloads } = this.#options;
    const { id, parent } = args[0] as Finished;
    try {
      const json = payloads.jsonOf('result', args[1], id);
      if (json === undefined) return args;
      const packed = payloads.codec.pack('result', json);
      const stored = after(packed, (text) => this.#away(payloads, text, id, String(args[3])));
      const prepared = after(stored, (text) => {
        if (text === json) return args;
        // Its parent keeps the result, too.
        if (parent) payloads.noteIn(parent.queueKey);
        return args.with(1, JSON.parse(text));
      });
      return prepared instanceof Promise
        ? prepared.catch((error) => {
            throw toEnd(error, id, payloads.label);
          })
        : prepared;
    } catch (error) {
      throw toEnd(error, id, payloads.label);
    }
  }

  #away(payloads: QueuePayloads, packed: string, jobId: string, token: string): Perhaps<string> {
    const first = attempt(() => payloads.codec.offload('result', packed));
    return first instanceof Promise ? this.#insist(payloads, packed, first, jobId, token) : first;
  }

  async #insist(
    payloads: QueuePayloads,
    packed: string,
    first: Promise<string>,
    jobId: string,
    token: string,
  ): Promise<string> {
    const { interruption, handBack } = this.#options;
    const signal = interruption();
    const letGo = this.#keepLock(jobId, token);
    try {
      let underway = first;
      for (let tries = 1; ; tries += 1) {
        try {
          const stored = signal.aborted
            ? await within(underway, LAST_TRY_MS, this.#clock)
            : await orAborted(underway, signal);
          if (stored === 'aborted') continue;
          payloads.outage.answered();
          return stored;
        } catch (error) {
          if (!isStoreDown(error)) throw error;
          payloads.outage.held(error);
          if (signal.aborted) break;
          await sleep(backoffDelay(tries, BACKOFF), { signal, clock: this.#clock });
          underway = Promise.resolve(attempt(() => payloads.codec.offload('result', packed)));
        }
      }
    } finally {
      letGo();
    }
    await handBack(jobId, token);
    throw new WaitingError();
  }

  /** Renews the lock from time to time; the returned function ends that. */
  #keepLock(jobId: string, token: string): () => void {
    const { keepLock, lockMs } = this.#options;
    let cancel = (): void => {};
    const arm = (): void => {
      cancel = this.#clock.after(lockMs() / 3, () => {
        arm();
        keepLock(jobId, token).catch(() => {}); // Tried again soon; the acknowledgement looks, too.
      });
    };
    arm();
    return () => cancel();
  }
}

/** What is read of BullMQ's job. */
interface Finished {
  readonly id: string;
  readonly parent?: { readonly queueKey: string };
}

/** As a promise when it throws. */
function attempt(run: () => Perhaps<string>): Perhaps<string> {
  try {
    return run();
  } catch (error) {
    return Promise.reject(error);
  }
}

function toEnd(error: unknown, jobId: string, queue: string): unknown {
  const code = codeOf(error);
  if (code !== 'PAYLOAD_TOO_LARGE' && code !== 'DATA_INVALID') return error;
  return Object.assign(new UnrecoverableError(inWords(error, jobId, queue)), { cause: error });
}
