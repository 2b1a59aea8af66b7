/**
 * What a test sees of one queue: what was added to it, and a way to run it.
 */
import type { Job, JobsOptions, Worker } from 'bullmq';
import { systemClock } from '../../base/clock.ts';
import { CoordinatorError } from '../../errors.ts';
import { defineQueue, type JobTypes, type QueueDefinition } from '../../queues/define-queue.ts';
import type { QueueRef } from '../../queues/queue-manager.ts';
import type { NameOf, TypedQueue } from '../../queues/typed-queue.ts';
import { type Recording, recordCoordinator } from './record-coordinator.ts';
import type { StoredJob } from './recorded-jobs.ts';

/** A job of a flow that another one is linked with. */
export interface LinkedJob {
  readonly queue: string;
  readonly name: string;
}

/** One job as it was added. */
export type AddedJob<Jobs extends JobTypes> = {
  [N in NameOf<Jobs>]: {
    readonly name: N;
    readonly data: Jobs[N]['output'];
    /** Options that differ from the queue's defaults; `jobs` has all of them. */
    readonly options: JobsOptions;
    /** Given in a flow. */
    readonly parent?: LinkedJob;
    readonly children?: readonly LinkedJob[];
  };
}[NameOf<Jobs>];

/** Set by BullMQ, and not by who adds. */
const INTERNAL: readonly string[] = [
  'attempts',
  'parent',
  'repeat',
  'prevMillis',
  'timestamp',
  'repeatJobKey',
];
const RUNNABLE: readonly string[] = ['waiting', 'prioritized', 'delayed'];

/** A queue in a test. */
export class RecordedQueue<Jobs extends JobTypes = JobTypes, Result = unknown> {
  /** BullMQ's own queue, which records: pass it where a queue is asked for. */
  readonly queue: TypedQueue<Jobs, Result>;
  readonly #recording: Recording;
  readonly #definition: QueueDefinition;
  readonly #register: () => void;

  constructor(recording: Recording, ref: QueueRef<Jobs, Result>, register: () => void = () => {}) {
    this.#recording = recording;
    this.#register = register;
    this.#definition = recording.coordinator.queues.define(ref) as QueueDefinition;
    this.queue = recording.coordinator.queue(ref);
  }

