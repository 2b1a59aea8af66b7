/**
 * Adds a job whose data is JSON text already, character by character: a number that JavaScript cannot hold stays what it
 * is. All else is BullMQ's own add, with the defaults of the queue, its telemetry and its backend.
 */
import { type Job, type JobsOptions, Queue } from 'bullmq';
import { makeJobsBy } from './extended-jobs.ts';

type BullJob = typeof Job;

/**
 * Adds it, unchecked by any schema.
 *
 * @param text JSON, as the queue's jobs are stored: where payloads keep dates, `{ "$date": "…" }`
 */
export function addText(
  queue: Queue,
  name: string,
  text: string,
  options: JobsOptions | undefined,
): Promise<Job> {
  const adding = Object.create(queue) as Queue;
  const { Job } = queue as unknown as { readonly Job: BullJob };
  makeJobsBy(adding, withText(Job, text));
  // The queue of this process has an `add` of its own, which would check and change the data.
  return Queue.prototype.add.call(adding, name, JSON.parse(text), options);
}

function withText(Job: BullJob, text: string): BullJob {
  return class TextJob extends Job {
    override asJSON(): ReturnType<Job['asJSON']> {
      return { ...super.asJSON(), data: text };
    }
  } as BullJob;
}
