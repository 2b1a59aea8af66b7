/**
 * A job while its processor runs, and what the processor gets beside it.
 *
 * Costs next to nothing until it is used: most processors never look at their signal, and making an
 * `AbortController` for every job took a tenth of a busy worker's throughput (measured). BullMQ makes one only
 * for processors that declare three parameters, so ours declares two, and the controller is asked of BullMQ's
 * own lock manager when the signal is first wanted, by the processor or by whoever cancels the job.
 */
import type { Job, LockManager } from 'bullmq';
import type { Logger } from '../config/options.ts';
import type { CoordinatorError } from '../errors.ts';

/** What a processor gets beside its job. Its members may be taken out: `async (job, { signal, log }) => …`. */
export interface JobContext {
  /** The token that holds the job's lock; BullMQ's `moveTo…` methods ask for it. */
  readonly token: string;
  /**
   * Aborted when the job is cancelled, when its time is up, and near the end of a stop; the reason says which. Pass
   * it on to whatever can be aborted, and throw then: a processor that returns has done its work, unless the job was
   * cancelled by an operator.
   */
  readonly signal: AbortSignal;
  /** A logger that names the queue and the job on every line. */
  readonly logger: Logger;
  /** Appends a line to the job's own log in Redis. */
  readonly log: (line: string) => Promise<void>;
  /** Sets the job's progress: a number, or any JSON object. */
  readonly progress: (value: number | object) => Promise<void>;
}

/** One run of one job. */
export class RunningJob implements JobContext {
  readonly token: string;
  /** Monotonic ms; set where its pool counts it. */
  startedAt = 0;
  readonly #job: Job;
  readonly #locks: () => LockManager;
  readonly #logger: Logger;
  #controller: AbortController | undefined;
  #hasLooked = false;
  #stoppedBy: CoordinatorError | undefined;
  #isOver = false;

  constructor(job: Job, token: string, locks: () => LockManager, logger: Logger) {
    this.token = token;
    this.#job = job;
    this.#locks = locks;
    this.#logger = logger;
  }

  get jobId(): string | undefined {
    return this.#job.id;
  }

  /** Which run of the job it is: BullMQ counts them. */
  get run(): number {
    return this.#job.attemptsStarted;
  }

  get jobName(): string {
    return this.#job.name;
  }

  get signal(): AbortSignal {
    this.#hasLooked = true;
    return this.arm().signal;
  }

  /** Whether its processor has looked at the signal: then it is taken to stop when it is told to. */
  get hasLooked(): boolean {
    return this.#hasLooked;
  }

  /** Why Drover told it to stop; undefined while it has not. */
  get stoppedBy(): CoordinatorError | undefined {
    return this.#stoppedBy;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Makes the controller of its signal, if there is none yet. */
  arm(): AbortController {
    this.#controller ??= this.#createController();
    return this.#controller;
  }

  /** Aborts its signal with `reason`. The first reason stays. */
  stop(reason: CoordinatorError): void {
    if (this.#stoppedBy || this.#isOver) return;
    this.#stoppedBy = reason;
    this.arm().abort(reason);
  }

  /** Aborts its signal for good: this reason replaces any before it. Tells whether it still runs. */
  cancel(reason: CoordinatorError): boolean {
    if (this.#isOver) return false;
    this.#stoppedBy = reason;
    this.arm().abort(reason);
    return true;
  }

  get logger(): Logger {
    const job = this.#job;
    const about = {
      queue: job.queueName,
      jobId: job.id,
      jobName: job.name,
      attempt: job.attemptsMade + 1,
    };
    const write =
      (level: keyof Logger) =>
      (fields: object, message: string): void =>
        this.#logger[level]({ ...about, ...fields }, message);
    return {
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      debug: write('debug'),
    };
  }

  get log(): JobContext['log'] {
    return async (line) => {
      await this.#job.log(line);
    };
  }

  get progress(): JobContext['progress'] {
    return (value) => this.#job.updateProgress(value);
  }

  /** The processor has ended: from now on nothing is asked of BullMQ for this run. */
  end(): void {
    this.#isOver = true;
  }

  #createController(): AbortController {
    if (this.#isOver) return new AbortController();
    const { id, processedOn } = this.#job;
    // Tracking again what is tracked already only adds the controller; with `true` there always is one. Its
    // type is that of a polyfill, which BullMQ uses only where the runtime has none.
    return this.#locks().trackJob(id!, this.token, processedOn!, true) as AbortController;
  }
}
