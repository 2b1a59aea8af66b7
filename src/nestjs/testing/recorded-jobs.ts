/**
 * The jobs and schedulers of recorded queues, in memory: what a Redis would hold of them, and no more.
 *
 * One of these stands for one Redis. A job has the JSON that BullMQ made of it, so that a test sees what a processor
 * would see; it moves between the states of BullMQ and stays after its end. There is no clock: a delay passes when a
 * test says so.
 */
import type { JobJson, JobState, JobsOptions, ParentKeyOpts } from 'bullmq';
import { CoordinatorError } from '../../errors.ts';
import { RecordedEvents } from './recorded-events.ts';

/** A job as it is stored. */
export interface StoredJob {
  /** Its key in Redis: unique over all queues. */
  readonly key: string;
  readonly queueKey: string;
  readonly id: string;
  readonly json: JobJson;
  state: JobState;
  readonly logs: string[];
  /** Keys of its children, of those in a flow. */
  readonly children: string[];
}

/** A scheduler as it is stored. */
export interface StoredScheduler {
  readonly id: string;
  readonly queueKey: string;
  /** Name, times and template, each as text. */
  readonly fields: Readonly<Record<string, string>>;
  readonly data: string;
  readonly options: JobsOptions;
  readonly nextAt: number;
}

/** Where a queue keeps its things. */
export interface Place {
  readonly queueKey: string;
  readonly toKey: (type: string) => string;
}

const ENDED: readonly JobState[] = ['completed', 'failed'];

/** Holds jobs, schedulers and settings of queues. */
export class RecordedJobs {
  readonly events: RecordedEvents = new RecordedEvents();
  /** By key, in the order in which they were added. */
  readonly jobs: Map<string, StoredJob> = new Map();
  readonly schedulers: Map<string, StoredScheduler> = new Map();
  readonly #settings = new Map<string, Map<string, string>>();
  readonly #lastIds = new Map<string, number>();
  #isDown = false;

