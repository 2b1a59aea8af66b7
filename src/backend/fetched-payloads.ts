/**
 * Opens the payload of a job that has been fetched, before BullMQ sees it.
 *
 * It never throws, since the job is active already: one whose data cannot be read is handed over marked, so that BullMQ
 * fails it without calling its processor and without another try, and what is stored stays. While the store of large
 * payloads is away the job goes back for some seconds without using an attempt, and the worker goes on.
 */
import type { JobJson } from 'bullmq';
import { backoffDelay } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { orAborted, sleep } from '../base/wait.ts';
import { isEnvelope } from '../payloads/envelope.ts';
import type { Perhaps } from '../payloads/payload-codec.ts';
import type { Fetched } from './find-fetched.ts';
import { within } from './offloading.ts';
import { inWords, isStoreDown } from './payload-failures.ts';
import { isPacked, type QueuePayloads } from './queue-payloads.ts';

/** What opening needs of its backend. */
export interface FetchedPayloadsOptions {
  readonly payloads: QueuePayloads;
  readonly lockMs: () => number;
  /** Aborted while the worker pauses or closes. */
  readonly interruption: () => AbortSignal;
  /** Has a job wait for so long, without using an attempt. */
  readonly sendBack: (jobId: string, token: string, delayMs: number) => Promise<unknown>;
  /** The worker looks for other jobs at once. */
  readonly lookOn: () => void;
  readonly clock?: Clock;
}

/** Longest that a fetched job waits for its store; a part of its lock, which nobody renews yet. */
const LONGEST_WAIT_MS = 10_000;
const BACKOFF = { minDelayMs: 100, maxDelayMs: 2_000 };
/** How long a job stays away that went back. */
const AWAY_MS = 5_000;
const AWAY_JITTER_MS = 10_000;

/** Opens what the fetches of one worker bring. */
export class FetchedPayloads {
  readonly #options: FetchedPayloadsOptions;
  readonly #clock: Clock;

  constructor(options: FetchedPayloadsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The fetch as BullMQ gets it, changed in place; undefined when its job went back. Never rejects. */
  open(fetched: Fetched | undefined, token: string): Perhaps<Fetched | undefined> {
    const job = fetched?.[0];
    return job && isPacked(job) ? this.#open(fetched, job, token) : fetched;
  }

  async #open(fetched: Fetched, job: JobJson, token: string): Promise<Fetched | undefined> {
    const { payloads } = this.#options;
    const [, jobId] = fetched;
    await within(payloads.showRest(job, jobId), this.#limitMs, this.#clock).catch(() => {});
    if (!isEnvelope(job.data)) return fetched;
    const stored = job.data;
    try {
      job.data = await this.#insist(payloads, stored);
      payloads.outageOf(stored).answered();
    } catch (error) {
      if (!isStoreDown(error)) {
        job.data = payloads.unreadable(error, stored, jobId);
        job.deferredFailure = inWords(error, jobId, payloads.label);
        return fetched;
      }
      payloads.outageOf(stored).held(error);
      await this.#sendBack(jobId, token);
      return undefined;
    }
    return fetched;
  }

  get #limitMs(): number {
    return Math.min(LONGEST_WAIT_MS, this.#options.lockMs() / 3);
  }

  /** Tries for as long as the lock allows. Rejects with BODY_STORE_UNAVAILABLE then, and with what another try cannot mend. */
  async #insist(payloads: QueuePayloads, stored: string): Promise<string> {
    const limitMs = this.#limitMs;
    const signal = this.#options.interruption();
    const startedAt = this.#clock.monotonic();
    for (let tries = 1; ; tries += 1) {
      const leftMs = limitMs - (this.#clock.monotonic() - startedAt);
      try {
        const opened = payloads.codec.unpack('data', stored);
        return await within(opened, leftMs, this.#clock);
      } catch (error) {
        const pauseMs = backoffDelay(tries, BACKOFF);
        if (!isStoreDown(error) || signal.aborted || pauseMs >= leftMs) throw error;
        await sleep(pauseMs, { signal, clock: this.#clock });
      }
    }
  }

  async #sendBack(jobId: string, token: string): Promise<void> {
    const delayMs = Math.round(AWAY_MS + Math.random() * AWAY_JITTER_MS);
    const { sendBack, lookOn, interruption } = this.#options;
    // Where it cannot be moved its lock is gone, or it runs out: the search for stalled jobs brings it back.
    await orAborted(sendBack(jobId, token, delayMs), interruption()).catch(() => {});
    lookOn();
  }
}
