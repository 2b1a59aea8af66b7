/**
 * What a worker's backend remembers between its fetches: when it may begin, whether it was interrupted, and
 * when it last heard of a job.
 */
import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';

/**
 * A worker on sockets that are open already would fetch in the very turn in which it is made. With BullMQ it
 * first connects, and applications rely on that moment: they attach listeners after an `await`, or expect a
 * worker that already waits to get the job.
 */
const START_MS = 10;

/** The life of one worker, as its backend sees it. */
export class WorkerPulse {
  readonly #clock: Clock;
  #starting: Promise<void> | undefined;
  #hasStarted = false;
  #interruption = createInterruption();
  #lastFetchAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Whether the moment before the first fetch is over. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** When it last fetched or acknowledged, whether or not there was a job; monotonic ms. */
  get lastFetchAt(): number {
    return this.#lastFetchAt;
  }

  /** Aborted from when its wait is ended until it may wait again: while it pauses or closes. */
  get interruption(): AbortSignal {
    return this.#interruption.signal;
  }

  /** Resolves when it may fetch for the first time. */
  start(): Promise<void> {
    this.#starting ??= sleep(START_MS, { clock: this.#clock }).then(() => {
      this.#hasStarted = true;
    });
    return this.#starting;
  }

  /** It has fetched or acknowledged. */
  beat(): void {
    this.#lastFetchAt = this.#clock.monotonic();
  }

  interrupt(): void {
    this.#interruption.abort();
  }

  /** It may wait again. */
  resume(): void {
    if (this.#interruption.signal.aborted) this.#interruption = createInterruption();
  }
}

/** Every job of the worker that waits for something may listen: Node would take that for a leak. */
function createInterruption(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