  /** The same while Redis is there; throws QUEUE_UNAVAILABLE while the test has it away. */
  get up(): this {
    if (!this.#isDown) return this;
    throw new CoordinatorError(
      'QUEUE_UNAVAILABLE',
      'Redis cannot be reached: the test has called goDown(). Nothing was done; try again later',
    );
  }

  set isDown(isDown: boolean) {
    this.#isDown = isDown;
  }

  /** Jobs of a queue, in the order in which they were added. */
  of(queueKey: string): StoredJob[] {
    return [...this.jobs.values()].filter((job) => job.queueKey === queueKey);
  }

  schedulersOf(queueKey: string): StoredScheduler[] {
    return [...this.schedulers.values()].filter((each) => each.queueKey === queueKey);
  }

  /** What is set for a queue as a whole. */
  settings(queueKey: string): Map<string, string> {
    let settings = this.#settings.get(queueKey);
    if (!settings) {
      settings = new Map();
      this.#settings.set(queueKey, settings);
    }
    return settings;
  }

  /** Adds a job, unless one with its id or its deduplication is there: then that one's id is the answer. */
  add({ queueKey, toKey }: Place, json: JobJson, wished: string, parent?: ParentKeyOpts): string {
    const id = wished || this.#nextId(queueKey);
    const key = toKey(id);
    const original = this.jobs.has(key) ? id : this.#duplicateOf(queueKey, json);
    if (original !== undefined) {
      this.events.tell(queueKey, 'duplicated', { jobId: original });
      return original;
    }
    const { delay = 0, priority = 0 } = json.opts;
    if (parent?.parentKey) this.#parent(parent.parentKey).children.push(key);
    const job: StoredJob = {
      ...{ key, queueKey, id, logs: [], children: [] },
      json: { ...json, id, delay, priority },
      state: parent?.addToWaitingChildren ? 'waiting-children' : stateBefore(json.opts),
    };
    this.jobs.set(key, job);
    this.events.tell(queueKey, 'added', { jobId: id, name: json.name });
    this.moveTo(job, job.state, delay > 0 ? { delay: String(delay) } : {});
    return id;
  }

  /** Moves a job to a state, and tells its listeners. */
  moveTo(job: StoredJob, state: JobState, about: Readonly<Record<string, string>> = {}): void {
    const prev = job.state;
    job.state = state;
    const event = state === 'prioritized' ? 'waiting' : state;
    const told = ENDED.includes(state) || state === 'active' ? { prev, ...about } : about;
    this.events.tell(job.queueKey, event, { jobId: job.id, ...told });
  }

  /** Ends a job, and lets its parent go when that waits for no other. */
  end(
    job: StoredJob,
    state: 'completed' | 'failed',
    about: Readonly<Record<string, string>>,
  ): void {
    this.moveTo(job, state, about);
    const { parentKey, parent, id } = job.json;
    const waiting = parentKey === undefined ? undefined : this.jobs.get(parentKey);
    if (waiting?.state !== 'waiting-children') return;
    const isFatal = state === 'failed' && parent?.fpof === true;
    if (isFatal) waiting.json.deferredFailure = `child ${job.key ?? id} failed`;
    const mayGo = isFatal || (state === 'failed' && parent?.cpof === true);
    if (mayGo || this.openChildren(waiting).length === 0)
      this.moveTo(waiting, stateBefore({ ...waiting.json.opts, delay: 0 }));
  }

  /** Children that their parent waits for. */
  openChildren(job: StoredJob): StoredJob[] {
    return this.childrenOf(job).filter(({ state, json: { parent } }) => {
      if (state === 'completed') return false;
      const isForgiven = parent?.idof || parent?.rdof || parent?.cpof;
      return !(state === 'failed' && isForgiven);
    });
  }

  childrenOf({ children }: StoredJob): StoredJob[] {
    return children.flatMap((key) => this.jobs.get(key) ?? []);
  }

  /** Removes a job; with its children, if those are to go too. */
  remove(job: StoredJob, withChildren: boolean): void {
    if (withChildren) for (const child of this.childrenOf(job)) this.remove(child, true);
    this.jobs.delete(job.key);
    this.events.tell(job.queueKey, 'removed', { jobId: job.id, prev: job.state });
  }

  /** Forgets what was recorded for a queue; its listeners stay. */
  clear(queueKey: string): void {
    for (const { key } of this.of(queueKey)) this.jobs.delete(key);
    for (const [key, each] of this.schedulers)
      if (each.queueKey === queueKey) this.schedulers.delete(key);
    this.#settings.delete(queueKey);
    this.#lastIds.delete(queueKey);
  }

  #nextId(queueKey: string): string {
    const id = (this.#lastIds.get(queueKey) ?? 0) + 1;
    this.#lastIds.set(queueKey, id);
    return String(id);
  }

  #parent(key: string): StoredJob {
    const parent = this.jobs.get(key);
    if (parent) return parent;
    throw new Error(`Missing key for parent job ${key}. addJob`); // BullMQ's own words.
  }

  #duplicateOf(queueKey: string, { opts, deduplicationId }: JobJson): string | undefined {
    if (deduplicationId === undefined) return undefined;
    const { replace, keepLastIfActive } = opts.deduplication ?? {};
    if (replace || keepLastIfActive)
      throw new CoordinatorError(
        'NOT_SUPPORTED',
        'recorded queues have no deduplication with `replace` or `keepLastIfActive`: test it against a Redis',
      );
    return this.of(queueKey).find(
      ({ json, state }) => json.deduplicationId === deduplicationId && !ENDED.includes(state),
    )?.id;
  }
}

function stateBefore({ delay = 0, priority = 0 }: JobsOptions): JobState {
  if (delay > 0) return 'delayed';
  return priority > 0 ? 'prioritized' : 'waiting';
}
