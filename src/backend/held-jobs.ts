/**
 * The jobs that a worker holds: fetched and not yet acknowledged, each with its token and its attempt.
 *
 * The attempt is what tells a job that is still ours from one that somebody else has taken over meanwhile:
 * every fetch counts it up in Redis.
 *
 * Kept by token, since a slot of a worker uses one token for all its jobs: the next job takes the place of the
 * last one, which costs next to nothing. Jobs that are fetched by hand may share a token.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import type { Fetched } from './find-fetched.ts';

/** A job that a worker holds. */
export interface Held {
  readonly jobId: string;
  readonly token: string;
  readonly name: string;
  /** BullMQ's count of started attempts, as this worker's fetch left it. */
  readonly attempt: number;
  /** Attempts that have failed before. */
  readonly attemptsMade: number;
  /** When it was fetched, epoch ms by this host. */
  readonly startedAt: number;
  /** When its fetch was answered, monotonic ms. */
  readonly takenAt: number;
}

/** What one worker holds. */
export class HeldJobs {
  readonly #byToken = new Map<string, Held>();
  /** Those whose token another job was fetched with meanwhile, by id. */
  readonly #sharing = new Map<string, Held>();
  readonly #onTaken: ((job: NonNullable<Fetched[0]>) => void) | undefined;
  readonly #clock: Clock;

  constructor(onTaken?: (job: NonNullable<Fetched[0]>) => void, clock: Clock = systemClock) {
    this.#onTaken = onTaken;
    this.#clock = clock;
  }

  /** How many. */
  get size(): number {
    return this.#byToken.size + this.#sharing.size;
  }

  /** All. */
  get all(): Held[] {
    return [...this.#byToken.values(), ...this.#sharing.values()];
  }

  /** Id → attempt, of all. */
  get attempts(): Record<string, number> {
    return Object.fromEntries(this.all.map(({ jobId, attempt }) => [jobId, attempt]));
  }

  /** A job, if it is held. */
  find(jobId: string, token: string): Held | undefined {
    const held = this.#byToken.get(token);
    return held?.jobId === jobId ? held : this.#sharing.get(jobId);
  }

  /** A fetch was answered, perhaps without a job. */
  took(fetched: Fetched | undefined, token: string): void {
    if (!fetched?.[0]) return;
    const other = this.#byToken.get(token);
    if (other && other.jobId !== fetched[1]) this.#sharing.set(other.jobId, other);
    this.#put(fetched[0], fetched[1], token);
  }

  /**
   * The acknowledgement of a job has ended, one way or the other.
   *
   * @param next what it fetched, perhaps nothing, perhaps the same job
   */
  left(jobId: string, token: string, next: Fetched | undefined): void {
    if (this.#byToken.get(token)?.jobId !== jobId) {
      this.#sharing.delete(jobId);
      this.took(next, token);
    } else if (next?.[0]) this.#put(next[0], next[1], token);
    else this.#byToken.delete(token);
  }

  #put(job: NonNullable<Fetched[0]>, jobId: string, token: string): void {
    // Written out: spreading objects on every job's path takes microseconds.
    this.#byToken.set(token, {
      jobId,
      token,
      name: job.name,
      attempt: job.attemptsStarted,
      attemptsMade: job.attemptsMade,
      startedAt: job.processedOn ?? 0,
      takenAt: this.#clock.monotonic(),
    });
    this.#onTaken?.(job);
  }
}
