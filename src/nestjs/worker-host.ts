/**
 * What classes that run jobs may extend, as in `@nestjs/bullmq`: it gives them their worker.
 *
 * Extending it is not needed for `@QueueConsumer`. The worker is a getter that the registration puts on the instance:
 * a worker that is stuck is replaced by another one.
 */
import type { Job, Worker } from 'bullmq';

/** The property that holds the worker; hosts of `@nestjs/bullmq` have it, too. */
export const WORKER_PROPERTY = '_worker';

/** Runs the jobs of a queue in its `process`. */
export abstract class WorkerHost<T extends Worker = Worker> {
  /** Runs one job. What it returns is the result; what it throws makes the attempt fail. */
  abstract process(job: Job, token?: string, signal?: AbortSignal): Promise<unknown>;

  /**
   * BullMQ's own worker of this class. Throws before `onApplicationBootstrap`, and where there is none: without a
   * Redis, and in a process with `backgroundJobs: false`.
   */
  get worker(): T {
    const worker = (this as unknown as Record<string, unknown>)[WORKER_PROPERTY];
    if (worker) return worker as T;
    throw new Error(
      `"Worker" has not yet been initialized: ${this.constructor.name} has one from "onApplicationBootstrap" on, ` +
        'or after "BullRegistrar.register()" with "manualRegistration"; it has none where no Redis is configured, with `backgroundJobs: false`, or when it could not be registered',
    );
  }
}
