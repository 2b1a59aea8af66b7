/**
 * The workers of a process: one per registered processor, started together, ended by a deadline.
 *
 * Each registration stands alone: one that cannot be made is announced and harms no other. Before `start`
 * registrations are only remembered, so the order of `process` and `start` does not matter. In a web-only
 * process (`backgroundJobs: false`) nothing is registered at all.
 */
import { type Job, UnrecoverableError, Worker, type WorkerOptions } from 'bullmq';
import { refusedConnection } from '../backend/backend-factory.ts';
import type { DroverBackend } from '../backend/drover-backend.ts';
import { systemClock } from '../base/clock.ts';
import { withDeadline } from '../base/wait.ts';
import type { Logger } from '../config/options.ts';
import type { Config } from '../config/resolve-config.ts';
import { messageOf } from '../errors.ts';
import { type Announce, Repetition } from '../events.ts';
import { queueLabel } from '../keys.ts';
import type { JobTypes, QueueDefinition } from '../queues/define-queue.ts';
import type { QueueManager, QueueRef } from '../queues/queue-manager.ts';
import type { QueueHeartbeat } from '../queues/queue-stats.ts';
import { type Processor, type ProcessorFile, RunningProcessor } from './processor.ts';

/** How a processor is run: BullMQ's worker options but for what Drover sets itself. */
export type ProcessOptions = Omit<WorkerOptions, 'connection' | 'prefix' | 'autorun'>;

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

/** What the manager needs. */
export interface WorkerManagerOptions {
  readonly config: Config;
  readonly queues: QueueManager;
  readonly logger: Logger;
  readonly announce: Announce;
  readonly isRedisConfigured: boolean;
}

interface Registration {
  readonly definition: QueueDefinition;
  readonly create: () => Worker;
  worker: Worker | undefined;
  active: number;
}

/** Registers processors and runs their workers. */
export class WorkerManager {
  readonly #options: WorkerManagerOptions;
  readonly #registrations: Registration[] = [];
  readonly #rejected = new Map<string, string>();
  #started = false;
  #closing: Promise<number> | undefined;
  #lastActiveAt: number | null = null;

  constructor(options: WorkerManagerOptions) {
    this.#options = options;
  }

  /**
   * Registers the processor of a queue. Never throws: a registration that cannot be made is announced as
   * `processor.rejected`.
   *
   * @param how concurrency, or worker options; @default 1 job at a time
   */
  registerProcessor<Jobs extends JobTypes, Result>(
    ref: QueueRef<Jobs, Result>,
    processor: Processor<Jobs, Result> | ProcessorFile,
    how: number | ProcessOptions = {},
  ): boolean {
    if (!this.#options.config.backgroundJobs) return false;
    const name = typeof ref === 'string' ? ref : ref.name;
    try {
      const options = typeof how === 'number' ? { concurrency: how } : how;
      const definition = this.#options.queues.define(ref) as QueueDefinition;
      checkConcurrency(options.concurrency);
      const registration: Registration = {
        definition,
        create: () => this.#createWorker(registration, processor as never, options),
        worker: undefined,
        active: 0,
      };
      this.#registrations.push(registration);
      return this.#started ? this.#startOne(registration) : true;
    } catch (error) {
      this.#reject(name, error);
      return false;
    }
  }

  /** Starts all that is registered, and from now on each as it is registered. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const registration of [...this.#registrations]) this.#startOne(registration);
  }

  /** Queues whose processor could not be registered → why. */
  get rejected(): ReadonlyMap<string, string> {
    return this.#rejected;
  }

  /** When a job last started or ended here, epoch ms; null before the first. */
  get lastActiveAt(): number | null {
    return this.#lastActiveAt;
  }

  /** BullMQ's own workers of a queue in this process: to pause one, to cancel a job, to listen. */
  get(ref: QueueRef): Worker[] {
    const name = typeof ref === 'string' ? ref : ref.name;
    return this.#registrations.flatMap(({ definition, worker }) =>
      definition.name === name && worker ? [worker] : [],
    );
  }

