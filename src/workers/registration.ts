/**
 * One registered processor and its worker.
 *
 * The worker is made when the coordinator starts, with the queue's own backend, and made again when it is stuck:
 * the old one takes nothing more, and is closed when its jobs have ended. A registration stands alone: nothing
 * that happens to it touches another one.
 */
import { type Job, Worker } from 'bullmq';
import { refusedConnection } from '../backend/backend-factory.ts';
import type { DroverBackend } from '../backend/drover-backend.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../config/options.ts';
import type { Config } from '../config/resolve-config.ts';
import { type CoordinatorError, messageOf } from '../errors.ts';
import { type Announce, type CoordinatorEvents, Repetition } from '../events.ts';
import { queueLabel } from '../keys.ts';
import type { Redactor } from '../payloads/redactor.ts';
import type { JobTypes, QueueDefinition } from '../queues/define-queue.ts';
import { makeJobsBy } from '../queues/extended-jobs.ts';
import type { QueueManager } from '../queues/queue-manager.ts';
import { refusalOf } from '../redis/connection-lost.ts';
import { isFinalFailure } from './final-failure.ts';
import { setLiveSlots } from './live-slots.ts';
import { Pool } from './pool.ts';
import type { ResolvedProcessOptions } from './process-options.ts';
import { type Processor, type ProcessorFile, RunningProcessor } from './processor.ts';
import { ended, handOn, listenersOf, type RunningWorker, retire } from './running-worker.ts';
import type { Suspects } from './suspects.ts';
import { judgeWorker, type Watch, type WorkerFacts } from './watchdog.ts';

/** One worker as others may see it. */
export interface WorkerView {
  readonly queue: string;
  /** 0 while its pool has none here, or the process is quiet. */
  readonly slots: number;
  readonly active: number;
  /** When it last fetched or acknowledged; monotonic ms. */
  readonly lastFetchAt: number;
  /** Whether Redis is being asked for its jobs at this moment. */
  readonly isWaiting: boolean;
  readonly isPaused: boolean;
  /** Whether the process was told to take no new jobs. */
  readonly isQuiet: boolean;
  /** How often it was replaced because it was connected and did not fetch. */
  readonly rebuilds: number;
}

/** What all registrations share. */
export interface RegistrationContext {
  readonly config: Config;
  readonly queues: QueueManager;
  readonly logger: Logger;
  readonly announce: Announce;
  readonly suspects: Suspects;
  /** Hides what is secret in the errors of jobs; undefined hides nothing. */
  readonly redactor: Pick<Redactor, 'textsNow'> | undefined;
  /** Called when a job starts and when it has ended. */
  readonly onChange: () => void;
}

/** What was registered. */
export interface Registered {
  readonly definition: QueueDefinition;
  readonly processor: Processor<JobTypes, unknown> | ProcessorFile;
  readonly options: ResolvedProcessOptions;
  /** Who registered it, in words; undefined: whoever has the queue. */
  readonly by?: string | undefined;
}

/** BullMQ waits not longer than this for delayed jobs, and `drainDelay` for others. */
const LONGEST_WAIT_MS = 10_000;
/** Makes and closes the worker of one processor. */
export class Registration {
  readonly definition: QueueDefinition;
  /** Scales its slots; undefined when they are as many as they were registered with. */
  readonly pool: Pool | undefined;
  readonly #context: RegistrationContext;
  readonly #registered: Registered;
  #current: RunningWorker | undefined;
  readonly #retired = new Set<RunningWorker>();
  #rebuilds = 0;
  #watch: Watch | undefined;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #isQuiet = false;
  /** Of a worker with `autorun: false`. */
  #hasRun = false;

