/**
 * What is told of a job's data, result or progress that cannot be stored, and of a result that cannot be read: with
 * queue and job, which BullMQ's own errors do not name.
 */
import { type Job, type Queue, UnrecoverableError } from 'bullmq';
import { inWords } from '../backend/payload-failures.ts';
import { looksPacked } from '../backend/queue-payloads.ts';
import { CoordinatorError } from '../errors.ts';
import { readStoredHead } from '../payloads/stored-head.ts';
import { toUnstorable } from '../payloads/unstorable.ts';

/** What BullMQ's `isFinished` answers. */
const [GONE, COMPLETED] = [-1, 1];
/** Codes of a result that cannot be stored. */
const IS_FINAL: ReadonlySet<string> = new Set(['DATA_INVALID', 'PAYLOAD_TOO_LARGE']);

/**
 * The result that a listener handed on. It hands on what is stored where it cannot read a result, so Redis is asked
 * whether this is one: rejects when it cannot be read.
 */
export async function checkedResult(
  result: unknown,
  isFinished: () => Promise<unknown>,
): Promise<unknown> {
  if (!looksPacked(result)) return result;
  const [status, answer] = (await isFinished()) as [number, string];
  if (status === COMPLETED) return JSON.parse(answer);
  if (status === GONE && readStoredHead(JSON.stringify(result)).form === 'plain') return result;
  throw new Error(answer);
}

/** Names the value when `store` finds that it cannot be stored. */
export async function storingLater<T>(
  job: Job,
  what: 'data' | 'progress',
  store: () => Promise<T>,
): Promise<T> {
  try {
    return await store();
  } catch (error) {
    throw toUnstorable(error, inFull(job, what));
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
