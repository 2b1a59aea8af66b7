/**
 * The one object that most users meet: everything of a process, wired, started and stopped in order.
 *
 * It makes no decision of its own. Start opens the hub and the workers and returns whether or not Redis is
 * there; `StopOrder` ends it. Everything periodic is in one list, `#loops`.
 */
import type { FlowProducer, QueueEvents } from 'bullmq';
import {
  createBackendContext,
  createBackendFactory,
  type DroverBackendFactory,
} from './backend/backend-factory.ts';
import { COMPANIONS } from './backend/companions.ts';
import { OrphanSearch } from './backend/orphan-search.ts';
import { OutageGate } from './backend/outage-gate.ts';
import { SpoolSender } from './backend/spool-sender.ts';
import { Loop } from './base/loop.ts';
import { withDeadline } from './base/wait.ts';
import type { CoordinatorOptions, Logger } from './config/options.ts';
import { type Config, type Environment, resolveConfig } from './config/resolve-config.ts';
import { ControlPlane, createCapture, createRecorder, createRedactor } from './control-plane.ts';
import { createLogger } from './create-logger.ts';
import { EventBus, type EventListener, type EventName } from './events.ts';
import { ConnectionWatch } from './health/connection-watch.ts';
import { QueueSampler } from './health/queue-sampler.ts';
import { RedisWatch } from './health/redis-watch.ts';
import { createKeys } from './keys.ts';
import { writeLogLines } from './log-lines.ts';
import { LoopErrors } from './loop-errors.ts';
import type { ControlSurface } from './operations/control-surface.ts';
import { createHealthOperations } from './operations/insight/health-operations.ts';
import type { Operations } from './operations/operations.ts';
import type { RedisHealthView } from './operations/views.ts';
import { OperatorPlane } from './operator-plane.ts';
import { Payloads } from './payloads/payloads.ts';
import type { Pin, PinWishes } from './pools/pins.ts';
import type { JobTypes } from './queues/define-queue.ts';
import { QueueManager, type QueueRef } from './queues/queue-manager.ts';
import type { QueueStats } from './queues/queue-stats.ts';
import type { TypedQueue } from './queues/typed-queue.ts';
import { clientMaker } from './redis/create-client.ts';
import { DataWatch } from './redis/data-watch.ts';
import { Hub } from './redis/hub.ts';
import { Spool, type SpoolView } from './spool/spool.ts';
import { type Face, StopOrder } from './stop-order.ts';
import { Attendance } from './workers/attendance.ts';
import type { ProcessOptions } from './workers/process-options.ts';
import type { Processor, ProcessorFile } from './workers/processor.ts';
import { WorkerManager } from './workers/worker-manager.ts';

/** `start()` reports on Redis if it hears of it this soon. */
const FIRST_WORD_MS = 500;
/** Owns the queues, workers and sockets of a process. */
export class Coordinator {
  /** Queues: made once, found by name. */
  readonly queues: QueueManager;
  /** Workers of this process. */
  readonly workers: WorkerManager;
  /** The backend for BullMQ objects that you make yourself: `new Queue(name, options, coordinator.backend)`. */
  readonly backend: DroverBackendFactory;
  /** What operators may ask and do, for the program that owns this: nobody is asked who they are. */
  readonly operations: Operations;
  /** The same for everybody else, guarded and audited: faces call this and nothing else. */
  readonly control: ControlSurface;
  /** The logger in use. */
  readonly logger: Logger;

  readonly #config: Config;
  readonly #bus = new EventBus();
  readonly #hub: Hub;
  readonly #spool: Spool;
  readonly #payloads: Payloads;
  readonly #sender: SpoolSender;
  readonly #attendance: Attendance;
  readonly #sampler: QueueSampler;
  readonly #connections: ConnectionWatch;
  readonly #data: DataWatch;
  readonly #controlPlane: ControlPlane;
  readonly #operatorPlane: OperatorPlane;
  readonly #loops: readonly Loop[];
  readonly #loopErrors: LoopErrors;
  readonly #faces: Face[] = [];
  readonly #stopOrder: StopOrder;
  #starting: Promise<void> | undefined;

