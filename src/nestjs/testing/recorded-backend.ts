/**
 * What BullMQ's queues, workers, flow producers and listeners talk to in place of Redis: records in memory.
 *
 * They are BullMQ's own objects, so that jobs, options, retries and flows are as in production; only what would be sent
 * to Redis ends here. It opens no socket and sets no timer. What is not recorded throws NOT_SUPPORTED with its name.
 */
import {
  type BackendFactory,
  type IQueueBackend,
  type JobJson,
  type JobState,
  type JobType,
  QueueKeys,
  type QueueOptions,
} from 'bullmq';
import { systemClock } from '../../base/clock.ts';
import { DEFAULT_BULL_PREFIX } from '../../keys.ts';
import { withoutTheRest } from './not-recorded.ts';
import type { Place, RecordedJobs, StoredJob, StoredScheduler } from './recorded-jobs.ts';
import { planScheduler, removeScheduler } from './recorded-schedulers.ts';

/** Arguments of a method of BullMQ's backend. */
type Args<M extends keyof IQueueBackend> = IQueueBackend[M] extends (...args: infer A) => unknown
  ? A
  : never;
type Ended = Promise<{ result: undefined; finishedOn: number }>;

/** Kinds of which BullMQ turns the answer round when the oldest are wanted first. */
const LISTS: readonly JobType[] = ['wait', 'waiting', 'active'];
/** What BullMQ's `isFinished` answers. */
const [GONE, OPEN, COMPLETED, FAILED] = [-1, 0, 1, 2];

/** One queue of the records. */
export class RecordedBackend implements Place {
  readonly minimumBlockTimeout = 1;
  readonly queueKey: string;
  readonly qualifiedName: string;
  readonly keys: IQueueBackend['keys'];
  closing: Promise<void> | undefined;
  readonly #jobs: RecordedJobs;
  readonly #name: string;
  readonly #keys: QueueKeys;
  /** A listener that begins hears what comes from now on. */
  readonly #heardFrom: number;
  #isInterrupted = false;

  constructor(jobs: RecordedJobs, name: string, prefix: string) {
    this.#jobs = jobs;
    this.#name = name;
    this.#keys = new QueueKeys(prefix);
    this.keys = this.#keys.getKeys(name);
    this.qualifiedName = this.#keys.getQueueQualifiedName(name);
    this.queueKey = this.qualifiedName;
    this.#heardFrom = jobs.events.last;
  }

