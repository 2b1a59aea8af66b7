/**
 * One registered processor and its worker.
 *
 * The worker is made when the coordinator starts, with the queue's own backend. It stands alone: nothing that
 * happens to it touches another registration.
 */
import { type Job, UnrecoverableError, Worker } from 'bullmq';
import { refusedConnection } from '../backend/backend-factory.ts';
import type { DroverBackend } from '../backend/drover-backend.ts';
import type { Logger } from '../config/options.ts';
import type { Config } from '../config/resolve-config.ts';
import { messageOf } from '../errors.ts';
import { type Announce, type CoordinatorEvents, Repetition } from '../events.ts';
import { queueLabel } from '../keys.ts';
import type { JobTypes, QueueDefinition } from '../queues/define-queue.ts';
import type { QueueManager } from '../queues/queue-manager.ts';
import type { ResolvedProcessOptions } from './process-options.ts';
import { type Processor, type ProcessorFile, RunningProcessor } from './processor.ts';
import type { Suspects } from './suspects.ts';

/** One worker as others may see it. */
export interface WorkerView {
  readonly queue: string;
  readonly slots: number;
  readonly active: number;
  /** When it last fetched or acknowledged; monotonic ms. */
  readonly lastFetchAt: number;
  /** Whether Redis is being asked for its jobs at this moment. */
  readonly isWaiting: boolean;
  readonly isPaused: boolean;
}

/** What all registrations share. */
export interface RegistrationContext {
  readonly config: Config;
  readonly queues: QueueManager;
  readonly logger: Logger;
  readonly announce: Announce;
  readonly suspects: Suspects;
  /** Called when a job starts and when it has ended. */
  readonly onChange: () => void;
}

/** What was registered. */
export interface Registered {
  readonly definition: QueueDefinition;
  readonly processor: Processor<JobTypes, unknown> | ProcessorFile;
  readonly options: ResolvedProcessOptions;
}

interface Running {
  readonly worker: Worker;
  readonly processor: RunningProcessor;
}

/** Makes and closes the worker of one processor. */
export class Registration {
  readonly definition: QueueDefinition;
  readonly #context: RegistrationContext;
  readonly #registered: Registered;
  #current: Running | undefined;

  constructor(context: RegistrationContext, registered: Registered) {
    this.definition = registered.definition;
    this.#context = context;
    this.#registered = registered;
  }

  /** BullMQ's worker, once it is started. */
  get worker(): Worker | undefined {
    return this.#current?.worker;
  }

  /** Jobs that run. */
  get active(): number {
    return this.#current?.processor.active ?? 0;
  }

  get view(): WorkerView | undefined {
    if (!this.#current) return undefined;
    const { worker, processor } = this.#current;
    const { lastFetchAt, isWaiting } = worker.getBackend() as unknown as DroverBackend;
    return {
      queue: this.definition.name,
      slots: worker.concurrency,
      active: processor.active,
      lastFetchAt,
      isWaiting,
      isPaused: worker.isPaused(),
    };
  }

  /** Makes the worker, which fetches from then on. Throws when BullMQ refuses it. */
  start(): void {
    this.#current = this.#create();
  }

  /** Takes no new jobs from this moment on; resolves when the running ones have ended. */
  async close(): Promise<void> {
    await this.#current?.worker.close();
  }

  /** Has the jobs that can be stopped go back to their queue. Only after `close`. */
  handBack(): void {
    this.#current?.processor.handBack();
  }

  /** Jobs that went back to their queue. */
  get handedBack(): number {
    return this.#current?.processor.handedBack ?? 0;
  }

  #create(): Running {
    const { config, queues } = this.#context;
    const label = queueLabel(config.prefix, this.definition.name);
    const processor = new RunningProcessor({ ...this.#context, ...this.#registered, label });
    const worker = new Worker(
      this.definition.name,
      processor.forBull,
      {
        ...this.#registered.options.worker,
        prefix: config.prefix,
        connection: refusedConnection(),
      },
      queues.factoryFor(this.definition),
    ) as unknown as Worker;
    this.#listen(worker);
    processor.attach(worker);
    return { worker, processor };
  }

  #listen(worker: Worker): void {
    const { announce } = this.#context;
    const queue = this.definition.name;
    const errors = new Repetition();
    worker.on('error', (error) => {
      const message = messageOf(error);
      announce('worker.error', { queue, message, repeated: errors.count(message) });
    });
    worker.on('stalled', (jobId) => announce('job.stalled', { queue, jobId }));
    worker.on('failed', (job, error) => {
      if (job) announce('job.failed', toFailure(queue, job, error));
    });
  }
}

function toFailure(queue: string, job: Job, error: Error): CoordinatorEvents['job.failed'] {
  const maxAttempts = Math.max(1, job.opts.attempts ?? 1);
  const attempt = job.attemptsMade;
  const isFinal = error instanceof UnrecoverableError || error.name === 'UnrecoverableError';
  return {
    queue,
    jobId: job.id ?? '',
    jobName: job.name,
    attempt,
    maxAttempts,
    final: isFinal || attempt >= maxAttempts,
    message: messageOf(error),
  };
}
