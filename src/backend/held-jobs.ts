/**
 * The jobs that a worker holds: fetched and not yet acknowledged, each with its token and its attempt.
 *
 * The attempt is what tells a job that is still ours from one that somebody else has taken over meanwhile:
 * every fetch counts it up in Redis.
 *
 * Kept by token, since a slot of a worker uses one token for all its jobs: the next job takes the place of the
 * last one, which costs next to nothing. Jobs that are fetched by hand may share a token.
 */
import type { Fetched } from './find-fetched.ts';

interface Held {
  readonly jobId: string;
  readonly token: string;
  /** BullMQ's count of started attempts, as this worker's fetch left it. */
  readonly attempt: number;
}

/** What one worker holds. */
export class HeldJobs {
  readonly #byToken = new Map<string, Held>();
  /** Those whose token another job was fetched with meanwhile, by id. */
  readonly #sharing = new Map<string, Held>();

  /** All. */
  get all(): Held[] {
    return [...this.#byToken.values(), ...this.#sharing.values()];
  }

  /** Id → attempt, of all. */
  get attempts(): Record<string, number> {
    return Object.fromEntries(this.all.map(({ jobId, attempt }) => [jobId, attempt]));
  }

  /** A fetch was answered, perhaps without a job. */
  took(fetched: Fetched | undefined, token: string): void {
    if (!fetched?.[0]) return;
    const other = this.#byToken.get(token);
    if (other && other.jobId !== fetched[1]) this.#sharing.set(other.jobId, other);
    this.#put(fetched, token);
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
    } else if (next?.[0]) this.#put(next, token);
    else this.#byToken.delete(token);
  }

  #put([job, jobId]: Fetched, token: string): void {
    this.#byToken.set(token, { jobId, token, attempt: job!.attemptsStarted });
  }
}