  async waitUntilReady(): Promise<void> {}
  async setName(): Promise<void> {}
  on(): this {
    return this;
  }
  once(): this {
    return this;
  }
  removeListener(): this {
    return this;
  }
  async disconnect(): Promise<void> {
    this.#isInterrupted = true;
    this.#jobs.events.wake();
  }
  async disconnectBlocking(): Promise<void> {
    await this.disconnect();
  }
  async reconnectBlocking(): Promise<void> {
    this.#isInterrupted = false;
  }
  close(): Promise<void> {
    this.closing ??= this.disconnect();
    return this.closing;
  }
  forQueue(name: string, prefix: string = this.#keys.prefix): RecordedBackend {
    return withoutTheRest(new RecordedBackend(this.#jobs, name, prefix));
  }
  clientName(suffix = ''): string {
    return `${this.#name}${suffix}`;
  }
  readonly toKey = (type: string): string => this.#keys.toKey(this.#name, type);
  parseNodeKey(key: string): ReturnType<IQueueBackend['parseNodeKey']> {
    const [id = '', queueName = '', ...prefix] = key.split(':').reverse();
    return { id, queueName, prefix: prefix.reverse().join(':') };
  }

  async addJob(...[json, id, parent]: Args<'addJob'>): Promise<string> {
    return this.#up.add(this, json, id, parent);
  }
  async addJobs(entries: Args<'addJobs'>[0]): Promise<string[]> {
    const jobs = this.#up;
    return entries.map(({ job, jobId, parentKeyOpts }) =>
      jobs.add(this, job, jobId, parentKeyOpts),
    );
  }
  async addFlow(entries: Args<'addFlow'>[0]): Promise<[null, string][]> {
    const jobs = this.#up;
    return entries.map(({ jobData, jobId, parentKeyOpts, prefix, queueName }) => {
      const place = new RecordedBackend(jobs, queueName, prefix);
      return [null, jobs.add(place, jobData, jobId, parentKeyOpts)];
    });
  }

  async moveToActive(): Promise<[]> {
    return []; // A job is run when the test says so.
  }
  async waitForJob(): Promise<null> {
    while (!this.#isInterrupted) await this.#jobs.events.next();
    return null;
  }
  async moveStalledJobsToWait(): Promise<[]> {
    return [];
  }
  async extendLock(): Promise<number> {
    return 1;
  }
  async extendLocks(): Promise<[]> {
    return [];
  }
  async moveToCompleted(...[{ id }, result]: Args<'moveToCompleted'>): Ended {
    const returnvalue = JSON.stringify(result) ?? 'null';
    return this.#end(id!, 'completed', { returnvalue }, { returnvalue });
  }
  async moveToFailed(...[{ id }, reason, , , , fields]: Args<'moveToFailed'>): Ended {
    return this.#end(id!, 'failed', { failedReason: reason, ...fields }, { failedReason: reason });
  }
  async moveToDelayed(...[id, , delay, , how = {}]: Args<'moveToDelayed'>): Promise<void> {
    const job = this.#job(id);
    Object.assign(job.json, how.fieldsToUpdate, { delay });
    if (!how.skipAttempt) job.json.attemptsMade += 1;
    this.#jobs.moveTo(job, 'delayed', { delay: String(delay) });
  }
  async retryJob(...[id, , , how]: Args<'retryJob'>): Promise<void> {
    const job = this.#job(id);
    Object.assign(job.json, how?.fieldsToUpdate);
    job.json.attemptsMade += 1;
    this.#jobs.moveTo(job, 'waiting');
  }
  async moveJobFromActiveToWait(id: string): Promise<number> {
    this.#jobs.moveTo(this.#job(id), 'waiting');
    return 0;
  }
  async moveToWaitingChildren(id: string): Promise<boolean> {
    const job = this.#job(id);
    const mustWait = this.#jobs.openChildren(job).length > 0;
    if (mustWait) this.#jobs.moveTo(job, 'waiting-children');
    return mustWait;
  }
  async retryFinishedJob(...[{ id }, state]: Args<'retryFinishedJob'>): Promise<void> {
    const job = this.#job(id!);
    if (job.state !== state)
      throw new Error(`Job ${id} is not in the ${state} state. reprocessJob`);
    this.#up.moveTo(job, 'waiting');
  }
  async promote(id: string): Promise<void> {
    const job = this.#job(id);
    if (job.state !== 'delayed') throw new Error(`Job ${id} is not in the delayed state. promote`); // BullMQ's own words.
    job.json.delay = 0;
    this.#up.moveTo(job, 'waiting');
  }

  async updateData(...[{ id }, data]: Args<'updateData'>): Promise<void> {
    this.#job(id!).json.data = JSON.stringify(data);
  }
  async updateProgress(...[id, progress]: Args<'updateProgress'>): Promise<void> {
    this.#job(id).json.progress = progress;
    const data = JSON.stringify(progress);
    this.#jobs.events.tell(this.queueKey, 'progress', { jobId: id, data });
  }
  async addLog(...[id, line, keep]: Args<'addLog'>): Promise<number> {
    const { logs } = this.#job(id);
    logs.push(line);
    if (keep) logs.splice(0, logs.length - keep);
    return logs.length;
  }
  async getJobLogs(
    ...[id, start, end, asc]: Args<'getJobLogs'>
  ): ReturnType<IQueueBackend['getJobLogs']> {
    const all = this.#up.jobs.get(this.toKey(id))?.logs ?? [];
    return { logs: ranged(asc ? all : all.toReversed(), start, end), count: all.length };
  }

  async getJobData(id: string): Promise<JobJson | undefined> {
    const json = this.#up.jobs.get(this.toKey(id))?.json;
    return json && { ...json };
  }
  async getState(id: string): Promise<JobState | 'unknown'> {
    return this.#up.jobs.get(this.toKey(id))?.state ?? 'unknown';
  }
  async isJobInState(state: string, id: string): Promise<boolean> {
    return (await this.getState(id)) === (state === 'wait' ? 'waiting' : state);
  }
  async isFinished(id: string, withResult?: boolean): Promise<number | [number, string]> {
    const job = this.#up.jobs.get(this.toKey(id));
    const status = { completed: COMPLETED, failed: FAILED }[job?.state as 'completed'] ?? OPEN;
    const answer = job ? status : GONE!;
    if (!withResult) return answer!;
    const { returnvalue, failedReason } = job?.json ?? {};
    if (!job) return [answer!, `Missing key for job ${this.toKey(id)}. isFinished`];
    return [answer!, (answer === FAILED ? failedReason : returnvalue) ?? ''];
  }
  async getCounts(types: JobType[]): Promise<number[]> {
    return types.map((type) => this.#ofType(type).length);
  }
  async getRanges(
    ...[types, start = 0, end = -1, asc = false]: Args<'getRanges'>
  ): Promise<[string][]> {
    return types.map((type) => {
      const ids = this.#ofType(type).map(({ id }) => id);
      const wanted = ranged(asc ? ids : ids.toReversed(), start, end);
      return (asc && LISTS.includes(type) ? wanted.toReversed() : wanted) as [string];
    });
  }
  async remove(...[id, withChildren]: Args<'remove'>): Promise<number> {
    const job = this.#up.jobs.get(this.toKey(id));
    if (job) this.#jobs.remove(job, withChildren);
    return job ? 1 : 0;
  }
  async drain(withDelayed: boolean): Promise<void> {
    const types: JobState[] = [
      'waiting',
      'prioritized',
      ...(withDelayed ? ['delayed' as const] : []),
    ];
    for (const type of types) for (const job of this.#ofType(type)) this.#up.remove(job, false);
  }

  async getProcessedChildrenValues(id: string): Promise<Record<string, string>> {
    const completed = this.#children(id).filter(({ state }) => state === 'completed');
    return Object.fromEntries(completed.map(({ key, json }) => [key, json.returnvalue]));
  }
  async getIgnoredChildrenFailures(id: string): Promise<Record<string, string>> {
    const ignored = this.#children(id).filter(isIgnored);
    return Object.fromEntries(ignored.map(({ key, json }) => [key, json.failedReason]));
  }
  async getDependencies(id: string): ReturnType<IQueueBackend['getDependencies']> {
    const values = Object.entries(await this.getProcessedChildrenValues(id));
    const children = this.#children(id);
    const failed = children.filter((each) => each.state === 'failed' && !isIgnored(each));
    const open = children.filter(({ state }) => state !== 'completed' && state !== 'failed');
    return {
      processed: Object.fromEntries(values.map(([key, text]) => [key, JSON.parse(text)])),
      unprocessed: open.map(({ key }) => key),
      failed: failed.map(({ key }) => key),
      ignored: await this.getIgnoredChildrenFailures(id),
    };
  }
  async getDependencyCounts(id: string, types: string[]): Promise<number[]> {
    const found = (await this.getDependencies(id)) as Record<string, object>;
    return types.map((type) => Object.keys(found[type] ?? {}).length);
  }

  async addJobScheduler(...wishes: Args<'addJobScheduler'>): Promise<[string, number]> {
    return planScheduler(this, this.#up, wishes);
  }
  async removeJobScheduler(id: string): Promise<number> {
    return removeScheduler(this, this.#up, id);
  }
  async getJobScheduler(id: string): Promise<[unknown, string | null]> {
    const found = this.#scheduler(id);
    if (!found) return [null, null];
    return [Object.entries(await this.getJobSchedulerData(id)).flat(), String(found.nextAt)];
  }
  async isJobScheduler(id: string): Promise<boolean> {
    return this.#scheduler(id) !== undefined;
  }
  async getJobSchedulerData(id: string): Promise<Record<string, string>> {
    const found = this.#scheduler(id);
    if (!found) return {};
    return { ...found.fields, data: found.data, opts: JSON.stringify(found.options) };
  }
  async getJobSchedulersRange(
    ...[start, end, asc]: Args<'getJobSchedulersRange'>
  ): Promise<string[]> {
    const all = this.#up.schedulersOf(this.queueKey).toSorted((a, b) => a.nextAt - b.nextAt);
    const wanted = ranged(asc ? all : all.toReversed(), start, end);
    return wanted.flatMap(({ id, nextAt }) => [id, String(nextAt)]);
  }
  async getJobSchedulersCount(): Promise<number> {
    return this.#up.schedulersOf(this.queueKey).length;
  }

  async pause(isPaused: boolean): Promise<void> {
    const settings = this.#up.settings(this.queueKey);
    if (isPaused) settings.set('paused', '1');
    else settings.delete('paused');
    this.#jobs.events.tell(this.queueKey, isPaused ? 'paused' : 'resumed', {});
  }
  async setQueueMeta(values: Record<string, string | number>): Promise<number> {
    const settings = this.#jobs.settings(this.queueKey); // BullMQ's queue does it when it is made.
    for (const [name, value] of Object.entries(values)) settings.set(name, String(value));
    return Object.keys(values).length;
  }
  async getQueueMeta(): Promise<Record<string, string>> {
    return Object.fromEntries(this.#up.settings(this.queueKey));
  }
  async getQueueMetaField(name: string): Promise<string | null> {
    return this.#up.settings(this.queueKey).get(name) ?? null;
  }
  async getQueueMetaFields(names: string[]): Promise<(string | null)[]> {
    return names.map((name) => this.#up.settings(this.queueKey).get(name) ?? null);
  }
  async hasQueueMetaField(name: string): Promise<boolean> {
    return this.#up.settings(this.queueKey).has(name);
  }
  async removeQueueMetaFields(names: string[]): Promise<number> {
    return names.filter((name) => this.#up.settings(this.queueKey).delete(name)).length;
  }

  async readEvents(id: string): ReturnType<IQueueBackend['readEvents']> {
    const from = id === '$' ? this.#heardFrom : Number(id);
    const found = await this.#jobs.events.after(this.queueKey, from, () => this.#isInterrupted);
    if (found.length === 0) return null;
    return [[this.keys.events!, found.map(([number, fields]) => [number, [...fields]])]];
  }

  get #up(): RecordedJobs {
    return this.#jobs.up;
  }

  #job(id: string): StoredJob {
    const job = this.#up.jobs.get(this.toKey(id));
    if (job) return job;
    throw new Error(`Missing key for job ${id}`); // As BullMQ says it.
  }

  #children(id: string): StoredJob[] {
    const job = this.#up.jobs.get(this.toKey(id));
    return job ? this.#jobs.childrenOf(job) : [];
  }

  #scheduler(id: string): StoredScheduler | undefined {
    return this.#up.schedulers.get(this.toKey(`repeat:${id}`));
  }

  #ofType(type: JobType): StoredJob[] {
    const meant = type === 'wait' ? 'waiting' : type;
    return this.#up.of(this.queueKey).filter(({ state }) => state === meant);
  }

  async #end(
    id: string,
    state: 'completed' | 'failed',
    fields: Readonly<Record<string, unknown>>,
    told: Readonly<Record<string, string>>,
  ): Ended {
    const job = this.#jobs.jobs.get(this.toKey(id));
    const finishedOn = systemClock.now();
    if (!job) return { result: undefined, finishedOn }; // The test has cleared it.
    Object.assign(job.json, fields, { finishedOn, attemptsMade: job.json.attemptsMade + 1 });
    this.#jobs.end(job, state, told);
    return { result: undefined, finishedOn };
  }
}

/** Makes the backends of the records. */
export function recordingFactory(jobs: RecordedJobs): BackendFactory {
  return (name, options) => {
    const { prefix = DEFAULT_BULL_PREFIX } = options as QueueOptions;
    // The real one throws when it is looked into, as matchers do with a job to show it.
    Object.assign(options, { connection: {} });
    return withoutTheRest(new RecordedBackend(jobs, name, prefix)) as unknown as IQueueBackend;
  };
}

function isIgnored({ state, json: { parent } }: StoredJob): boolean {
  return state === 'failed' && parent?.idof === true;
}

/** As Redis takes a range: both ends are in it, -1 is the last. */
function ranged<T>(all: readonly T[], start: number, end: number): T[] {
  return all.slice(start, end === -1 ? undefined : end + 1);
}
