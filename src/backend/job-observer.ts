/**
 * Whoever wants to know what becomes of the jobs of this process: the port between the job plane and what
 * counts.
 *
 * Called on every job's path, at once and without a wait: an observer must be cheap, must not throw, and must
 * do no I/O. Backends ask for their queue's observer once.
 */
import type { JobJson } from 'bullmq';
import { plainLength } from '../payloads/stored-head.ts';

/** How a fetched job left this process again, as Redis has acknowledged it. */
export type JobOutcome =
  | 'completed'
  /** It failed and will be tried again. */
  | 'retried'
  /** It failed and will not be tried again. */
  | 'dead';

/** Hears about the jobs of one queue. */
export interface QueueObserver {
  /** This process has added `count` jobs of one name. */
  added(jobName: string, count: number): void;
  /**
   * A job was fetched.
   *
   * @param waitMs since it could have been fetched: since its add, or since its delay was over; undefined when
   *   it has been started before, since a retry is no waiting
   * @param dataLength of its data as JSON, in UTF-16 units, or bytes where it is stored packed
   */
  fetched(jobName: string, waitMs: number | undefined, dataLength: number): void;
  /** @param runMs from the fetch to the end of the processor; undefined when this process did not fetch it */
  ended(jobName: string, outcome: JobOutcome, runMs: number | undefined): void;
}

/** Hands out the observers of queues. */
export interface JobObserver {
  /** @param queueLabel name of the queue inside Drover's keys */
  queue(queueLabel: string): QueueObserver;
}

/**
 * How long a job could have been fetched before it was; undefined when it has been started before.
 *
 * Producer and worker each take the time from their own clock: what their clocks differ is in it. A flow's
 * parent waits from its add, so the time of its children is in it.
 */
export function waitMsOf(job: JobJson): number | undefined {
  if (job.attemptsMade > 0 || job.attemptsStarted !== 1 || !job.processedOn) return undefined;
  const since = Number(job.timestamp) + Number(job.opts?.delay ?? 0);
  return Math.max(0, job.processedOn - since);
}

/** The length of a job's data as JSON, whichever way it is stored. */
export function dataLengthOf({ data }: JobJson): number {
  return plainLength(data);
}
