/**
 * BullMQ's Redis backend on a hub's shared sockets: the seam where everything on a job's path happens.
 *
 * Each member runs BullMQ's own code and scripts; `MEMBERS` says what is done around it. The subclass owns
 * no socket: closing it ends its own waits and nothing else. It must stay a subclass, since BullMQ tests
 * for its class in places, and it must be cheap to make, since a flow makes one for every node.
 */
import {
  ConnectionClosedError,
  type JobJson,
  type ParentKeyOpts,
  type QueueBaseOptions,
  QueueKeys,
  type RedisConnection,
  RedisQueueBackend,
  type WorkerOptions,
} from 'bullmq';
import { systemClock } from '../base/clock.ts';
import { queueLabel } from '../keys.ts';
import type { HubMember } from '../redis/hub.ts';
import type { EventReader, StreamRead } from '../redis/listening.ts';
import { INTERRUPTED, type Marker } from '../redis/waiting.ts';
import { AccompaniedBackend, type BackendParts } from './accompanied-backend.ts';
import { ACKNOWLEDGED } from './acknowledged-members.ts';
import { Acks } from './acks.ts';
import { type AddArguments, type Adds, DirectAdds } from './adds.ts';
import type { BackendContext } from './backend-context.ts';
import { BackendPayloads } from './backend-payloads.ts';
import { Calls, type Run } from './calls.ts';
import { Fetches } from './fetches.ts';
import { type Fetched, findFetched } from './find-fetched.ts';
import { HeldJobs } from './held-jobs.ts';
import { Intake } from './intake.ts';
import { dataLengthOf, type QueueObserver, waitMsOf } from './job-observer.ts';
import { CARRIERS, MEMBERS, type MemberKind } from './members.ts';
import { ObservedAdds } from './observed-adds.ts';
import { OffloadedAdds } from './offloaded-adds.ts';
import { PackedAdds } from './packed-adds.ts';
import { withPayloads } from './payload-members.ts';
import { SpooledAdds } from './spooled-adds.ts';
import { scanDeadline, whenSettled } from './stalled-scan.ts';
import { isPage, type Range, readWholeRange } from './whole-range.ts';
import { WorkerPulse } from './worker-pulse.ts';

/** What kind of BullMQ object a backend was made for. */
export type BackendUse = 'producing' | 'working' | 'listening';

const DEFAULT_LOCK_MS = 30_000;

/** One queue's operations over the hub. */
export class DroverBackend extends RedisQueueBackend implements HubMember {
  readonly #context: BackendContext;
  readonly #options: QueueBaseOptions;
  readonly #use: BackendUse;
  readonly #observer: QueueObserver | undefined;
  #reader: EventReader | undefined;
  #lazyAdds: Adds | undefined;
  #lazyPlain: RedisQueueBackend | undefined;
  #lazyAccompanied: AccompaniedBackend | undefined;
  readonly #pulse = new WorkerPulse();
  readonly #held: HeldJobs;
  #lazyAcks: Acks | undefined;
  #lazyIntake: Intake | undefined;
  #lazyFetches: Fetches | undefined;
  #lazyPayloads: BackendPayloads | undefined;
  readonly #calls: Calls;

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
    const observer = use === 'working' ? context.observer?.queue(this.#label) : undefined;
    this.#observer = observer;
    this.#held = new HeldJobs(
      observer && ((job) => observer.fetched(job.name, waitMsOf(job), dataLengthOf(job))),
    );
    this.#calls = new Calls(context, (connection) => this.#createOn(connection));
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

