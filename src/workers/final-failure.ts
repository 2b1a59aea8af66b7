/**
 * Whether a job that has failed will not be tried again, told from what BullMQ's worker says of it. Pure.
 */
import { type Job, UnrecoverableError } from 'bullmq';

/** For listeners of a worker's `failed`. */
export function isFinalFailure({ opts, attemptsMade }: Job, error: Error): boolean {
  if (error instanceof UnrecoverableError || error.name === 'UnrecoverableError') return true;
  return attemptsMade >= Math.max(1, opts.attempts ?? 1);
}
