/**
 * What users write to run a job, and how it is handed to BullMQ.
 *
 * The wrapper gives the processor its context, checks the result against the queue's schema, and knows what
 * runs. It must not declare a third parameter: see `running-job.ts`.
 */
import type { Job, LockManager, Worker } from 'bullmq';
import type { Logger } from '../config/options.ts';
import type { JobTypes, QueueDefinition } from '../queues/define-queue.ts';
import { parseResult } from '../queues/parse-data.ts';
import type { JobOf } from '../queues/typed-queue.ts';
import { type JobContext, RunningJob } from './running-job.ts';

/** Runs one job. What it returns is the result; what it throws makes the attempt fail. */
export type Processor<Jobs extends JobTypes, Result> = (
  job: JobOf<Jobs, Result>,
  context: JobContext,
) => Promise<Result> | Result;

/** A processor in a file of its own, which BullMQ runs in a child process or a worker thread. */
export type ProcessorFile = string | URL;

/** The processor of a worker, with what it runs at the moment. */
export class RunningProcessor {
  readonly #definition: QueueDefinition;
  readonly #processor: Processor<JobTypes, unknown>;
  readonly #logger: Logger;
  readonly #onChange: (change: 1 | -1) => void;
  readonly #running = new Map<string, RunningJob>();
  #locks: () => LockManager = () => {
    throw new Error('The worker is not attached yet');
  };

  /** @param onChange called with 1 when a job starts and with −1 when it has ended */
  constructor(
    definition: QueueDefinition,
    processor: Processor<JobTypes, unknown>,
    logger: Logger,
    onChange: (change: 1 | -1) => void,
  ) {
    this.#definition = definition;
    this.#processor = processor;
    this.#logger = logger;
    this.#onChange = onChange;
  }

  /** The function for BullMQ. */
  readonly run = async (job: Job, token?: string): Promise<unknown> => {
    const running = new RunningJob(job, token!, this.#locks, this.#logger);
    this.#running.set(job.id!, running);
    this.#onChange(1);
    try {
      const result = await this.#processor(job as JobOf<JobTypes, unknown>, running);
      return this.#definition.result ? await parseResult(this.#definition, result) : result;
    } finally {
      running.end();
      this.#running.delete(job.id!);
      this.#onChange(-1);
    }
  };

  /** Has the worker's `cancelJob` and `cancelAllJobs` reach jobs that have not looked at their signal yet. */
  attach(worker: Worker): void {
    // Protected in BullMQ's types; its methods are public. A test cancels a job and would notice a change.
    this.#locks = () => (worker as unknown as { lockManager: LockManager }).lockManager;
    const cancelJob = worker.cancelJob.bind(worker);
    const cancelAllJobs = worker.cancelAllJobs.bind(worker);
    worker.cancelJob = (id, reason) => {
      this.#arm(this.#running.get(id));
      return cancelJob(id, reason);
    };
    worker.cancelAllJobs = (reason) => {
      for (const running of this.#running.values()) this.#arm(running);
      cancelAllJobs(reason);
    };
  }

  /** Looking at the signal makes its controller. */
  #arm(running: RunningJob | undefined): AbortSignal | undefined {
    return running?.signal;
  }
}
