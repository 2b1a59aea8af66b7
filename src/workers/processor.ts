/**
 * What users write to run a job, and how it is handed to BullMQ.
 *
 * BullMQ gives an abort signal only to functions that declare three parameters, so every processor is
 * wrapped in one that does. The wrapper also checks the result against the queue's schema and counts what
 * runs.
 */
import type { Job } from 'bullmq';
import type { Logger } from '../config/options.ts';
import type { JobTypes, QueueDefinition } from '../queues/define-queue.ts';
import { parseResult } from '../queues/parse-data.ts';
import type { JobOf } from '../queues/typed-queue.ts';

/** What a processor gets beside its job. */
export interface JobContext {
  /** The token that holds the job's lock; BullMQ's `moveTo…` methods ask for it. */
  readonly token: string;
  /** Aborted when the job is cancelled. Pass it on to whatever can be aborted. */
  readonly signal: AbortSignal;
  /** A logger that names the queue and the job on every line. */
  readonly logger: Logger;
  /** Appends a line to the job's own log in Redis. */
  log(line: string): Promise<void>;
  /** Sets the job's progress: a number, or any JSON object. */
  progress(value: number | object): Promise<void>;
}

/** Runs one job. What it returns is the result; what it throws makes the attempt fail. */
export type Processor<Jobs extends JobTypes, Result> = (
  job: JobOf<Jobs, Result>,
  context: JobContext,
) => Promise<Result> | Result;

/** A processor in a file of its own, which BullMQ runs in a child process or a worker thread. */
export type ProcessorFile = string | URL;

/** Called around each job that runs in this process. */
export interface RunCounter {
  started(): void;
  finished(): void;
}

type BullProcessor = (job: Job, token?: string, signal?: AbortSignal) => Promise<unknown>;

/** The processor as BullMQ calls it. */
export function toBullProcessor(
  definition: QueueDefinition,
  processor: Processor<JobTypes, unknown>,
  logger: Logger,
  counter: RunCounter,
): BullProcessor {
  // Three declared parameters, or there would be no signal.
  return async (job, token, signal) => {
    counter.started();
    try {
      const context = createContext(job, token!, signal!, logger);
      const result = await processor(job as JobOf<JobTypes, unknown>, context);
      return definition.result ? await parseResult(definition, result) : result;
    } finally {
      counter.finished();
    }
  };
}

function createContext(job: Job, token: string, signal: AbortSignal, logger: Logger): JobContext {
  return {
    token,
    signal,
    get logger() {
      return withJob(logger, job);
    },
    log: async (line) => {
      await job.log(line);
    },
    progress: (value) => job.updateProgress(value),
  };
}

function withJob(logger: Logger, job: Job): Logger {
  const about = {
    queue: job.queueName,
    jobId: job.id,
    jobName: job.name,
    attempt: job.attemptsMade + 1,
  };
  const write =
    (level: keyof Logger) =>
    (fields: object, message: string): void =>
      logger[level]({ ...about, ...fields }, message);
  return { info: write('info'), warn: write('warn'), error: write('error'), debug: write('debug') };
}
