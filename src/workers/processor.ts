/**
 * What users write to run a job, and how it is handed to BullMQ.
 *
 * The wrapper gives the processor its context and its time limit, checks the result against the queue's schema,
 * and knows what runs. It must not declare a third parameter: see `running-job.ts`.
 */
import {
  type Job,
  type LockManager,
  RATE_LIMIT_ERROR,
  UnrecoverableError,
  WaitingError,
  type Worker,
} from 'bullmq';
import { createDeferred, type Deferred } from '../base/deferred.ts';
import { type Link, LinkedList } from '../base/linked-list.ts';
import { sleep } from '../base/wait.ts';
import type { Logger } from '../config/options.ts';
import { CoordinatorError } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Redactor } from '../payloads/redactor.ts';
import type { JobTypes, QueueDefinition } from '../queues/define-queue.ts';
import { reviveForProcessor } from '../queues/extended-jobs.ts';
import { parseResult } from '../queues/parse-data.ts';
import type { JobOf } from '../queues/typed-queue.ts';
import { ChildProcesses } from './child-processes.ts';
import type { PoolCount } from './pool-count.ts';
import type { ResolvedProcessOptions } from './process-options.ts';
import { type JobContext, RunningJob } from './running-job.ts';
import { isSuspect, type Suspects } from './suspects.ts';
import { asError } from './thrown.ts';
import { Timeouts } from './timeouts.ts';
import { withoutSecrets } from './without-secrets.ts';

/** Runs one job. What it returns is the result; what it throws makes the attempt fail. */
export type Processor<Jobs extends JobTypes, Result> = (
  job: JobOf<Jobs, Result>,
  context: JobContext,
) => Promise<Result> | Result;

/** A processor in a file of its own, which BullMQ runs in a child process or a worker thread. */
export type ProcessorFile = string | URL;

/** What running a processor needs. */
export interface RunningProcessorOptions {
  readonly definition: QueueDefinition;
  readonly processor: Processor<JobTypes, unknown> | ProcessorFile;
  readonly options: ResolvedProcessOptions;
  readonly logger: Logger;
  readonly announce: Announce;
  readonly suspects: Suspects;
  /** Name of the queue inside Drover's keys. */
  readonly label: string;
  /** Called when a job starts and when it has ended. */
  readonly onChange: () => void;
  /** What the pool counts; undefined without a pool. */
  readonly count: PoolCount | undefined;
  /** Hides what is secret in the errors of jobs; undefined hides nothing. */
  readonly redactor: Pick<Redactor, 'textsNow'> | undefined;
}

