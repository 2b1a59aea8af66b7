/**
 * BullMQ's `Job` as the queues, flows and workers of a coordinator make it: it says which job's data or result cannot
 * be stored, and never takes what is stored in place of a result for the result.
 *
 * Everything else is BullMQ's own.
 */
import {
  type IQueueBackend,
  Job,
  type JobProgress,
  type Queue,
  type QueueEvents,
  UnrecoverableError,
} from 'bullmq';
import { inWords } from '../backend/payload-failures.ts';
import { looksPacked } from '../backend/queue-payloads.ts';
import { CoordinatorError } from '../errors.ts';
import { readStoredHead } from '../payloads/stored-head.ts';
import { storing, toUnstorable } from '../payloads/unstorable.ts';

/** BullMQ's class of jobs. */
export type BullJob = typeof Job;

/** What BullMQ's `isFinished` answers. */
const [GONE, COMPLETED] = [-1, 1];
/** Codes of a result that cannot be stored. */
const IS_FINAL: ReadonlySet<string> = new Set(['DATA_INVALID', 'PAYLOAD_TOO_LARGE']);

/** A job that names itself. */
export class OwnJob extends Job {
  override asJSON(): ReturnType<Job['asJSON']> {
    return storing(inFull(this, 'data'), () => super.asJSON());
  }

  override async moveToCompleted(
    ...args: Parameters<Job['moveToCompleted']>
  ): ReturnType<Job['moveToCompleted']> {
    try {
      return await super.moveToCompleted(...args);
    } catch (error) {
      throw toEnd(this, error);
    }
  }

  override async updateData(data: unknown): Promise<void> {
    try {
      await super.updateData(data);
    } catch (error) {
      throw toUnstorable(error, inFull(this, 'data'));
    }
  }

  override async updateProgress(progress: JobProgress): Promise<void> {
    try {
      await super.updateProgress(progress);
    } catch (error) {
      throw toUnstorable(error, inFull(this, 'progress'));
    }
  }

  /** A listener hands on what is stored where it cannot read a result: whether it is one is asked then. */
  override async waitUntilFinished<B extends IQueueBackend, C>(
    // biome-ignore lint/suspicious/noExplicitAny: BullMQ's own signature.
    ...args: [queueEvents: QueueEvents<any, B, C>, ttl?: number]
    // biome-ignore lint/suspicious/noExplicitAny: BullMQ's own signature.
  ): Promise<any> {
    const result: unknown = await super.waitUntilFinished(...args);
    if (!looksPacked(result)) return result;
    const [status, answer] = (await this.backend.isFinished(this.id!, true)) as [number, string];
    if (status === COMPLETED) return JSON.parse(answer);
    if (status === GONE && readStoredHead(JSON.stringify(result)).form === 'plain') return result;
    throw new Error(answer);
  }
}

/** What is thrown when a result could not be stored: no other attempt, since that would return the same. */
export function toEnd(job: Job, error: unknown): unknown {
  const told = toUnstorable(error, inFull(job, 'result'));
  if (!(told instanceof CoordinatorError) || !IS_FINAL.has(told.code)) return error;
  const reason = inWords(told, job.id ?? '', job.queueName);
  return Object.assign(new UnrecoverableError(reason), { cause: told });
}

/** Has the templates of a queue's schedulers named when they cannot be stored. */
export function nameTemplates(queue: Queue): void {
  const upsert = queue.upsertJobScheduler.bind(queue);
  queue.upsertJobScheduler = async (id, ...rest) => {
    try {
      return await upsert(id, ...rest);
    } catch (error) {
      throw toUnstorable(error, `The data of job scheduler "${id}" of queue "${queue.name}"`);
    }
  };
}

/** A value of a job, as errors name it. */
export function inFull({ id, name, queueName }: Job, what: string): string {
  return `The ${what} of job ${id ? `${id} ("${name}")` : `"${name}"`} of queue "${queueName}"`;
}
