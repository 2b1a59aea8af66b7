/**
 * Bounds how long jobs may run: first the signal, then a grace, then the slot is given free.
 *
 * Two timers for all jobs of a worker. A processor that ends within the grace decides by how: a result counts,
 * since the work is done; an error is the timeout's. One that goes on cannot be ended in this process: its job
 * fails without it, and what it returns or throws later is ignored and announced.
 */
import type { Job } from 'bullmq';
import { type Clock, systemClock } from '../base/clock.ts';
import { type Deadline, Deadlines } from '../base/deadlines.ts';
import { formatDuration } from '../base/units.ts';
import { CoordinatorError } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { RunningJob } from './running-job.ts';

/** What the timeouts of a worker need. */
export interface TimeoutOptions {
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly announce: Announce;
  /** Ends a job's own process or thread; absent when jobs run in this process. */
  readonly endChild?: (running: RunningJob) => void;
  readonly clock?: Clock;
}

interface Run {
  readonly job: Job;
  readonly running: RunningJob;
  readonly fail: (error: CoordinatorError) => void;
  /** Of its limit, then of its grace. */
  deadline?: Deadline<Run>;
  /** When its slot was given free although it went on, monotonic ms. */
  abandonedAt?: number;
}

/** The time limit of one worker's jobs. */
export class Timeouts {
  readonly #options: TimeoutOptions;
  readonly #clock: Clock;
  readonly #limits: Deadlines<Run>;
  readonly #graces: Deadlines<Run>;

  constructor(options: TimeoutOptions) {
    const { timeoutMs, graceMs, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    const background = inBackground(clock);
    this.#limits = new Deadlines(timeoutMs, (run) => this.#stop(run), background);
    this.#graces = new Deadlines(graceMs, (run) => this.#giveUp(run), background);
  }

  /** The outcome of `work`, or the failure of a job that did not stop in time. */
  bound<T>(job: Job, running: RunningJob, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const run: Run = { job, running, fail: reject };
      run.deadline = this.#limits.begin(run);
      work.then(
        (result) => {
          this.#end(run, 'returned');
          resolve(result);
        },
        (error) => {
          this.#end(run, 'threw');
          reject(error);
        },
      );
    });
  }

  #stop(run: Run): void {
    const { timeoutMs, announce } = this.#options;
    const limit = exactly(timeoutMs);
    const isFirst = run.running.stoppedBy === undefined;
    run.running.stop(
      new CoordinatorError('JOB_TIMED_OUT', `took longer than ${limit}, and stopped then`),
    );
    run.deadline = this.#graces.begin(run);
    if (isFirst) announce('job.timed-out', { ...about(run), timeoutMs });
  }

  #giveUp(run: Run): void {
    const { timeoutMs, graceMs, announce, endChild } = this.#options;
    endChild?.(run.running);
    if (!endChild) {
      run.abandonedAt = this.#clock.monotonic();
      announce('job.abandoned', { ...about(run), timeoutMs, graceMs });
    }
    run.fail(
      new CoordinatorError(
        'JOB_TIMED_OUT',
        `took longer than ${exactly(timeoutMs)}, and did not stop within the ${exactly(graceMs)} after its signal: ${endChild ? 'it was ended' : 'it may still be running in this process'}`,
      ),
    );
  }

  #end(run: Run, outcome: 'returned' | 'threw'): void {
    this.#limits.end(run.deadline);
    this.#graces.end(run.deadline);
    if (run.abandonedAt === undefined) return;
    const lateMs = Math.round(this.#clock.monotonic() - run.abandonedAt);
    this.#options.announce('result.ignored', { ...about(run), outcome, lateMs });
  }
}

function about({ job }: Run): { queue: string; jobId: string; jobName: string } {
  return { queue: job.queueName, jobId: job.id!, jobName: job.name };
}

/** A limit of 1.5 s is not one of 2 s. */
function exactly(ms: number): string {
  return ms < 1_000 || ms % 1_000 === 0 ? formatDuration(ms) : `${ms / 1_000}s`;
}

/** The time left to a job must not keep a process alive that has ended everything else. */
function inBackground(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, callback) => clock.after(delayMs, callback, { background: true }),
  };
}
