/**
 * BullMQ's Redis backend on a hub's shared sockets: the seam where everything on a job's path happens.
 *
 * Each member runs BullMQ's own code and scripts; `MEMBERS` says what is done around it. The subclass owns
 * no socket: closing it ends its own waits and nothing else. It must stay a subclass, since BullMQ tests
 * for its class in places, and it must be cheap to make, since a flow makes one for every node.
 */
import {
  ConnectionClosedError,
  type IQueueBackend,
  type JobJson,
  type ParentKeyOpts,
  type QueueBaseOptions,
  QueueKeys,
  RedisQueueBackend,
} from 'bullmq';
import { toConnectionLost } from '../redis/connection-lost.ts';
import type { EventReader, StreamRead } from '../redis/listening.ts';
import { INTERRUPTED, type Marker } from '../redis/waiting.ts';
import { ACKNOWLEDGED } from './acknowledged-members.ts';
import { acknowledgeAgain } from './acknowledgement.ts';
import { addWholeFlow, type FlowEntry } from './add-flow.ts';
import type { BackendContext } from './backend-context.ts';
import { type BulkArguments, BulkLane } from './bulk-lane.ts';
import type { Durability } from './durable-adds.ts';
import { type Fetched, findFetched } from './find-fetched.ts';
import { fetchHeld } from './held-fetch.ts';
import { isLargeBatch, isLargePayload, slicesOf } from './large-adds.ts';
import { MEMBERS, type MemberKind } from './members.ts';
import { isPage, type Range, readWholeRange } from './whole-range.ts';
import { WorkerPulse } from './worker-pulse.ts';

/** What kind of BullMQ object a backend was made for. */
export type BackendUse = 'producing' | 'working' | 'listening';

type JobArguments<M extends keyof IQueueBackend> = IQueueBackend[M] extends (
  ...args: infer A
) => unknown
  ? A
  : never;

const DEFAULT_LOCK_MS = 30_000;

/** One queue's operations over the hub. */
export class DroverBackend extends RedisQueueBackend {
  readonly #context: BackendContext;
  readonly #options: QueueBaseOptions;
  readonly #use: BackendUse;
  #reader: EventReader | undefined;
  #lane: BulkLane | undefined;
  readonly #pulse = new WorkerPulse();

  constructor(
    context: BackendContext,
    name: string,
    options: QueueBaseOptions,
    use: BackendUse = 'producing',
  ) {
    const queueKeys = new QueueKeys((options as { prefix?: string }).prefix);
    super(
      context.command,
      name,
      queueKeys.getKeys(name),
      (type) => queueKeys.toKey(name, type),
      options,
      undefined,
      false,
    );
    this.#context = context;
    this.#options = options;
    this.#use = use;
    if (use === 'listening') {
      const { lastEventId = '$' } = options as { lastEventId?: string };
      this.#reader = { key: this.keys.events!, behind: lastEventId !== '$' };
    }
  }

  /** The command socket's client. Whoever holds it cannot close it. */
  override get client(): RedisQueueBackend['client'] {
    return this.#context.hub.command.guardedClient as RedisQueueBackend['client'];
  }

  /** When this worker last fetched, whether or not there was a job; monotonic ms. */
  get lastFetchAt(): number {
    return this.#pulse.lastFetchAt;
  }

  /** Whether Redis is being asked for this queue's jobs at this moment. */
  get isWaiting(): boolean {
    return this.#context.hub.waiting.isArmed(this.keys.marker!);
  }