  /** What was added, in this order, with what is planned by schedulers. */
  get added(): AddedJob<Jobs>[] {
    return this.#stored.map((stored) => {
      const { name, data } = this.#jobOf(stored, this.queue);
      const { jobs } = this.#recording;
      const parent = jobs.jobs.get(stored.json.parentKey ?? '');
      const children = jobs.childrenOf(stored).map(linkTo);
      return {
        ...{ name, data, options: this.#ownOptions(stored) },
        ...(parent && { parent: linkTo(parent) }),
        ...(children.length > 0 && { children }),
      } as AddedJob<Jobs>;
    });
  }

  /** The same as BullMQ's own jobs, as they are now: with their ids, all options, progress, results and errors. */
  get jobs(): Job[] {
    return this.#stored.map((stored) => this.#jobOf(stored, this.queue));
  }

  /**
   * Runs a job by the consumer of the queue, once and now, delayed or not. Resolves with its result, rejects with what
   * failed it; after that the job is completed, failed, or waits for its next attempt.
   *
   * @param which its place in `added`, or its id; @default 0
   */
  async run(which: number | string = 0): Promise<Result> {
    const stored = this.#find(which);
    return (await this.#run(stored)) as Result;
  }

  /**
   * Runs all jobs that wait or are delayed at this moment, one after the other, once each. Rejects with the first
   * failure; the jobs after that one are not run then.
   */
  async runAll(): Promise<Result[]> {
    const results: Result[] = [];
    for (const stored of this.#stored)
      if (RUNNABLE.includes(stored.state)) results.push((await this.#run(stored)) as Result);
    return results;
  }

  /** Forgets what was recorded. The next id is 1 again. */
  clear(): void {
    this.#recording.jobs.clear(this.#key);
  }

  /** From now on adds and reads reject with QUEUE_UNAVAILABLE, of all queues on the same Redis. */
  goDown(): void {
    this.#recording.jobs.isDown = true;
  }

  /** Has Redis back. */
  comeBack(): void {
    this.#recording.jobs.isDown = false;
  }

  get #key(): string {
    return this.queue.qualifiedName;
  }

  get #stored(): StoredJob[] {
    return this.#recording.jobs.of(this.#key);
  }

  #find(which: number | string): StoredJob {
    const all = this.#stored;
    const found = typeof which === 'number' ? all[which] : all.find(({ id }) => id === which);
    const what = `job ${typeof which === 'number' ? `at index ${which}` : `"${which}"`}`;
    if (!found)
      throw new CoordinatorError(
        'NOT_FOUND',
        `There is no ${what} of queue "${this.queue.name}": ${all.length} were added to it`,
      );
    if (found.state === 'completed' || found.state === 'failed')
      throw new CoordinatorError(
        'STATE_CONFLICT',
        `The ${what} of queue "${this.queue.name}" is ${found.state} already: add another one, or call retry() of it first`,
      );
    return found;
  }

  #jobOf(stored: StoredJob, owner: object): Job {
    const { job } = this.#recording.coordinator.queues;
    return job.fromJSON(owner as never, { ...stored.json }, stored.id);
  }

  /** By BullMQ's own worker, which retries, fails and tells as in production. */
  async #run(stored: StoredJob): Promise<unknown> {
    const worker = this.#worker();
    const { jobs } = this.#recording;
    stored.json.attemptsStarted += 1;
    stored.json.processedOn = systemClock.now();
    jobs.moveTo(stored, 'active');
    const job = this.#jobOf(stored, worker);
    let outcome: { result: unknown } | { error: unknown } | undefined;
    const onCompleted = (ended: Job, result: unknown): void => {
      if (ended === job) outcome = { result };
    };
    const onFailed = (ended: Job | undefined, error: unknown): void => {
      if (ended === job) outcome = { error };
    };
    worker.on('completed', onCompleted);
    worker.on('failed', onFailed);
    worker.emit('active', job, 'waiting');
    try {
      await worker.processJob(job, `${worker.id}:${stored.json.attemptsStarted}`, () => false);
    } finally {
      worker.off('completed', onCompleted);
      worker.off('failed', onFailed);
    }
    if (outcome && 'error' in outcome) throw outcome.error;
    return outcome?.result;
  }

  #worker(): Worker {
    const { name } = this.queue;
    const found = this.#recording.worker(name);
    if (found) return found;
    this.#register();
    const { rejected } = this.#recording.coordinator.workers;
    const worker = this.#recording.worker(name);
    if (worker) return worker;
    const why = rejected.get(name);
    throw new CoordinatorError(
      'NOT_FOUND',
      why === undefined
        ? `Nothing runs the jobs of queue "${name}" here: put its consumer into the testing module`
        : `Nothing runs the jobs of queue "${name}" here: ${why}`,
    );
  }

  #ownOptions({ json }: StoredJob): JobsOptions {
    const { defaultJobOptions } = this.#definition;
    const defaults = defaultJobOptions as Readonly<Record<string, unknown>>;
    const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
    const own = Object.entries(json.opts).filter(([name, value]) => {
      if (value === undefined || isSame(value, defaults[name])) return false;
      const isPlanned = json.repeatJobKey !== undefined && ['jobId', 'delay'].includes(name);
      return !isPlanned && !(INTERNAL.includes(name) && (name !== 'attempts' || value === 0));
    });
    return Object.fromEntries(own);
  }
}

/**
 * A queue for a class that is made by hand: `new PhotoService(recordedQueue(thumbnails).queue)`.
 *
 * @param ref its definition, or its name
 */
export function recordedQueue<Jobs extends JobTypes, Result>(
  ref: QueueRef<Jobs, Result>,
): RecordedQueue<Jobs, Result> {
  const definition = typeof ref === 'string' ? defineQueue(ref) : ref;
  const recording = recordCoordinator({ logger: false });
  return new RecordedQueue<Jobs, Result>(recording, definition as QueueRef<Jobs, Result>);
}

function linkTo({ json, queueKey }: StoredJob): LinkedJob {
  return { queue: queueKey.slice(queueKey.lastIndexOf(':') + 1), name: json.name };
}
