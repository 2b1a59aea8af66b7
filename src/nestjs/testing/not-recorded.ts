/**
 * What recorded queues do not have: it throws with its name, so that no test passes on an answer that was made up.
 */
import { RedisQueueBackend } from 'bullmq';
import { CoordinatorError } from '../../errors.ts';

/** Has what BullMQ could ask of a Redis, and this backend has not, throw NOT_SUPPORTED. */
export function withoutTheRest<T extends object>(backend: T): T {
  for (const name of Object.getOwnPropertyNames(RedisQueueBackend.prototype)) {
    if (name in backend) continue;
    const refuse = (): never => {
      throw notRecorded(name);
    };
    Object.defineProperty(backend, name, { value: refuse });
  }
  return backend;
}

/** NOT_SUPPORTED for what recorded queues do not have. */
export function notRecorded(what: string): CoordinatorError {
  return new CoordinatorError(
    'NOT_SUPPORTED',
    `recorded queues have no ${what}: test it against a Redis`,
  );
}
