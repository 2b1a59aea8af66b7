/**
 * Counts what a pool runs. Called twice on every job's path of a pool: adds numbers and makes nothing.
 *
 * Busy time is an integral: at every start and end, and when it is read, the slots that were busy until then are
 * multiplied with the time since. So a job that runs for an hour is seen while it runs.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import type { PoolFigures } from './pool-figures.ts';

/** One run of a job, as far as it is counted here. */
export interface CountedRun {
  /** Monotonic ms; set here. */
  startedAt: number;
}

/** The figures of one pool in one process. */
export class PoolCount {
  readonly #clock: Clock;
  #running = 0;
  #changedAt: number;
  #started = 0;
  #ended = 0;
  #returned = 0;
  #busyMs = 0;
  #runMs = 0;
  #runMsSquared = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#changedAt = clock.monotonic();
  }

  start(run: CountedRun): void {
    run.startedAt = this.#advance();
    this.#running += 1;
    this.#started += 1;
  }

  /** @param isReturned it waits for a slot again, with no attempt used */
  end(run: CountedRun, isReturned: boolean): void {
    const now = this.#advance();
    this.#running -= 1;
    this.#ended += 1;
    if (isReturned) {
      this.#returned += 1;
      return;
    }
    const ranMs = now - run.startedAt;
    this.#runMs += ranMs;
    this.#runMsSquared += ranMs * ranMs;
  }

  /** As they are at this moment. */
  get figures(): PoolFigures {
    this.#advance();
    return {
      started: this.#started,
      ended: this.#ended,
      returned: this.#returned,
      busyMs: Math.round(this.#busyMs),
      runs: this.#ended - this.#returned,
      runMs: Math.round(this.#runMs),
      runMsSquared: Math.round(this.#runMsSquared),
    };
  }

  #advance(): number {
    const now = this.#clock.monotonic();
    this.#busyMs += this.#running * (now - this.#changedAt);
    this.#changedAt = now;
    return now;
  }
}