  /** The running workers, as they are now. */
  get workers(): WorkerView[] {
    return this.#registrations.flatMap(({ definition, worker, active }) => {
      if (!worker) return [];
      const backend = worker.getBackend() as unknown as DroverBackend;
      const { lastFetchAt, isWaiting } = backend;
      const isPaused = worker.isPaused();
      return [
        {
          queue: definition.name,
          slots: worker.concurrency,
          active,
          lastFetchAt,
          isWaiting,
          isPaused,
        },
      ];
    });
  }

  /** What the heartbeat says: by label of the queue, all workers of this process together. */
  get heartbeat(): Record<string, QueueHeartbeat> {
    const beats: Record<string, QueueHeartbeat> = {};
    for (const { queue, slots, active } of this.workers) {
      const label = queueLabel(this.#options.config.prefix, queue);
      const sum = beats[label] ?? { workers: 0, slots: 0, active: 0 };
      beats[label] = {
        workers: sum.workers + 1,
        slots: sum.slots + slots,
        active: sum.active + active,
      };
    }
    return beats;
  }

  /**
   * Takes no new jobs and waits for the running ones, but not longer than `deadlineMs`.
   *
   * @returns how many jobs were still running; they are left to their locks
   */
  closeAll(deadlineMs: number): Promise<number> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<number> {
    this.#started = false;
    const workers = this.#registrations.flatMap(({ worker }) => worker ?? []);
    const closed = Promise.allSettled(workers.map((worker) => worker.close()));
    await withDeadline(closed, deadlineMs);
    return this.#registrations.reduce((sum, { active }) => sum + active, 0);
  }

  #startOne(registration: Registration): boolean {
    if (!this.#options.isRedisConfigured) return true; // Nothing to fetch from; said once at start.
    const { name } = registration.definition;
    try {
      registration.worker = registration.create();
      const { concurrency } = registration.worker;
      this.#options.announce('processor.registered', { queue: name, concurrency });
      return true;
    } catch (error) {
      this.#registrations.splice(this.#registrations.indexOf(registration), 1);
      this.#reject(name, error);
      return false;
    }
  }

  #createWorker(
    registration: Registration,
    processor: Processor<JobTypes, unknown> | ProcessorFile,
    options: ProcessOptions,
  ): Worker {
    const { definition } = registration;
    const { config, queues, logger } = this.#options;
    const count = (change: 1 | -1): void => this.#count(registration, change);
    const running =
      typeof processor === 'function'
        ? new RunningProcessor(definition, processor, logger, count)
        : undefined;
    const worker = new Worker(
      definition.name,
      running ? running.run : (processor as ProcessorFile),
      { ...options, prefix: config.prefix, connection: refusedConnection() },
      queues.factoryFor(definition),
    ) as unknown as Worker;
    this.#listen(worker, definition.name);
    if (running) running.attach(worker);
    else {
      worker.on('active', () => count(1));
      worker.on('completed', () => count(-1));
      worker.on('failed', () => count(-1));
    }
    return worker;
  }

  #count(registration: Registration, change: 1 | -1): void {
    registration.active += change;
    this.#lastActiveAt = systemClock.now();
  }

  #listen(worker: Worker, queue: string): void {
    const { announce } = this.#options;
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

  #reject(queue: string, error: unknown): void {
    const message = messageOf(error);
    this.#rejected.set(queue, message);
    this.#options.announce('processor.rejected', { queue, message });
  }
}

function toFailure(queue: string, job: Job, error: Error) {
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

function checkConcurrency(concurrency: number | undefined): void {
  if (concurrency === undefined || (Number.isFinite(concurrency) && concurrency >= 1)) return;
  throw new Error(`concurrency must be at least 1, got ${concurrency}`);
}
