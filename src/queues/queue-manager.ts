/**
 * The queues of a process: makes each once, knows them all, closes them together.
 *
 * What it hands out are BullMQ's own objects on the hub's sockets. Making one does no I/O; using one while
 * Redis is away follows its `whenDown`.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  FlowProducer,
  type FlowProducerOptions,
  type Job,
  type JobsOptions,
  Queue,
  QueueEvents,
  type QueueEventsOptions,
  QueueKeys,
  type QueueOptions,
} from 'bullmq';
import type { DroverBackendFactory } from '../backend/backend-factory.ts';
import {
  createBackendFactory,
  refusedConnection,
  type SharedBackendContext,
} from '../backend/backend-factory.ts';
import { systemClock } from '../base/clock.ts';
import type { Config } from '../config/resolve-config.ts';
import { CoordinatorError } from '../errors.ts';
import { type Keys, queueLabel } from '../keys.ts';
import type { Payloads } from '../payloads/payloads.ts';
import { addInSlices } from './add-in-slices.ts';
import { defineQueue, type JobTypes, type QueueDefinition } from './define-queue.ts';
import { createExtendedJob, extendSchedulers, makeJobsBy } from './extended-jobs.ts';
import { nameTemplates } from './job-failures.ts';
import { notCountable, type QueueStats, readQueueStats, type StatsTarget } from './queue-stats.ts';
import type { RetentionPolicy } from './retention-options.ts';
import { type NameOf, parseOnAdd, parseOnFlow, type TypedQueue } from './typed-queue.ts';

/** A queue, by its definition or by its name. */
export type QueueRef<Jobs extends JobTypes = JobTypes, Result = unknown> =
  | QueueDefinition<Jobs, Result>
  | string;

/** BullMQ's own options of a queue but for what Drover sets itself. */
export type AdoptedQueueOptions = Omit<QueueOptions, 'connection' | 'prefix'>;

/** A queue with BullMQ's own options. */
interface Adopted {
  readonly options: AdoptedQueueOptions;
  readonly queue: Queue;
}

/** What the manager needs. */
export interface QueueManagerOptions {
  readonly config: Config;
  readonly context: SharedBackendContext;
  readonly keys: Keys;
  /** Hears the payload policies. */
  readonly payloads: Pick<Payloads, 'define'>;
}

/** Makes, finds and closes queues. */
export class QueueManager {
  readonly #options: QueueManagerOptions;
  readonly #definitions = new Map<string, QueueDefinition>();
  /** Those that were given as a definition, not as a mere name. */
  readonly #defined = new Set<string>();
  readonly #queues = new Map<string, Queue>();
  readonly #events = new Map<string, QueueEvents>();
  readonly #adopted = new Map<string, Adopted[]>();
  /** What was made for one user of it. */
  readonly #single: (QueueEvents | FlowProducer)[] = [];
  /** Makes the jobs of all of them. */
  readonly job: typeof Job = createExtendedJob(
    (name) => this.#definitions.get(name)?.payload?.types === 'extended',
  );
  #flows: FlowProducer | undefined;
  #isClosed = false;

  constructor(options: QueueManagerOptions) {
    this.#options = options;
  }

  /** Opens the connection, if a Redis is configured. Returns at once; harmless when repeated. */
  initialize(): void {
    this.#options.context.hub.open();
  }

