/**
 * The jobs of queues whose payloads keep dates, bigints and bytes: they go in before BullMQ makes JSON of a job, and come
 * back in the job that it makes of JSON. Of any queue: a job whose data or result cannot be stored or read says so with its
 * own name.
 *
 * For producers, views and processors of this process. A processor in a file of its own runs in another one and gets
 * JSON: it calls `fromExtended` and `toExtended` itself.
 */
import {
  type IQueueBackend,
  Job,
  type JobProgress,
  type Queue,
  type QueueEvents,
  UnrecoverableError,
} from 'bullmq';
import { inWords } from '../backend/payload-failures.ts';
import { fromExtended, toExtended } from '../payloads/extended-json.ts';
import { storing } from '../payloads/unstorable.ts';
import { checkedResult, inFull, storingLater, toEnd } from './job-failures.ts';

/** Whether the payloads of this queue are extended. */
export type IsExtended = (queueName: string) => boolean;

type BullJob = typeof Job;

/** Makes the class for queues of which some are extended. */
export function createExtendedJob(isExtended: IsExtended): BullJob {
  return class ExtendedJob extends Job {
    /** What the job holds is JSON still, as it was stored. */
    #isStored = false;

    static override fromJSON<T = unknown, R = unknown, N extends string = string>(
      ...[queue, json, jobId]: Parameters<BullJob['fromJSON']>
    ): Job<T, R, N> {
      // biome-ignore lint/complexity/noThisInStatic: BullMQ's method makes the job by the class that it is called on.
      const job = super.fromJSON<T, R, N>(queue, json, jobId) as unknown as ExtendedJob;
      job.#isStored = true;
      // Before it is run, BullMQ makes JSON of the data of a scheduled job once more.
      if (json.repeatJobKey && isWorker(queue)) return job as unknown as Job<T, R, N>;
      try {
        job.revive();
      } catch {
        // BullMQ would let go of a job that it has fetched: views show it as it is stored, its worker fails it.
      }
      return job as unknown as Job<T, R, N>;
    }

    /** Has it hold what was added. Harmless when repeated. Throws PAYLOAD_UNREADABLE. */
    revive(): void {
      if (!this.#isStored || !isExtended(this.queueName)) return;
      const { data, returnvalue, progress } = this;
      const revived = [data, returnvalue, progress].map((value: unknown) => fromExtended(value));
      this.#isStored = false;
      [this.data, this.returnvalue] = revived;
      this.progress = revived[2] as JobProgress;
    }

    override asJSON(): ReturnType<Job['asJSON']> {
      return storing(inFull(this, 'data'), () => {
        if (this.#isStored || !isExtended(this.queueName)) return super.asJSON();
        const stored = {
          data: toExtended(this.data),
          returnvalue: toExtended(this.returnvalue),
          progress: toExtended(this.progress),
        };
        return super.asJSON.call(Object.assign(Object.create(this), stored));
      });
    }

    override updateData(data: unknown): Promise<void> {
      const update = (stored: unknown): Promise<void> =>
        storingLater(this, 'data', () => super.updateData(stored));
      if (!isExtended(this.queueName)) return update(data);
      const updating = update(storing(inFull(this, 'data'), () => toExtended(data)));
      this.data = data;
      this.#isStored = false;
      return updating;
    }

    override async updateProgress(progress: JobProgress): Promise<void> {
      const stored = isExtended(this.queueName)
        ? storing(inFull(this, 'progress'), () => toExtended(progress) as JobProgress)
        : progress;
      await storingLater(this, 'progress', () => super.updateProgress(stored));
      this.progress = progress;
    }

    override async moveToCompleted(
      ...[result, ...rest]: Parameters<Job['moveToCompleted']>
    ): ReturnType<Job['moveToCompleted']> {
      const extended = isExtended(this.queueName);
      try {
        const stored = extended
          ? storing(inFull(this, 'result'), () => toExtended(result))
          : result;
        const next = await super.moveToCompleted(stored, ...rest);
        if (extended) this.returnvalue = result;
        return next;
      } catch (error) {
        throw toEnd(this, error);
      }
    }

    override async getChildrenValues<T>(): Promise<{ [jobKey: string]: T }> {
      const values = await super.getChildrenValues<T>();
      const read = ([key, value]: [string, T]) =>
        [key, isExtended(queueOf(key)) ? (fromExtended(value) as T) : value] as const;
      return Object.fromEntries(Object.entries(values ?? {}).map(read));
    }

    override async waitUntilFinished<B extends IQueueBackend, C>(
      // biome-ignore lint/suspicious/noExplicitAny: BullMQ's own signature.
      ...args: [queueEvents: QueueEvents<any, B, C>, ttl?: number]
      // biome-ignore lint/suspicious/noExplicitAny: BullMQ's own signature.
    ): Promise<any> {
      const handedOn: unknown = await super.waitUntilFinished(...args);
      const isFinished = () => this.backend.isFinished(this.id!, true);
      const result = await checkedResult(handedOn, isFinished);
      return isExtended(this.queueName) ? fromExtended(result) : result;
    }
  } as unknown as BullJob;
}

/** Has a queue, a worker or a flow producer make its jobs by this class. */
export function makeJobsBy(owner: object, jobs: BullJob): void {
  Object.defineProperty(owner, 'Job', { value: jobs });
}

/** Has the processor find in a job what was added. Throws what fails the job without another attempt. */
export function reviveForProcessor(job: Job): void {
  try {
    (job as Partial<Revivable>).revive?.();
  } catch (error) {
    const reason = inWords(error, job.id ?? '', job.queueName);
    throw Object.assign(new UnrecoverableError(reason), { cause: error });
  }
}

interface Revivable {
  revive(): void;
}

/** Schedulers make JSON of their templates themselves. */
export function extendSchedulers(queue: Queue): void {
  const upsert = queue.upsertJobScheduler.bind(queue);
  const getOne = queue.getJobScheduler.bind(queue);
  const getSome = queue.getJobSchedulers.bind(queue);
  type Scheduler = NonNullable<Awaited<ReturnType<typeof getOne>>>;
  const revived = (scheduler: Scheduler): Scheduler =>
    scheduler.template
      ? {
          ...scheduler,
          template: { ...scheduler.template, data: fromExtended(scheduler.template.data) },
        }
      : scheduler;
  queue.upsertJobScheduler = async (id, repeat, template) => {
    if (template?.data === undefined) return await upsert(id, repeat, template);
    const what = `The data of job scheduler "${id}" of queue "${queue.name}"`;
    const data = storing(what, () => toExtended(template.data));
    const job = await upsert(id, repeat, { ...template, data });
    if (job) job.data = template.data;
    return job;
  };
  queue.getJobScheduler = async (id) => {
    const scheduler = await getOne(id);
    return scheduler && revived(scheduler);
  };
  queue.getJobSchedulers = async (...range) => (await getSome(...range)).map(revived);
}

function isWorker(queue: object): boolean {
  return 'processJob' in queue;
}

function queueOf(jobKey: string): string {
  const scheduled = jobKey.lastIndexOf(':repeat:');
  const idAt = scheduled === -1 ? jobKey.lastIndexOf(':') : scheduled;
  return jobKey.slice(jobKey.lastIndexOf(':', idAt - 1) + 1, idAt);
}
