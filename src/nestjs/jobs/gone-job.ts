/**
 * Tells by what a method has thrown that its job is not its own any more: moved by itself, or on its way back to the
 * queue because the process stops. Whatever stands around the method must let that through. Pure.
 */
import { RATE_LIMIT_ERROR } from 'bullmq';
import { CoordinatorError } from '../../errors.ts';

/** By name, as BullMQ does it: there may be two copies of its classes. */
const MOVED = ['DelayedError', 'RateLimitError', 'WaitingChildrenError', 'WaitingError'];

/** @param signal of the job, where its method asks for it */
export function isGone(thrown: unknown, signal: AbortSignal | undefined): boolean {
  const { name, message } = (thrown ?? {}) as { name?: unknown; message?: unknown };
  if (MOVED.includes(name as string) || message === RATE_LIMIT_ERROR) return true;
  // Told to stop, it may throw anything.
  return isHandBack(thrown) || (signal?.aborted === true && isHandBack(signal.reason));
}

function isHandBack(reason: unknown): boolean {
  return reason instanceof CoordinatorError && reason.code === 'JOB_HANDED_BACK';
}