  /** Names of the queues used in this process. */
  get names(): string[] {
    return [...this.#definitions.keys()];
  }

  /** Their definitions, by the label of each. */
  get definitions(): ReadonlyMap<string, QueueDefinition> {
    const { prefix } = this.#options.config;
    return new Map(
      [...this.#definitions].map(([name, definition]) => [queueLabel(prefix, name), definition]),
    );
  }

  /** How the queues that are defined here are kept, by label. A queue that is only named is nobody's to sweep. */
  get retentions(): ReadonlyMap<string, RetentionPolicy> {
    const defined = [...this.#definitions].filter(([name]) => this.#defined.has(name));
    const { prefix } = this.#options.config;
    return new Map(defined.map(([name, { retention }]) => [queueLabel(prefix, name), retention]));
  }

  /** What BullMQ's keys of these queues begin with. */
  get keyPrefixes(): string[] {
    const keys = new QueueKeys(this.#options.config.prefix);
    return this.names.map((name) => keys.toKey(name, ''));
  }

  /** The queue; the same object each time. */
  get<Jobs extends JobTypes, Result>(ref: QueueRef<Jobs, Result>): TypedQueue<Jobs, Result> {
    const definition = this.define(ref);
    let queue = this.#queues.get(definition.name);
    if (!queue) {
      queue = this.#create(definition as QueueDefinition);
      this.#queues.set(definition.name, queue);
    }
    return queue as unknown as TypedQueue<Jobs, Result>;
  }

  /**
   * A queue with BullMQ's own options and none of Drover's defaults: its jobs are what BullMQ makes of them, and nothing
   * is swept. The same object for the same options. Throws CONFIG_INVALID for a queue that has a definition.
   */
  adopt(name: string, options: AdoptedQueueOptions): Queue {
    if (this.#defined.has(name)) throw definedAndAdopted(name);
    const all = this.#adopted.get(name) ?? [];
    const known = all.find((each) => isDeepStrictEqual(each.options, options));
    if (known) return known.queue;
    const { defaultJobOptions = {} } = options;
    const definition = Object.freeze({ ...this.define(name), defaultJobOptions });
    const queue = this.#create(definition, options);
    this.#adopted.set(name, [...all, { options, queue }]);
    if (this.#queues.has(name)) return queue;
    this.#definitions.set(name, definition);
    this.#queues.set(name, queue);
    return queue;
  }

  /** Adds a job. */
  add<Jobs extends JobTypes, Result, N extends NameOf<Jobs>>(
    ref: QueueRef<Jobs, Result>,
    name: N,
    data: Jobs[N]['input'],
    options?: JobsOptions,
  ): Promise<Job<Jobs[N]['output'], Result, N>> {
    return this.get(ref).add(name, data, options);
  }

  /** Adds many jobs to one queue. All are checked before any is sent. */
  addBulk<Jobs extends JobTypes, Result, N extends NameOf<Jobs>>(
    ref: QueueRef<Jobs, Result>,
    jobs: { name: N; data: Jobs[N]['input']; opts?: JobsOptions }[],
  ): Promise<Job<Jobs[N]['output'], Result, N>[]> {
    return this.get(ref).addBulk(jobs);
  }

  /** Trees of jobs over several queues. Nodes of defined queues are checked and get their defaults. */
  get flows(): FlowProducer {
    this.#flows ??= this.#createFlows({});
    return this.#flows;
  }

  /** A flow producer of its own, with BullMQ's own options. */
  flowsWith(options: Omit<FlowProducerOptions, 'connection' | 'prefix'>): FlowProducer {
    const flows = this.#createFlows(options);
    this.#single.push(flows);
    return flows;
  }

  /** A listener for the events of a queue, from now on; the same object each time. */
  events(ref: QueueRef): QueueEvents {
    const { name } = this.define(ref);
    let events = this.#events.get(name);
    if (!events) {
      events = this.#createEvents(name, {});
      this.#events.set(name, events);
    }
    return events;
  }

  /** A listener of its own, with BullMQ's own options. */
  eventsWith(
    ref: QueueRef,
    options: Omit<QueueEventsOptions, 'connection' | 'prefix'>,
  ): QueueEvents {
    const events = this.#createEvents(this.define(ref).name, options);
    this.#single.push(events);
    return events;
  }

  /** Makes or changes a scheduler of a queue. */
  upsertScheduler(
    ref: QueueRef,
    id: string,
    ...rest: Parameters<Queue['upsertJobScheduler']> extends [string, ...infer R] ? R : never
  ): Promise<Job | undefined> {
    return (this.get(ref) as unknown as Queue).upsertJobScheduler(id, ...rest);
  }

  /** No worker of the fleet takes new jobs of this queue; running ones go on. */
  pause(ref: QueueRef): Promise<void> {
    return this.get(ref).pause();
  }

  resume(ref: QueueRef): Promise<void> {
    return this.get(ref).resume();
  }

  /** Statistics of one queue. Rejects with QUEUE_UNAVAILABLE while Redis is away, STATE_CONFLICT when it cannot be counted. */
  async getQueueStats(ref: QueueRef): Promise<QueueStats> {
    const { name } = this.define(ref);
    const [stats] = await this.#readStats([name]);
    if (!stats) throw notCountable(name);
    return stats;
  }

  /** Statistics of every queue used in this process that can be counted, in one round trip. */
  getAllQueueStats(): Promise<QueueStats[]> {
    return this.#readStats(this.names);
  }

  /** Remembers the queue as used in this process, and returns its definition. */
  define<Jobs extends JobTypes, Result>(
    ref: QueueRef<Jobs, Result>,
  ): QueueDefinition<Jobs, Result> {
    if (this.#isClosed)
      throw new CoordinatorError('STOPPED', 'The coordinator has been stopped: make a new one');
    const { config, payloads } = this.#options;
    const name = typeof ref === 'string' ? ref : ref.name;
    const known = this.#definitions.get(name);
    if (typeof ref === 'string' && known) return known as QueueDefinition<Jobs, Result>;
    const definition = typeof ref === 'string' ? defineQueue(name) : ref;
    if (known && known !== definition && !this.#mayReplace(known, definition))
      throw new CoordinatorError(
        'CONFIG_INVALID',
        `queue "${name}" is defined twice in this process: share one defineQueue() between its users`,
      );
    if (typeof ref !== 'string') {
      if (this.#adopted.has(name)) throw definedAndAdopted(name);
      this.#defined.add(name);
    }
    const { durability, payload } = definition;
    if (payload && known !== definition) payloads.define(queueLabel(config.prefix, name), payload);
    if (!known?.data && !known?.jobs && !known?.payload)
      this.#definitions.set(name, definition as QueueDefinition);
    if (durability) this.#options.context.durable.demand(name, durability);
    return definition as QueueDefinition<Jobs, Result>;
  }

  /** The backend factory with the queue's own `whenDown`. */
  factoryFor(definition: Pick<QueueDefinition, 'whenDown'> | undefined): DroverBackendFactory {
    const { context, config } = this.#options;
    // What changes nothing keeps nothing for later, and waits for nothing.
    const whenDown = config.readOnly ? 'fail' : (definition?.whenDown ?? config.whenDown);
    if (whenDown === 'spool') context.spool.want();
    return createBackendFactory(context, whenDown);
  }

  /** Closes all queues and listeners. Never waits for Redis. */
  async closeAll(): Promise<void> {
    this.#isClosed = true;
    const queues = new Set(this.#queues.values());
    for (const { queue } of [...this.#adopted.values()].flat()) queues.add(queue);
    const open = [...this.#events.values(), ...this.#single, ...queues, this.#flows];
    await Promise.all(open.map((object) => object?.close()));
  }

  /** Whether the later of two definitions of a queue takes nothing away from the users of the first. */
  #mayReplace(known: QueueDefinition, { retention }: Pick<QueueDefinition, 'retention'>): boolean {
    if (known.data || known.jobs || known.payload) return false;
    const isKept = JSON.stringify(known.retention) === JSON.stringify(retention);
    return isKept || !this.#defined.has(known.name);
  }

  #create(definition: QueueDefinition, adopted?: AdoptedQueueOptions): Queue {
    const { defaultJobOptions, retention } = definition;
    const streams = { events: { maxLen: retention.events.count } };
    const queue = new Queue(
      definition.name,
      { ...this.#tracedOptions(), ...(adopted ?? { defaultJobOptions, streams }) },
      this.factoryFor(definition),
    );
    queue.on('error', () => {});
    makeJobsBy(queue, this.job);
    nameTemplates(queue);
    if (definition.payload?.types === 'extended') extendSchedulers(queue);
    addInSlices(queue, this.#options.context.hub);
    if (definition.data || definition.jobs) parseOnAdd(queue, definition);
    return queue;
  }

  #createEvents(
    name: string,
    options: Omit<QueueEventsOptions, 'connection' | 'prefix'>,
  ): QueueEvents {
    const whole = { ...options, ...this.#bullOptions() };
    const events = new QueueEvents(name, whole, this.factoryFor(undefined));
    events.on('error', () => {});
    return events;
  }

  #createFlows(options: Omit<FlowProducerOptions, 'connection' | 'prefix'>): FlowProducer {
    const whole = { ...this.#tracedOptions(), ...options };
    const flows = new FlowProducer(whole, this.factoryFor(undefined));
    flows.on('error', () => {}); // The connection says it once, for everybody.
    makeJobsBy(flows, this.job);
    // BullMQ's flows know nothing of the defaults of queues.
    const isOwn = (name: string): boolean => !this.#adopted.has(name);
    parseOnFlow(flows, (name) => (isOwn(name) ? this.#definitions.get(name) : undefined));
    return flows;
  }

  #bullOptions(): QueueOptions {
    return { prefix: this.#options.config.prefix, connection: refusedConnection() };
  }

  #tracedOptions(): QueueOptions {
    const { telemetry } = this.#options.config;
    return { ...this.#bullOptions(), ...(telemetry && { telemetry }) };
  }

  #readStats(names: readonly string[]): Promise<QueueStats[]> {
    const { config, context, keys } = this.#options;
    const bullKeys = new QueueKeys(config.prefix);
    const targets: StatsTarget[] = names.map((name) => ({
      label: queueLabel(config.prefix, name),
      keyPrefix: bullKeys.toKey(name, ''),
    }));
    const { command } = context.hub;
    return context.gate.run(command, 'fail', 'repeat', async () =>
      readQueueStats(await command.raw(), keys, targets, systemClock.now()),
    );
  }
}

function definedAndAdopted(name: string): CoordinatorError {
  return new CoordinatorError(
    'CONFIG_INVALID',
    `queue "${name}" has a definition and, elsewhere in this process, BullMQ's own options: decide for one of them`,
  );
}