  /**
   * Checks the options and wires everything. Does no I/O. Throws `CONFIG_INVALID`.
   *
   * @param environment read for what the options leave open; @default that of the process
   */
  constructor(options: CoordinatorOptions = {}, environment?: Environment) {
    const config = resolveConfig(options, environment);
    const { announce } = this.#bus;
    const { name: app, host, pid, reconnect, allowEviction, target, readOnly } = config;
    const keys = createKeys(config.coordinatorPrefix);
    this.#config = config;
    this.logger = createLogger(config);
    writeLogLines(this.#bus, this.logger);
    const capture = createCapture(config, keys);
    const companions = [...COMPANIONS, ...capture.companions];
    this.#hub = new Hub({
      ...{ app, host, pid, reconnect, allowEviction, keys, announce, companions },
      ...{ readOnly, ...(target && { createClient: clientMaker(target, readOnly) }) },
    });
    const { command } = this.#hub;
    this.#loopErrors = new LoopErrors(this.#hub.refusals, announce);
    const recorder = createRecorder(config, this.#hub, this.#bus);
    const redactor = createRedactor(keys, this.#hub, () => this.queues.definitions);
    this.#spool = new Spool({ ...config.spool, writer: { host, pid }, announce });
    const payloads = new Payloads({ config, hub: this.#hub, keys, announce, observer: recorder });
    const { codecs } = payloads;
    this.#payloads = payloads;
    this.#sender = new SpoolSender({
      ...{ hub: this.#hub, spool: this.#spool, keys, announce, payloads: codecs },
    });
    const gate = new OutageGate(this.#hub, config.addTimeoutMs);
    const context = createBackendContext({
      hub: this.#hub,
      gate,
      ...{ announce, keys, spool: this.#spool },
      ...{ observer: recorder, failures: capture.failures, payloads: codecs },
      ...{ places: payloads.places, bodyKey: (...of) => payloads.bodyKey(...of) },
      origin: { host, version: config.appVersion },
    });
    this.backend = createBackendFactory(context, config.whenDown);
    this.queues = new QueueManager({ config, context, keys, payloads });
    this.workers = new WorkerManager({
      ...{ config, queues: this.queues, logger: this.logger, announce, command, keys, redactor },
      isRedisConfigured: this.#hub.isConfigured,
    });
    for (const name of ['fetch.held', 'ack.retried'] as const)
      this.#bus.on(name, ({ queue }) => this.workers.noteRefusal(queue));
    this.#bus.on('redis.emptied', () => void payloads.round().catch(() => {})); // Its loop tells.
    this.#attendance = new Attendance({
      ...{ hub: this.#hub, keys, workers: this.workers, announce, host, pid },
      ...{ appVersion: config.appVersion, isReadOnly: config.readOnly },
    });
    this.#sampler = new QueueSampler({ queues: this.queues, command, keys });
    const server = new RedisWatch({ command, ask: () => this.#hub.look() });
    const connections = new ConnectionWatch({ command, app, host, pid, announce });
    this.#connections = connections;
    this.#data = new DataWatch(command, keys, announce);
    const health = createHealthOperations({
      ...{ config, command, workers: this.workers, sampler: this.#sampler, connections, server },
      refusals: this.#hub.refusals,
      eviction: () => this.#hub.eviction,
      phase: () => this.#phase,
    });
    this.#controlPlane = new ControlPlane({
      ...{ config, keys, bus: this.#bus, recorder, redactor, hub: this.#hub, gate, payloads },
      ...{ queues: this.queues, workers: this.workers, hostId: () => this.#attendance.id },
      isRedisUp: () => health.redis().status === 'healthy',
      discovered: () => this.#operatorPlane.discovered(),
    });
    this.#operatorPlane = new OperatorPlane({
      ...{ config, keys, bus: this.#bus, redactor, hub: this.#hub, gate, payloads, health },
      ...{ queues: this.queues, workers: this.workers },
      controlPlane: this.#controlPlane,
    });
    this.operations = this.#operatorPlane.operations;
    this.control = this.#operatorPlane.control;
    const { halfway } = context;
    const queueKeys = () => this.queues.keyPrefixes;
    const orphans = new OrphanSearch({ hub: this.#hub, halfway, queueKeys, announce });
    const writing = [
      this.#loop('heartbeat', 10_000, () => this.#attendance.round()),
      this.#loop('data', 5_000, () => this.#data.look()),
      this.#loop('spool', 5_000, () => this.#spool.look()),
      this.#loop('payloads', 60_000, () => payloads.round()),
      this.#loop('worker watch', 5_000, () => this.workers.watch()),
      this.#loop('orphans', 5_000, () => orphans.round()),
    ];
    const periodic = [...this.#controlPlane.periodic, ...this.#operatorPlane.periodic];
    this.#loops = [
      this.#loop('ping', 5_000, () => this.#hub.ping()),
      ...(readOnly ? [] : writing),
      this.#loop('queue statistics', 15_000, () => this.#sampler.sample()),
      this.#loop('server', 15_000, () => server.look()),
      this.#loop('connection count', 60_000, () => connections.look()),
      ...periodic
        .filter(({ onlyReads }) => onlyReads || !readOnly)
        .map(({ name, intervalMs, run }) => this.#loop(name, intervalMs, run)),
    ];
    this.#stopOrder = new StopOrder({
      ...{ config, announce, payloads, hub: this.#hub, sender: this.#sender, spool: this.#spool },
      ...{ queues: this.queues, workers: this.workers, attendance: this.#attendance },
      ...{ controlPlane: this.#controlPlane, operatorPlane: this.#operatorPlane },
      ...{ faces: this.#faces, loops: this.#loops },
    });
  }

  /** The queue, typed by its definition: BullMQ's own `Queue`. */
  queue<Jobs extends JobTypes, Result>(ref: QueueRef<Jobs, Result>): TypedQueue<Jobs, Result> {
    return this.queues.get(ref);
  }

  /** BullMQ's own `FlowProducer`, for trees of jobs over several queues. */
  get flows(): FlowProducer {
    return this.queues.flows;
  }

  /** BullMQ's own `QueueEvents` of a queue. */
  queueEvents(ref: QueueRef): QueueEvents {
    return this.queues.events(ref);
  }

  /** Registers what runs the jobs of a queue; see `WorkerManager.registerProcessor`. */
  process<Jobs extends JobTypes, Result>(
    ref: QueueRef<Jobs, Result>,
    processor: Processor<Jobs, Result> | ProcessorFile,
    how?: number | ProcessOptions,
  ): this {
    this.workers.registerProcessor(ref, processor, how);
    return this;
  }

  /** As `process`; tells whether the processor was accepted. */
  registerProcessor<Jobs extends JobTypes, Result>(
    ref: QueueRef<Jobs, Result>,
    processor: Processor<Jobs, Result> | ProcessorFile,
    how?: number | ProcessOptions,
  ): boolean {
    return this.workers.registerProcessor(ref, processor, how);
  }

  /** Listens to an event of the catalogue; returns the function that ends it. */
  on<N extends EventName>(name: N, listener: EventListener<N>): () => void {
    return this.#bus.on(name, listener);
  }

  /** Has `face` stopped first of all in `stop()`. */
  attach(face: Face): void {
    this.#faces.push(face);
  }

  /** Opens the connections and starts the workers. Returns even while Redis is down; never throws. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * The first half of `stop`: readiness says no, workers take no new jobs and finish the running ones, those that take
   * too long and can be stopped go back to their queues. Queues, listeners and connections stay open, and faces go on
   * answering; `stop` ends these, within the same deadline. For frameworks that close their servers in between.
   *
   * @param options.timeoutMs how long both may take together; @default `shutdownTimeoutMs`
   * @returns how many jobs were still running; they are left to their locks
   */
  drain(options: { timeoutMs?: number } = {}): Promise<number> {
    return this.#stopOrder.drain(options.timeoutMs);
  }

  /**
   * Faces refuse, workers take no new jobs and finish the running ones, those that take too long and can be
   * stopped go back to their queues, everything is closed.
   *
   * @param options.timeoutMs how long running jobs may take; @default what is left of `drain`, or `shutdownTimeoutMs`
   */
  stop(options: { timeoutMs?: number } = {}): Promise<void> {
    return this.#stopOrder.stop(options.timeoutMs);
  }

  /** The specification's name for `stop`. */
  closeAll(): Promise<void> {
    return this.stop();
  }

  /** Stops on SIGTERM and SIGINT and exits with 0; a second signal exits at once with 1. */
  exitOnSignals(signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT']): this {
    const onSignal = (): void => {
      if (this.#stopOrder.isStopping) process.exit(1);
      void this.stop().then(() => process.exit(0));
    };
    for (const signal of signals) process.on(signal, onSignal);
    return this;
  }

  /** Statistics of every queue used in this process, in one round trip. */
  getAllQueueStats(): Promise<QueueStats[]> {
    return this.queues.getAllQueueStats();
  }

  /** Statistics of one queue. */
  getQueueStats(ref: QueueRef): Promise<QueueStats> {
    return this.queues.getQueueStats(ref);
  }

  /** What lies on the local disk until Redis is back, and what went through it. */
  get spool(): SpoolView {
    return this.#spool.view;
  }

  /** Dead letters and bulk actions on them. */
  get deadLetters(): Operations['deadLetters'] {
    return this.operations.deadLetters;
  }

  /**
   * Sets the slots of a queue's pool by hand, in the whole fleet, for an hour or as long as `for` says: the
   * specification's name for `operations.pools.scaleWorkers`. Rejects with POOL_UNKNOWN, PIN_INVALID and while Redis
   * is away.
   */
  scaleWorkers(queue: QueueRef, slots: number, wishes?: PinWishes): Promise<Pin> {
    return this.operations.pools.scaleWorkers(queue, slots, wishes);
  }

  /** How Redis is, from memory. */
  getRedisHealth(): RedisHealthView {
    return this.operations.health.redis();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #start(): Promise<void> {
    if (this.#stopOrder.hasBegun) return;
    const { announce } = this.#bus;
    if (!this.#config.readOnly) this.#spool.start();
    if (!this.#hub.isConfigured) {
      announce('redis.unconfigured', {});
      this.#announceStarted('disabled');
      return;
    }
    // What reads from memory is filled as soon as there is something to read.
    this.#bus.on('connection.ready', ({ role }) => {
      if (role === 'command') this.#refresh();
    });
    const firstWord = this.#firstWord();
    if (!this.#config.lazy) this.queues.initialize();
    this.workers.start();
    for (const loop of this.#loops) loop.start();
    const { command } = this.#hub;
    // Lazy, and nobody has used it yet: nothing is known, and nothing is wrong.
    const isUnused = command.state === 'idle';
    const isWordAwaited = !isUnused && !command.isReady && command.lastError === undefined;
    if (isWordAwaited) await withDeadline(firstWord, FIRST_WORD_MS);
    this.#announceStarted(command.isReady || isUnused ? 'ready' : 'away');
  }

  /** Settles with the first sign of life or of trouble. */
  #firstWord(): Promise<void> {
    return new Promise((resolve) => {
      const stops = (['connection.ready', 'connection.error'] as const).map((name) =>
        this.#bus.on(name, () => {
          for (const stop of stops) stop();
          resolve();
        }),
      );
    });
  }

  get #phase(): 'new' | 'started' | 'stopping' {
    if (this.#stopOrder.hasBegun) return 'stopping';
    return this.#starting ? 'started' : 'new';
  }

  #announceStarted(redis: 'ready' | 'away' | 'disabled'): void {
    if (this.#stopOrder.hasBegun) return; // Meanwhile; that is what counts.
    this.#bus.announce('coordinator.started', { queues: this.queues.names.length, redis });
  }

  #refresh(): void {
    const reading = () => [this.#sampler.sample(), this.#connections.look()];
    const writing = () => [this.#controlPlane.refresh(), this.#payloads.round(), this.#data.look()];
    const { readOnly } = this.#config;
    const begin = readOnly ? Promise.resolve() : this.#attendance.round();
    // The loops do it again, and tell when they cannot.
    begin.then(() => Promise.all([...(readOnly ? [] : writing()), ...reading()])).catch(() => {});
  }

  #loop(name: string, intervalMs: number, run: () => Promise<void> | void): Loop {
    const onError = (loop: string, error: unknown): void => this.#loopErrors.hear(loop, error);
    return new Loop({ name, intervalMs, run, onError });
  }
}