  constructor(context: RegistrationContext, registered: Registered) {
    this.definition = registered.definition;
    this.#context = context;
    this.#registered = registered;
    const settings = registered.options.pool;
    this.pool = settings && new Pool({ queue: this.#label, settings, active: () => this.active });
  }

  /** BullMQ's worker, once it is started. */
  get worker(): Worker | undefined {
    return this.#current?.worker;
  }

  /** Who registered it, in words. */
  get by(): string | undefined {
    return this.#registered.by;
  }

  /** Whether it was registered with this very function or file. */
  runs(processor: unknown): boolean {
    return this.#registered.processor === processor;
  }

  /** Jobs that run, those of a worker that was replaced with them. */
  get active(): number {
    return this.#all.reduce((sum, { processor }) => sum + processor.active, 0);
  }

  /** Jobs that went back to their queue. */
  get handedBack(): number {
    return this.#all.reduce((sum, { processor }) => sum + processor.handedBack, 0);
  }

  get view(): WorkerView | undefined {
    if (!this.#current) return undefined;
    const { worker, backend, processor } = this.#current;
    const { lastFetchAt, isWaiting } = backend;
    return {
      queue: this.definition.name,
      slots: this.#slotsOf(worker),
      active: processor.active,
      lastFetchAt,
      isWaiting,
      isPaused: worker.isPaused() || this.#isAwaited(worker),
      isQuiet: this.#isQuiet,
      rebuilds: this.#rebuilds,
    };
  }

  /** Whether no new job is taken; running ones end. */
  set isQuiet(isQuiet: boolean) {
    if (this.#isQuiet === isQuiet) return;
    this.#isQuiet = isQuiet;
    if (this.pool) this.pool.isQuiet = isQuiet;
    else if (this.#current) this.#openSlots(this.#current);
  }

  /** Cancels a job that runs here; see `RunningProcessor.cancel`. */
  cancel(jobId: string, run: number | null, reason: CoordinatorError): boolean {
    return this.#all.some(({ processor }) => processor.cancel(jobId, run, reason));
  }

  /** Makes the worker, which fetches from then on. Throws when BullMQ refuses it. */
  start(): void {
    this.#current = this.#create();
    if (this.pool) this.pool.attach(this.#current);
    else if (this.#isQuiet) this.#openSlots(this.#current);
  }

  /** Takes no new jobs from this moment on; resolves when the running ones have ended. */
  async close(): Promise<void> {
    this.pool?.detach();
    await Promise.all([
      this.#current?.worker.close(),
      ...[...this.#retired].map(({ processor }) => ended(processor)),
    ]);
  }

  /** Has the jobs that can be stopped go back to their queue. Only after `close`. */
  handBack(): void {
    for (const { processor } of this.#all) processor.handBack();
  }

  noteRefusal(): void {
    this.#refusedAt = systemClock.monotonic();
  }

  /**
   * Looks whether the worker fetches, and replaces it when it is stuck.
   *
   * @param connection changes with every reconnect; undefined while there is none
   */
  watch(connection: number | undefined, afterMs: number): void {
    if (!this.#current) return;
    const facts = { ...this.#facts(this.#current), connection };
    const { watch, stuck } = judgeWorker(this.#watch, facts, afterMs);
    this.#watch = watch;
    if (stuck) this.#rebuild(this.#current, stuck);
  }

  /** Name of the queue inside Drover's keys. */
  get #label(): string {
    return queueLabel(this.#context.config.prefix, this.definition.name);
  }

  #slotsOf({ concurrency }: Worker): number {
    return this.pool?.slots ?? (this.#isQuiet ? 0 : concurrency);
  }

  /** Of a worker without a pool: all, or none. */
  #openSlots(running: RunningWorker): void {
    setLiveSlots(running, this.#slotsOf(running.worker));
  }

  get #all(): RunningWorker[] {
    return this.#current ? [this.#current, ...this.#retired] : [];
  }

  #facts({ worker, backend, processor }: RunningWorker): Omit<WorkerFacts, 'connection'> {
    const { lastFetchAt, isWaiting } = backend;
    return {
      now: systemClock.monotonic(),
      isClosing: worker.closing !== undefined,
      isPaused: worker.isPaused() || this.#isAwaited(worker),
      isRunning: worker.isRunning(),
      isWaiting,
      longestWaitMs: Math.max(LONGEST_WAIT_MS, (worker.opts.drainDelay ?? 0) * 1_000),
      isRateLimited: (worker as unknown as { isRateLimited(): boolean }).isRateLimited(),
      isRefused: this.#refusedAt > lastFetchAt,
      slots: this.#slotsOf(worker),
      active: processor.active,
      lastFetchAt,
    };
  }

  /** Whether its user has not called `run()` yet. */
  #isAwaited(worker: Worker): boolean {
    if (this.#registered.options.worker.autorun !== false || this.#hasRun) return false;
    this.#hasRun = worker.isRunning();
    return !this.#hasRun;
  }

  #rebuild(old: RunningWorker, reason: string): void {
    const next = this.#create();
    if (this.#hasRun) void next.worker.run().catch(() => {}); // As one that runs by itself: it tells of its errors.
    if (this.pool) this.pool.attach(next);
    else {
      next.worker.concurrency = old.worker.concurrency;
      if (this.#isQuiet) this.#openSlots(next);
    }
    handOn(old, next.worker);
    this.#current = next;
    this.#watch = undefined;
    this.#rebuilds += 1;
    this.#retired.add(old);
    void retire(old)
      .catch(() => {}) // What cannot be closed has told of it as an error of the worker.
      .then(() => this.#retired.delete(old));
    const queue = this.definition.name;
    this.#context.announce('worker.rebuilt', { queue, reason, rebuilds: this.#rebuilds });
  }

  #create(): RunningWorker {
    const { config, queues } = this.#context;
    const processor = new RunningProcessor({
      ...{ ...this.#context, ...this.#registered },
      ...{ label: this.#label, count: this.pool?.count },
    });
    const worker = new Worker(
      this.definition.name,
      processor.forBull,
      {
        ...(config.telemetry && { telemetry: config.telemetry }),
        ...this.#registered.options.worker,
        prefix: config.prefix,
        connection: refusedConnection(),
      },
      queues.factoryFor(this.definition),
    ) as unknown as Worker;
    // What is in a file of its own gets JSON, and says itself what is to become of it.
    if (typeof processor.forBull === 'function') makeJobsBy(worker, queues.job);
    this.#listen(worker);
    processor.attach(worker);
    const backend = worker.getBackend() as unknown as DroverBackend;
    return { worker, backend, processor, ownListeners: listenersOf(worker) };
  }

  #listen(worker: Worker): void {
    const { announce } = this.#context;
    const queue = this.definition.name;
    const errors = new Repetition();
    worker.on('error', (error) => {
      // Whoever is held up by a refusal that can pass says so: the fetch, the ack, the heartbeat.
      const refusal = refusalOf(error);
      if (refusal) this.noteRefusal();
      if (refusal && refusal !== 'NOPERM') return;
      const message = messageOf(error);
      // A whole slotful of jobs has the same trouble at once.
      const repeated = errors.count(message.replace(/\bjob \S+/, 'job'));
      announce('worker.error', { queue, message, repeated });
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
  return {
    queue,
    jobId: job.id ?? '',
    jobName: job.name,
    attempt,
    maxAttempts,
    final: isFinalFailure(job, error),
    message: messageOf(error),
  };
}
