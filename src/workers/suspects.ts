/**
 * Tells a job that ends its process again and again from one that only stood beside it.
 *
 * A job whose lock ran out twice is a suspect: once happens to all who stood beside, and they start again at
 * once. Of all suspects in a process one runs at a time; the others are put back for a moment. Its starts are counted in Redis, and its end, whatever it is, takes the count back: what is
 * left is how often the process ended while this job was its only suspect. With `maxKills` of them it is failed
 * without running again. A Redis that cannot count lets it run. Jobs that are no suspects pay nothing.
 */
import { DelayedError, type Job, UnrecoverableError } from 'bullmq';
import { backoffDelay } from '../base/backoff.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { withDeadline } from '../base/wait.ts';
import { CoordinatorError } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import { toConnectionLost } from '../redis/connection-lost.ts';

/** What the suspects of a process need. */
export interface SuspectsOptions {
  readonly command: Connection;
  readonly keys: Keys;
  readonly announce: Announce;
  readonly clock?: Clock;
}

/** One queue's share in them. */
export interface Suspicion {
  /** Name of the queue inside Drover's keys. */
  readonly label: string;
  /** How often a job may end its process. */
  readonly maxKills: number;
}

/** Counts of jobs that nobody has run for so long are forgotten. */
const TTL_MS = 7 * 86_400_000;
const COUNT_WITHIN_MS = 1_000;
const PUT_BACK = { minDelayMs: 500, maxDelayMs: 3_000 };

const SUSPECT_STALLS = 2;

/** Whether this job may have ended a process. */
export function isSuspect({ stalledCounter }: Pick<Job, 'stalledCounter'>): boolean {
  return stalledCounter >= SUSPECT_STALLS;
}

/** The jobs of a process that may have ended another one. */
export class Suspects {
  readonly #options: SuspectsOptions;
  readonly #clock: Clock;
  #running: { key: string; jobId: string } | undefined;

  constructor(options: SuspectsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Runs a suspect by `run`, puts it back, or fails it for good. */
  async run(
    job: Job,
    token: string,
    { label, maxKills }: Suspicion,
    run: () => Promise<unknown>,
  ): Promise<unknown> {
    if (this.#running) return await this.#putBack(job, token);
    const suspect = { key: this.#options.keys.kills(label), jobId: job.id! };
    this.#running = suspect;
    try {
      const kills = await this.#countStart(suspect.key, suspect.jobId);
      if (kills >= maxKills) throw this.#condemn(job, kills);
      return await run();
    } finally {
      this.#running = undefined;
      void this.#forget(suspect.key, suspect.jobId);
    }
  }

  /** The process ends in good order: whatever still runs is not to blame for that. Best effort. */
  async forgive(): Promise<void> {
    if (this.#running) await this.#forget(this.#running.key, this.#running.jobId);
  }

  /** Without using an attempt, and the longer the more often it was. */
  async #putBack(job: Job, token: string): Promise<never> {
    const before = job.attemptsStarted - job.attemptsMade - job.stalledCounter;
    const delayMs = backoffDelay(before, PUT_BACK);
    await job.moveToDelayed(this.#clock.now() + delayMs, token);
    throw new DelayedError();
  }

  #condemn(job: Job, kills: number): Error {
    const { queueName: queue, name: jobName } = job;
    this.#options.announce('job.condemned', { queue, jobId: job.id!, jobName, kills });
    const cause = new CoordinatorError(
      'JOB_IS_POISON',
      `its process ended ${kills} times while it ran, and no other suspect ran there: it was not started again`,
    );
    return Object.assign(new UnrecoverableError(cause.message), { cause });
  }

  /** How often its process has ended so far; 0 when nobody can tell. */
  async #countStart(key: string, jobId: string): Promise<number> {
    const { command } = this.#options;
    if (!command.isReady) return 0;
    const counting = command
      .raw()
      .then((redis) => redis.multi().hincrby(key, jobId, 1).pexpire(key, TTL_MS).exec());
    const counted = await withDeadline(counting, COUNT_WITHIN_MS).catch(() => undefined);
    const [error, starts] = (counted?.settled && counted.value?.[0]) || [null, 1];
    return error ? 0 : Number(starts) - 1;
  }

  /** However long Redis is away. */
  async #forget(key: string, jobId: string): Promise<void> {
    for (;;) {
      try {
        const redis = await this.#options.command.raw();
        await redis.hdel(key, jobId);
        return;
      } catch (error) {
        if (!toConnectionLost(error)) return; // Closed for good, or refused: the count runs out by itself.
      }
    }
  }
}
