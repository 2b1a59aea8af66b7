/**
 * What is wrong with a payload, as BullMQ and the fleet are told.
 */
import { UnrecoverableError } from 'bullmq';
import { CoordinatorError, messageOf } from '../errors.ts';

/** Whether another try can help: the store of large payloads did not answer. */
export function isStoreDown(error: unknown): boolean {
  return codeOf(error) === 'BODY_STORE_UNAVAILABLE';
}

/** The code of a failure of a codec; PAYLOAD_UNREADABLE for what it did not foresee. */
export function codeOf(error: unknown): string {
  return error instanceof CoordinatorError ? error.code : 'PAYLOAD_UNREADABLE';
}

/** With its code, since BullMQ keeps of an error only its message. */
export function inWords(error: unknown, jobId: string, queue: string): string {
  return `${codeOf(error)}: job ${jobId} of queue ${queue}: ${messageOf(error)}`;
}

/** What makes BullMQ fail the job that meets it: without another try where that cannot help. */
export function toThrown(error: unknown, jobId: string, queue: string): Error {
  if (isStoreDown(error)) return error as Error;
  return Object.assign(new UnrecoverableError(inWords(error, jobId, queue)), { cause: error });
}

/** A store did not answer in time. */
export function storeTooSlow(waitedMs: number): CoordinatorError {
  return new CoordinatorError(
    'BODY_STORE_UNAVAILABLE',
    `The store of large payloads did not answer within ${Math.round(waitedMs)} ms`,
  );
}
