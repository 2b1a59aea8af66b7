/**
 * Remembers the jobs on whose behalf a script was stopped half way: a command inside it was denied by an ACL.
 *
 * That is the one refusal after which something may have been written: a job's hash without its place in the
 * queue, for one. Whoever sees such an error notes it here, with the job when it is known; the search for
 * orphans looks only when there is something to look for. Bounded, in memory, of this process alone.
 */
import { stoppedHalfway } from '../redis/connection-lost.ts';

/** A job as its key is made: `<queueKey><id>`. */
export interface HalfwayJob {
  /** Prefix of the queue's keys, with the colon at its end. */
  readonly queueKey: string;
  readonly jobId: string;
}

const MOST_JOBS = 10_000;

/** What of this process was stopped half way and has not been looked after yet. */
export class Halfway {
  readonly #jobs = new Map<string, HalfwayJob>();
  readonly #queues = new Set<string>();

  /** Prefixes of the keys of the queues concerned. */
  get queueKeys(): readonly string[] {
    return [...this.#queues];
  }

  /** Notes `error` if it is of this kind; tells whether it was. */
  note(error: unknown, queueKey: string, jobId?: string): boolean {
    if (!stoppedHalfway(error)) return false;
    this.#queues.add(queueKey);
    if (jobId && this.#jobs.size < MOST_JOBS) this.#jobs.set(queueKey + jobId, { queueKey, jobId });
    return true;
  }

  /** Whether this job is remembered. */
  has({ queueKey, jobId }: HalfwayJob): boolean {
    return this.#jobs.size > 0 && this.#jobs.has(queueKey + jobId);
  }

  /** This job is whole again. */
  forget({ queueKey, jobId }: HalfwayJob): void {
    this.#jobs.delete(queueKey + jobId);
  }

  /** A queue has been looked through. */
  forgetQueue(queueKey: string): void {
    this.#queues.delete(queueKey);
    for (const [key, job] of this.#jobs) if (job.queueKey === queueKey) this.#jobs.delete(key);
  }
}