/** The processor of a worker, with what it runs at the moment. */
export class RunningProcessor {
  readonly #options: RunningProcessorOptions;
  readonly #running = new LinkedList<RunningJob>();
  readonly #cancelled = new WeakSet<RunningJob>();
  #handedBack = 0;
  #timeouts: Timeouts | undefined;
  #children: ChildProcesses | undefined;
  #isClosing: () => boolean = () => false;
  #idle: Deferred<void> | undefined;
  #execute: (job: Job, running: RunningJob) => Promise<unknown> | unknown;
  #locks: () => LockManager = () => {
    throw new Error('The worker is not attached yet');
  };

  constructor(options: RunningProcessorOptions) {
    const { processor } = options;
    this.#options = options;
    this.#execute = processor as (job: Job, running: RunningJob) => unknown;
  }

  /** What BullMQ is given as its processor. */
  get forBull(): ProcessorFile | ((job: Job, token?: string) => Promise<unknown>) {
    const { processor } = this.#options;
    return typeof processor === 'function' ? this.#begin : processor;
  }

  /** How many jobs run. */
  get active(): number {
    return this.#running.size;
  }

  /** How many jobs went back to their queue because the worker was closing. */
  get handedBack(): number {
    return this.#handedBack;
  }

  /**
   * Tells the running jobs that can be stopped to stop; each goes back to its queue as soon as it has. The worker
   * must be closing already, or it would fetch the same jobs again.
   */
  handBack(): void {
    const { abortable } = this.#options.options;
    for (const running of this.#running)
      if (abortable ?? running.hasLooked) running.stop(handedBack());
  }

  /**
   * Cancels a job that runs here: it fails for good, at once when its processor follows the signal, at its end when it
   * does not. One in a process of its own is ended after the grace. Tells whether it runs here.
   *
   * @param run which run of the job is meant; null: any
   */
  cancel(jobId: string, run: number | null, reason: CoordinatorError): boolean {
    for (const running of this.#running) {
      if (running.jobId !== jobId || (run !== null && running.run !== run)) continue;
      if (!running.cancel(reason)) continue;
      this.#tellCancelled([running]);
      void this.#endLater(running);
      return true;
    }
    return false;
  }

  /** From now on a job that still arrives goes back to its queue. Resolves when the running ones have ended. */
  async retire(): Promise<void> {
    this.#isClosing = () => true;
    if (this.#running.size === 0) return;
    this.#idle ??= createDeferred();
    await this.#idle.promise;
  }

  /**
   * Follows `worker`: a processor in a file is run through here too, and the worker's `cancelJob` and
   * `cancelAllJobs` reach jobs that have not looked at their signal yet.
   */
  attach(worker: Worker): void {
    // Protected in BullMQ's types; its methods are public. A test cancels a job and would notice a change.
    this.#locks = () => (worker as unknown as { lockManager: LockManager }).lockManager;
    this.#isClosing = () => worker.closing !== undefined;
    const { processor } = this.#options;
    if (typeof processor !== 'function') {
      const children = new ChildProcesses(worker, this.#begin);
      this.#children = children;
      this.#execute = (job, running) => children.execute(job, running);
    }
    this.#limit(this.#children);
    const cancelJob = worker.cancelJob.bind(worker);
    const cancelAllJobs = worker.cancelAllJobs.bind(worker);
    worker.cancelJob = (id, reason) => {
      const called = [...this.#running].filter(({ jobId }) => jobId === id);
      for (const running of called) running.arm();
      const isCancelled = cancelJob(id, reason);
      if (isCancelled) this.#tellCancelled(called);
      return isCancelled;
    };
    worker.cancelAllJobs = (reason) => {
      const called = [...this.#running];
      for (const running of called) running.arm();
      cancelAllJobs(reason);
      this.#tellCancelled(called);
    };
  }

  /** Ends idle children that there are no slots for. */
  keepChildren(slots: number): void {
    this.#children?.keep(slots);
  }

  async #endLater(running: RunningJob): Promise<void> {
    if (!this.#children) return;
    await sleep(this.#options.options.timeoutGraceMs, { background: true });
    if (!running.isOver) this.#children.end(running);
  }

  /** Once for each job, however often it is cancelled. */
  #tellCancelled(called: readonly RunningJob[]): void {
    const { announce, definition } = this.#options;
    for (const running of called) {
      if (this.#cancelled.has(running)) continue;
      this.#cancelled.add(running);
      const { jobId = '', jobName } = running;
      announce('job.cancelled', { queue: definition.name, jobId, jobName });
    }
  }

  #limit(children: ChildProcesses | undefined): void {
    const { definition, options, announce } = this.#options;
    const { timeoutMs } = definition;
    if (timeoutMs === undefined) return;
    this.#timeouts = new Timeouts({
      ...{ timeoutMs, graceMs: options.timeoutGraceMs, announce },
      ...(children && { endChild: (running: RunningJob) => children.end(running) }),
    });
  }

  readonly #begin = (job: Job, token?: string): Promise<unknown> => {
    const { options, suspects, label } = this.#options;
    const { maxKills } = options;
    if (!isSuspect(job) || maxKills === undefined || this.#isClosing())
      return this.#run(job, token);
    return suspects.run(job, token!, { label, maxKills }, () => this.#run(job, token));
  };

  /** Chained by hand: an async function more on every job's path can be measured. */
  readonly #run = (job: Job, token?: string): Promise<unknown> => {
    const { logger, onChange, count } = this.#options;
    const running = new RunningJob(job, token!, this.#locks, logger);
    const place = this.#running.append(running);
    count?.start(running);
    onChange();
    return this.#outcome(job, running).then(
      (result) => {
        // What it returned is not wanted any more.
        if (isCancellation(running.stoppedBy)) return this.#fail(job, place, IGNORED);
        this.#end(place, false);
        return result;
      },
      (error) => this.#fail(job, place, error),
    );
  };

  /** What the processor makes of the job, within its time. */
  #outcome(job: Job, running: RunningJob): Promise<unknown> {
    // A fetch was on its way when the worker was closed.
    if (this.#isClosing()) return Promise.reject(handedBack());
    const { definition } = this.#options;
    const called = this.#called(job, running);
    const bounded = this.#timeouts?.bound(job, running, called) ?? called;
    return definition.result ? bounded.then((result) => parseResult(definition, result)) : bounded;
  }

  /** Rejects with what tells BullMQ how it ended. */
  async #fail(job: Job, place: Link<RunningJob>, error: unknown): Promise<never> {
    const { value: running } = place;
    let isBack = false;
    try {
      const failure = running.stoppedBy ? failureOf(running.stoppedBy, error) : asError(error);
      const thrown = isHandBack(failure)
        ? await this.#moveBack(job, running.token)
        : this.#withoutSecrets(job, failure);
      isBack = isReturned(thrown);
      throw thrown;
    } finally {
      this.#end(place, isBack);
    }
  }

  #withoutSecrets(job: Job, failure: unknown): unknown {
    const { redactor, label } = this.#options;
    const hide = redactor?.textsNow(label, job.data);
    return hide ? withoutSecrets(failure, hide) : failure;
  }

  #end(place: Link<RunningJob>, isReturned: boolean): void {
    const { value: running } = place;
    running.end();
    this.#options.count?.end(running, isReturned);
    this.#running.remove(place);
    if (this.#running.size === 0) this.#idle?.resolve();
    this.#options.onChange();
  }

  /** Has a job wait again, first of all, as if it had not been fetched. Returns what tells BullMQ that it is gone. */
  async #moveBack(job: Job, token: string): Promise<WaitingError> {
    try {
      await job.moveToWait(token);
      this.#handedBack += 1;
    } catch {
      // Its lock is lost or Redis is gone: there is nothing left to tell Redis, and the lock brings it back.
    }
    return new WaitingError();
  }

  /** As a promise, also when it throws at once. */
  #called(job: Job, running: RunningJob): Promise<unknown> {
    try {
      if (this.#options.definition.payload?.types === 'extended') reviveForProcessor(job);
      return Promise.resolve(this.#execute(job, running));
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

/** What BullMQ's processors throw when they have moved their job themselves, or forbid another attempt. */
const DECIDED = [
  'DelayedError',
  'RateLimitError',
  'UnrecoverableError',
  'WaitingChildrenError',
  'WaitingError',
];

function handedBack(): CoordinatorError {
  const message = 'The process is stopping: the job goes back to its queue';
  return new CoordinatorError('JOB_HANDED_BACK', message);
}

/**
 * Whether the job waits again, as if it had not been fetched. Not when it was delayed: that one comes as new when its
 * time is there.
 */
function isReturned(thrown: unknown): boolean {
  const { name, message } = asError(thrown) as Error;
  return name === 'WaitingError' || message === RATE_LIMIT_ERROR;
}

function isHandBack(failure: unknown): boolean {
  return failure instanceof CoordinatorError && failure.code === 'JOB_HANDED_BACK';
}

/** Thrown for a processor that went on to its end although its job was cancelled. */
const IGNORED: Error = new Error('its processor went on to its end all the same');

function isCancellation(reason: CoordinatorError | undefined): reason is CoordinatorError {
  return reason?.code === 'JOB_CANCELLED';
}

/** Why the attempt of a job failed that was told to stop: because of that, unless it decided otherwise itself. */
function failureOf(stoppedBy: CoordinatorError, error: unknown): unknown {
  const { name, code } = error as { name?: string; code?: string };
  if (isCancellation(stoppedBy) && !DECIDED.includes(name ?? '')) {
    const how = error === IGNORED ? `; ${IGNORED.message}, and its result was dropped` : '';
    return Object.assign(new UnrecoverableError(`${stoppedBy.message}${how}`), { cause: error });
  }
  if (code === stoppedBy.code || DECIDED.includes(name ?? '')) return error;
  return new CoordinatorError(stoppedBy.code, stoppedBy.message, { cause: error });
}
