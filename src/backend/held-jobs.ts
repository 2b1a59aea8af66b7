/**
 * The jobs that a worker holds: fetched and not yet acknowledged, each with its token and its attempt.
 *
 * The attempt is what tells a job that is still ours from one that somebody else has taken over meanwhile:
 * every fetch counts it up in Redis.
 */
import type { Fetched } from './find-fetched.ts';

interface Held {
  readonly token: string;
  /** BullMQ's count of started attempts, as this worker's fetch left it. */
  readonly attempt: number;
}

/** What one worker holds. */
export class HeldJobs {
  readonly #held = new Map<string, Held>();

  get ids(): string[] {
    return [...this.#held.keys()];
  }

  /** A fetch was answered, perhaps without a job. */
  took(fetched: Fetched | undefined, token: string): void {
    const job = fetched?.[0];
    if (job) this.#held.set(fetched[1], { token, attempt: job.attemptsStarted });
  }

  /** Its acknowledgement has ended, one way or the other. */
  left(jobId: string): void {
    this.#held.delete(jobId);
  }

  tokenOf(jobId: string): string {
    return this.#held.get(jobId)?.token ?? '';
  }

  /** Id → attempt, of all. */
  get attempts(): Record<string, number> {
    return Object.fromEntries([...this.#held].map(([id, { attempt }]) => [id, attempt]));
  }
}