  override forQueue(queueName: string, prefix?: string): DroverBackend {
    const options = { ...this.#options, prefix: prefix ?? this.redisPrefix };
    return new DroverBackend(this.#context, queueName, options);
  }

  // --- socket -------------------------------------------------------------------------------------

  /**
   * A flow's add waits for this first, so there it is bounded like the add itself. A listener that has
   * waited for it hears everything that is announced afterwards.
   */
  override async waitUntilReady(): Promise<void> {
    const { hub, gate, whenDown } = this.#context;
    if (this.name === '') await gate.run(hub.command, whenDown, 'repeat', () => hub.command.client);
    else await hub.command.client;
    if (this.#use === 'working') await this.#pulse.start();
    const reader = this.#reader;
    if (reader && !reader.behind) await this.#repeated(() => hub.listening.join(reader));
  }

  override async close(): Promise<void> {
    if (this.closing) return;
    this.closing = Promise.resolve();
    this.#context.hub.unregister(this);
    await this.disconnect();
  }

  override async disconnect(): Promise<void> {
    this.#interrupt();
    if (this.#reader) this.#context.hub.listening.interrupt(this.#reader);
  }

  override async disconnectBlocking(): Promise<void> {
    this.#interrupt();
  }

  override async reconnectBlocking(): Promise<void> {
    if (!this.closing) this.#pulse.resume();
  }

  /** The shared sockets have names of their own. */
  override async setName(): Promise<void> {}

  override waitForJob(blockTimeout: number): Promise<Marker> {
    const { hub } = this.#context;
    if (this.closing) return Promise.reject(new ConnectionClosedError());
    if (this.#pulse.interruption.aborted) return Promise.resolve(INTERRUPTED);
    const isIdle = blockTimeout === (this.#options as { drainDelay?: number }).drainDelay;
    return hub.waiting.wait(this.keys.marker!, this, blockTimeout * 1_000, isIdle);
  }

  override readEvents(id: string, blockTimeout: number): Promise<never> {
    if (this.closing) return Promise.reject(new ConnectionClosedError());
    this.#reader ??= { key: this.keys.events!, behind: id !== '$' };
    const reader = this.#reader;
    const read: Promise<StreamRead> = this.#repeated(() =>
      this.#context.hub.listening.read(reader, id, blockTimeout),
    );
    return read as Promise<never>; // BullMQ types the reply of XREAD as `any`-like tuples.
  }

  /** The server's clients, and this process's workers and listeners, which share sockets. */
  override async getClientList(): Promise<string[]> {
    const lists = await super.getClientList();
    const local = this.#context.hub.clientLines();
    return lists.map((list) => `${list.trimEnd()}\n${local}`);
  }

  // --- gate ---------------------------------------------------------------------------------------

  override addJob(job: JobJson, jobId: string, parentKeyOpts: ParentKeyOpts = {}): Promise<string> {
    const durability = this.#context.durable.demandOf(this.name);
    if (durability)
      return this.#durably(durability, (bulk) => bulk.addJob(job, jobId, parentKeyOpts));
    if (isLargePayload(job.data.length))
      return this.#onBulk('unknown', (bulk) => bulk.addJob(job, jobId, parentKeyOpts));
    const { command } = this.#context.hub;
    // The gate sends while there is a client; what BullMQ's own addJob does but for waiting for one.
    return this.#gated('unknown', () =>
      this.addJobToTransaction(command.readyClient!, job, jobId, parentKeyOpts),
    );
  }

  override async addJobs(entries: JobArguments<'addJobs'>[0]): Promise<string[]> {
    const ids: string[] = [];
    const durability = this.#context.durable.demandOf(this.name);
    for (const slice of slicesOf(entries)) {
      const added = durability
        ? await this.#durably(durability, (bulk) => bulk.addJobs(slice))
        : isLargeBatch(slice)
          ? await this.#onBulk('unknown', (bulk) => bulk.addJobs(slice))
          : await this.#gated('unknown', () => super.addJobs(slice));
      for (const id of added) ids.push(this.#checkedId(id));
    }
    return ids;
  }

  override addFlow(entries: FlowEntry[]): Promise<[Error | null, string | number][]> {
    const durability = this.#context.durable.demandOf(...entries.map((node) => node.queueName));
    if (!durability)
      return addWholeFlow(this, this.#context, entries, (send) => this.#gated('unknown', send));
    return this.#bulkLane.durably(
      durability,
      (_, connection, gated) => addWholeFlow(this, this.#context, entries, gated, connection),
      () => `Flow ${entries[0]?.jobId} of queue ${entries[0]?.queueName} is`,
    );
  }

  override addJobScheduler(...args: JobArguments<'addJobScheduler'>): Promise<[string, number]> {
    const durability = this.#context.durable.demandOf(this.name);
    return durability
      ? this.#durably(durability, (bulk) => bulk.addJobScheduler(...args))
      : this.#gated('unknown', () => super.addJobScheduler(...args));
  }

  #durably<T>(durability: Durability, run: (bulk: RedisQueueBackend) => Promise<T>): Promise<T> {
    return this.#bulkLane.durably(
      durability,
      (bulk, _, gated) => gated(() => run(bulk)),
      (id) => `Job ${id} of queue ${this.name} is`,
    );
  }

  // --- read ---------------------------------------------------------------------------------------

  override getJobs(...range: Range): ReturnType<RedisQueueBackend['getJobs']> {
    if (isPage(range)) return this.#onBulk('repeat', (bulk) => bulk.getJobs(...range));
    return readWholeRange(this, range);
  }

  // --- fetch --------------------------------------------------------------------------------------

  /** Straight through when all is well; held when it is not. */
  override async moveToActive(token: string, name?: string): Promise<Fetched | never[]> {
    if (!this.#pulse.hasStarted) await this.#pulse.start();
    const { hub } = this.#context;
    if (!hub.command.isReady || this.#pulse.interruption.aborted)
      return this.#fetchHeld(token, name);
    try {
      const fetched = await super.moveToActive(token, name);
      this.#pulse.beat();
      return fetched as Fetched;
    } catch (error) {
      return this.#fetchHeld(token, name, error);
    }
  }

  async #fetchHeld(token: string, name?: string, failure?: unknown): Promise<Fetched | never[]> {
    const { hub, announce } = this.#context;
    hub.refusals.report(failure);
    const queue = this.name;
    const options = {
      send: () => super.moveToActive(token, name) as Promise<Fetched>,
      findLost: () => findFetched(this, hub.command, token),
      whenConnected: () => hub.command.client,
      interrupted: this.#pulse.interruption,
      onHeld: (reason: string) => announce('fetch.held', { queue, reason }),
      onResumed: (heldMs: number) =>
        announce('fetch.resumed', { queue, heldMs: Math.round(heldMs) }),
    };
    const fetched = await fetchHeld(options, failure);
    if (fetched === 'interrupted') return [];
    this.#pulse.beat();
    return fetched;
  }

  // --- ack ----------------------------------------------------------------------------------------

  async #acknowledged(name: string, args: unknown[], run: Run): Promise<unknown> {
    try {
      return await run(this);
    } catch (failure) {
      return await this.#acknowledgedAgain(name, args, run, failure);
    } finally {
      this.#pulse.beat();
    }
  }

  #acknowledgedAgain(name: string, args: unknown[], run: Run, failure: unknown): Promise<unknown> {
    const { hub, announce } = this.#context;
    hub.refusals.report(failure);
    const member = ACKNOWLEDGED[name]!;
    const jobId = member.jobId(args);
    const token = member.token(args);
    const lockMs = (this.#options as { lockDuration?: number }).lockDuration ?? DEFAULT_LOCK_MS;
    return acknowledgeAgain(failure, {
      send: () => run(this),
      whenConnected: () => hub.command.client,
      alreadyDone: async () => member.toAnswer(await findFetched(this, hub.command, token)),
      relock: () => this.#relock(jobId, token, lockMs),
      patienceMs: lockMs,
      onRetry: (tries, reason) =>
        announce('ack.retried', { queue: this.name, jobId, try: tries, reason }),
    });
  }

  /** Takes the lock of a job that is still active, unless somebody else has it by now. */
  async #relock(jobId: string, token: string, lockMs: number): Promise<boolean> {
    if ((await this.getState(jobId)) !== 'active') return false;
    const redis = await this.#context.hub.command.raw();
    await redis.set(`${this.toKey(jobId)}:lock`, token, 'PX', lockMs, 'NX');
    return true;
  }

  // --- around everything else ------------------------------------------------------------------

  /** Wraps the members that need no code of their own, by kind. */
  static {
    const around: Partial<Record<MemberKind, Wrap>> = {
      ack: (self, run, name, args) => self.#acknowledged(name, args, run),
      read: (self, run) => self.#read(run),
      write: (self, run) => self.#gated('repeat', () => run(self)),
      once: (self, run) => self.#gated('unknown', () => run(self)),
      loop: (self, run) => self.#repeated(() => run(self)),
      page: (self, run) => self.#onBulk('repeat', run),
      sweep: (self, run) => self.#onBulk('unknown', run),
    };
    const prototype = DroverBackend.prototype as unknown as Record<string, Method>;
    const original = RedisQueueBackend.prototype as unknown as Record<string, Method>;
    for (const [name, kind] of Object.entries(MEMBERS)) {
      const wrap = around[kind];
      if (!wrap) continue;
      const method = original[name]!;
      prototype[name] = function (this: DroverBackend, ...args: unknown[]) {
        return wrap(this, (target) => method.apply(target, args), name, args);
      };
    }
  }

  #gated<T>(whenLost: 'repeat' | 'unknown', send: () => Promise<T>): Promise<T> {
    const { gate, hub, whenDown } = this.#context;
    return gate.run(hub.command, whenDown, whenLost, send);
  }

  /**
   * Reads of single jobs follow a list of jobs to the bulk socket: BullMQ's getJobs reads each one, and
   * behind the list they may take their time, as it does.
   */
  #read(run: Run): Promise<unknown> {
    return this.#context.hub.bulk?.isReady
      ? this.#onBulk('repeat', run, this.#context.bulkReads)
      : this.#gated('repeat', () => run(this));
  }

  async #repeated<T>(run: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await run();
      } catch (error) {
        this.#context.hub.refusals.report(error);
        if (!toConnectionLost(error)) throw error;
        await this.#context.hub.command.client;
      }
    }
  }

  #onBulk<T>(...args: BulkArguments<T>): Promise<T> {
    return this.#bulkLane.run(...args);
  }

  get #bulkLane(): BulkLane {
    this.#lane ??= new BulkLane(this.#context, this, this.name, this.#options);
    return this.#lane;
  }

  #interrupt(): void {
    this.#pulse.interrupt();
    this.#context.hub.waiting.interrupt(this);
  }

  /** A script answers a negative number where `add` would have thrown; BullMQ's addBulk lets it through. */
  #checkedId(id: string | number): string {
    if (typeof id === 'number' && id < 0)
      throw this.finishedErrors({ code: id, command: 'addJob' });
    return id as string;
  }
}

type Method = (...args: unknown[]) => Promise<unknown>;
type Run = (target: RedisQueueBackend) => Promise<unknown>;
type Wrap = (self: DroverBackend, run: Run, name: string, args: unknown[]) => Promise<unknown>;