  /** Whether this worker takes jobs. */
  get intake(): Intake {
    this.#lazyIntake ??= new Intake(this.#context.hub.waiting, {
      ...{ key: this.keys.marker!, owner: this },
      onOpened: () => this.#pulse.beat(),
    });
    return this.#lazyIntake;
  }

  /** How many jobs this worker has fetched and not yet acknowledged. */
  get held(): number {
    return this.#held.size;
  }

  override forQueue(queueName: string, prefix?: string): DroverBackend {
    const options = { ...this.#options, prefix: prefix ?? this.redisPrefix };
    return new DroverBackend(this.#context, queueName, options);
  }

  // --- socket -------------------------------------------------------------------------------------

  /**
   * A flow's add waits for this first: there it returns at once, since adding the flow waits itself and both
   * together must not take longer than an add may. A listener that has waited for it hears everything that is
   * announced afterwards.
   */
  override async waitUntilReady(): Promise<void> {
    const { hub } = this.#context;
    if (this.name === '') return;
    await hub.command.client;
    if (this.#use === 'working') await this.#pulse.start();
    const reader = this.#reader;
    if (reader && !reader.behind) await this.#calls.repeated(() => hub.listening.join(reader));
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
    if (this.closing) return Promise.reject(new ConnectionClosedError());
    if (this.#pulse.interruption.aborted) return Promise.resolve(INTERRUPTED);
    const isIdle = blockTimeout === (this.#options as { drainDelay?: number }).drainDelay;
    return this.intake.wait(blockTimeout * 1_000, isIdle);
  }

  override readEvents(id: string, blockTimeout: number): Promise<never> {
    if (this.closing) return Promise.reject(new ConnectionClosedError());
    this.#reader ??= { key: this.keys.events!, behind: id !== '$' };
    const reader = this.#reader;
    const read: Promise<StreamRead> = this.#calls.repeated(() =>
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

  override addJob(job: JobJson, jobId: string, parent?: ParentKeyOpts): Promise<string> {
    return this.#adds.addJob(job, jobId, parent);
  }

  override addJobs(...args: AddArguments<'addJobs'>): Promise<string[]> {
    return this.#adds.addJobs(...args);
  }

  override addFlow(...[entries]: AddArguments<'addFlow'>): ReturnType<Adds['addFlow']> {
    return this.#addsOf(...entries.map(({ queueName }) => queueName)).addFlow(entries);
  }

  override addJobScheduler(...args: AddArguments<'addJobScheduler'>): Promise<[string, number]> {
    return this.#adds.addJobScheduler(...args);
  }

  /** Name of the queue inside Drover's keys. */
  get #label(): string {
    return queueLabel(this.redisPrefix, this.name);
  }

  get #adds(): Adds {
    this.#lazyAdds ??= this.#addsOf(this.name);
    return this.#lazyAdds;
  }

  /** BullMQ's own backend of this queue on the command socket, with nothing around its calls. */
  get #plain(): RedisQueueBackend {
    this.#lazyPlain ??= this.#createOn(this.#context.command);
    return this.#lazyPlain;
  }

  /** The same for the scripts with a companion. */
  get #accompanied(): AccompaniedBackend {
    this.#lazyAccompanied ??= new AccompaniedBackend(
      {
        recorder: this.#context.failures,
        failing: this.#acks.failing,
        attempts: () => this.#held.attempts,
        scanDeadline: () => scanDeadline(this.#context.hub.serverClock.now),
      },
      ...this.#partsOn(this.#context.command),
    );
    return this.#lazyAccompanied;
  }

  /** What must reach replicas is not there before it has: it is never kept here alone. */
  #addsOf(...queues: string[]): Adds {
    const plain = this.#plain;
    const { whenDown, durable } = this.#context;
    const target = { prefix: this.redisPrefix, queue: this.name };
    const adds =
      whenDown === 'spool' && !durable.demandOf(...queues)
        ? new SpooledAdds(this.#context, target, plain)
        : new OffloadedAdds(
            new DirectAdds(this.#context, this.#calls, plain, this.name),
            ...([this.#context, target, this.#payloads] as const),
          );
    const { observer, payloads } = this.#context;
    const observed = observer ? new ObservedAdds(adds, observer, this.#label) : adds;
    return new PackedAdds(observed, payloads, target, this.#label);
  }

  get #payloads(): BackendPayloads {
    this.#lazyPayloads ??= new BackendPayloads({
      ...{ context: this.#context, label: this.#label, pulse: this.#pulse },
      intake: () => this.intake,
      lockMs: () => this.#lockMs,
      keepLock: (id, token) => this.#accompanied.extendLocks([id], [token], this.#lockMs),
      sendBack: (id, token, delayMs) =>
        this.moveToDelayed(id, systemClock.now(), delayMs, token, { skipAttempt: true }),
      handBack: (id, token) => this.moveJobFromActiveToWait(id, token),
    });
    return this.#lazyPayloads;
  }

  /** BullMQ's plain backend of this queue on a socket of the hub. */
  #createOn(connection: RedisConnection): RedisQueueBackend {
    return new RedisQueueBackend(...this.#partsOn(connection));
  }

  #partsOn(connection: RedisConnection): BackendParts {
    const toKey = (type: string): string => this.toKey(type);
    return [connection, this.name, this.keys, toKey, this.#options, undefined, false];
  }

  // --- read ---------------------------------------------------------------------------------------

  override getJobs(...range: Range): ReturnType<RedisQueueBackend['getJobs']> {
    if (isPage(range)) return this.#calls.bulk.run('repeat', (bulk) => bulk.getJobs(...range));
    return readWholeRange(this, range);
  }

  // --- fetch --------------------------------------------------------------------------------------

  override moveToActive(token: string, name?: string): Promise<Fetched | never[]> {
    this.#lazyFetches ??= new Fetches({
      ...{ context: this.#context, queue: this.name, held: this.#held, pulse: this.#pulse },
      intake: this.intake,
      payloads: this.#payloads.fetched,
      send: (...fetch) => super.moveToActive(...fetch),
      findLost: (lost) => this.#findLost(lost),
    });
    return this.#lazyFetches.run(token, name);
  }

  #findLost(token: string): Promise<Fetched | undefined> {
    return findFetched(this.#plain, this.#context.hub.command, token);
  }

  // --- ack ----------------------------------------------------------------------------------------

  get #acks(): Acks {
    this.#lazyAcks ??= new Acks({
      context: this.#context,
      queue: this.name,
      label: this.#label,
      held: this.#held,
      pulse: this.#pulse,
      intake: this.intake,
      observer: this.#observer,
      accompanied: () => this.#accompanied,
      payloads: this.#payloads.fetched,
      lockMs: () => this.#lockMs,
      findLost: (token) => this.#findLost(token),
    });
    return this.#lazyAcks;
  }

  // --- locks --------------------------------------------------------------------------------------

  get #lockMs(): number {
    return (this.#options as { lockDuration?: number }).lockDuration ?? DEFAULT_LOCK_MS;
  }

  /** Locks may have run out while Redis was away. */
  onReconnected(): void {
    const { all } = this.#held;
    if (all.length === 0) return;
    const ids = all.map(({ jobId }) => jobId);
    const tokens = all.map(({ token }) => token);
    this.#accompanied.extendLocks(ids, tokens, this.#lockMs).catch(() => {}); // Renewed again soon.
  }

  override extendLocks(...args: Parameters<RedisQueueBackend['extendLocks']>): Promise<string[]> {
    return this.#calls.repeated(() => this.#accompanied.extendLocks(...args));
  }

  override moveStalledJobsToWait(): Promise<string[]> {
    return this.#calls.repeated(() => this.#scan());
  }

  async #scan(): Promise<string[]> {
    const { command } = this.#context.hub;
    const { lockRenewTime = this.#lockMs / 2 } = this.#options as unknown as WorkerOptions;
    const isSettled = await whenSettled(command, lockRenewTime, this.#pulse.interruption);
    return isSettled ? await this.#accompanied.moveStalledJobsToWait() : [];
  }

  // --- around everything else ------------------------------------------------------------------

  /** Wraps the members that need no code of their own, by kind. */
  static {
    const around: Partial<Record<MemberKind, Wrap>> = {
      read: (self, run) => self.#calls.read(self, run),
      write: (self, run) => self.#calls.gated('repeat', () => run(self)),
      once: (self, run) => self.#calls.gated('unknown', () => run(self)),
      loop: (self, run) => self.#calls.repeated(() => run(self)),
      page: (self, run) => self.#calls.bulk.run('repeat', run),
      sweep: (self, run) => self.#calls.bulk.run('unknown', run),
    };
    const prototype = DroverBackend.prototype as unknown as Record<string, Method>;
    const original = RedisQueueBackend.prototype as unknown as Record<string, BullMethod>;
    for (const [name, kind] of Object.entries(MEMBERS)) {
      const wrap = around[kind];
      const acknowledging = ACKNOWLEDGED[name];
      if (!wrap && !acknowledging && !CARRIERS[name]) continue;
      const method = original[name]!;
      let member = prototype[name]!;
      if (acknowledging)
        member = function (this: DroverBackend, ...args: unknown[]) {
          return this.#acks.run(acknowledging, args, (given) => method.apply(this, given));
        };
      else if (wrap)
        member = function (this: DroverBackend, ...args: unknown[]) {
          return wrap(this, (target) => method.apply(target, args));
        };
      prototype[name] = CARRIERS[name]
        ? withPayloads(name, member, (self) => self.#payloads)
        : member;
    }
  }

  #interrupt(): void {
    this.#pulse.interrupt();
    this.intake.interrupt();
  }
}

type Method = (this: DroverBackend, ...args: unknown[]) => Promise<unknown>;
type BullMethod = (this: RedisQueueBackend, ...args: unknown[]) => Promise<unknown>;
type Wrap = (self: DroverBackend, run: Run) => Promise<unknown>;
