/**
 * The workers of a process: one per registered processor, started together, ended by a deadline.
 *
 * Each registration stands alone: one that cannot be made is announced and harms no other. Before `start`
 * registrations are only remembered, so the order of `process` and `start` does not matter. In a web-only
 * process (`backgroundJobs: false`) the queue is defined and nothing is registered.
 */
import type { Worker } from 'bullmq';
import { systemClock } from '../base/clock.ts';
import { withDeadline } from '../base/wait.ts';
import type { Logger } from '../config/options.ts';
import type { Config } from '../config/resolve-config.ts';
import { CoordinatorError, messageOf } from '../errors.ts';
import type { Announce } from '../events.ts';
import { type Keys, queueLabel } from '../keys.ts';
import type { Redactor } from '../payloads/redactor.ts';
import type { JobTypes, QueueDefinition } from '../queues/define-queue.ts';
import type { QueueManager, QueueRef } from '../queues/queue-manager.ts';
import type { QueueHeartbeat } from '../queues/queue-stats.ts';
import type { Connection } from '../redis/connection.ts';
import type { LocalPool } from './pool-figures.ts';
import { mostSlots } from './pool-options.ts';
import type { PoolSettings } from './pool-settings.ts';
import { type ProcessOptions, resolveProcessOptions } from './process-options.ts';
import type { Processor, ProcessorFile } from './processor.ts';
import { Registration, type RegistrationContext, type WorkerView } from './registration.ts';
import { Suspects } from './suspects.ts';

/** What the manager needs. */
export interface WorkerManagerOptions {
  readonly config: Config;
  readonly queues: QueueManager;
  readonly logger: Logger;
  readonly announce: Announce;
  readonly command: Connection;
  readonly keys: Keys;
  readonly isRedisConfigured: boolean;
  /** Hides what is secret in the errors of jobs; undefined hides nothing. */
  readonly redactor?: Pick<Redactor, 'textsNow'>;
}

/** Kept of a stop's time for jobs that are handed back: what processors need to notice and Redis to answer. */
const HAND_BACK_MS = 3_000;

/** Registers processors and runs their workers. */
export class WorkerManager {
  readonly #options: WorkerManagerOptions;
  readonly #context: RegistrationContext;
  readonly #suspects: Suspects;
  readonly #registrations: Registration[] = [];
  readonly #rejected = new Map<string, string>();
  #started = false;
  #closing: Promise<number> | undefined;
  #lastActiveAt: number | null = null;
  #isQuiet = false;
  #isHeld = false;

  constructor(options: WorkerManagerOptions) {
    this.#options = options;
    this.#suspects = new Suspects(options);
    this.#context = {
      ...options,
      redactor: options.redactor,
      suspects: this.#suspects,
      onChange: () => {
        this.#lastActiveAt = systemClock.now();
      },
    };
  }

  /**
   * Registers the processor of a queue. Never throws: a registration that cannot be made is announced as
   * `processor.rejected`.
   *
   * @param how concurrency, or worker options, or a pool; @default 1 job at a time
   * @param by who registers it, for the announcement of what cannot be registered
   */
  registerProcessor<Jobs extends JobTypes, Result>(
    ref: QueueRef<Jobs, Result>,
    processor: Processor<Jobs, Result> | ProcessorFile,
    how: number | ProcessOptions = {},
    by?: string,
  ): boolean {
    const name = typeof ref === 'string' ? ref : ref.name;
    try {
      // Known also where it is not worked on: flows are parsed by it.
      const definition = this.#options.queues.define(ref) as QueueDefinition;
      const { backgroundJobs, readOnly } = this.#options.config;
      if (!backgroundJobs) return false;
      if (this.#closing)
        throw new CoordinatorError(
          'STOPPED',
          `The workers of this process have ended: nothing runs the jobs of "${name}" here any more`,
        );
      if (readOnly)
        throw new CoordinatorError(
          'READ_ONLY',
          `The queue "${name}" is not worked on here: with \`readOnly\` this process changes nothing`,
        );
      const options = resolveProcessOptions(how, {
        waitP95Ms: definition.objectives.waitP95Ms,
        isFile: typeof processor !== 'function',
      });
      if (options.pool) this.#checkOnePool(name);
      const registration = new Registration(this.#context, {
        ...{ definition, options, by },
        processor: processor as Processor<JobTypes, unknown> | ProcessorFile,
      });
      registration.isQuiet = this.#isQuiet || this.#isHeld;
      this.#registrations.push(registration);
      return this.#started ? this.#startOne(registration) : true;
    } catch (error) {
      this.reject(name, error, by);
      return false;
    }
  }

  /** Starts all that is registered, and from now on each as it is registered. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const registration of [...this.#registrations]) this.#startOne(registration);
  }

  /** Announces that nothing runs jobs of `queue` here, for whoever finds that out before `registerProcessor`. */
  reject(queue: string, error: unknown, by?: string): void {
    const message = by === undefined ? messageOf(error) : `${by}: ${messageOf(error)}`;
    this.#rejected.set(queue, message);
    this.#options.announce('processor.rejected', { queue, message });
  }

  /** Queues whose processor could not be registered → why. */
  get rejected(): ReadonlyMap<string, string> {
    return this.#rejected;
  }

  /** When a job last started or ended here, epoch ms; null before the first. */
  get lastActiveAt(): number | null {
    return this.#lastActiveAt;
  }

  /**
   * BullMQ's own workers of a queue in this process: to pause one, to cancel a job, to listen. Ask again each time: one
   * that was stuck is replaced.
   *
   * @param processor only those that run this one, the very function or file that was registered
   */
  get<Jobs extends JobTypes, Result>(
    ref: QueueRef<Jobs, Result>,
    processor?: Processor<Jobs, Result> | ProcessorFile,
  ): Worker[] {
    const name = typeof ref === 'string' ? ref : ref.name;
    return this.#registrations
      .filter(({ definition }) => definition.name === name)
      .filter((each) => processor === undefined || each.runs(processor))
      .flatMap(({ worker }) => worker ?? []);
  }

  /** Jobs that run in this process. */
  get active(): number {
    return this.#registrations.reduce((sum, { active }) => sum + active, 0);
  }

  /** The running workers, as they are now. */
  get workers(): WorkerView[] {
    return this.#registrations.flatMap(({ view }) => view ?? []);
  }

  /** The pools of this process, one for each queue that has one. */
  get pools(): readonly (LocalPool & { readonly settings: PoolSettings })[] {
    return this.#registrations.flatMap(({ pool }) => pool ?? []);
  }

  /** Whether this process takes no new jobs on any queue. */
  get isQuiet(): boolean {
    return this.#isQuiet;
  }
  set isQuiet(isQuiet: boolean) {
    this.#isQuiet = isQuiet;
    this.#quieten();
  }

  /**
   * Whether the application itself takes no new jobs, at its start and its end. Apart from `isQuiet`, which operators
   * set and take back: neither undoes the other.
   */
  get isHeld(): boolean {
    return this.#isHeld;
  }
  set isHeld(isHeld: boolean) {
    this.#isHeld = isHeld;
    this.#quieten();
  }

  /**
   * Cancels a job that runs in this process: it fails for good. Tells whether it does.
   *
   * @param run which run of the job is meant, as BullMQ counts them; null: any
   */
  cancel(label: string, jobId: string, run: number | null, reason: CoordinatorError): boolean {
    const { prefix } = this.#options.config;
    return this.#registrations
      .filter(({ definition }) => queueLabel(prefix, definition.name) === label)
      .some((registration) => registration.cancel(jobId, run, reason));
  }

  /** What the heartbeat says: by label of the queue, all workers of this process together. */
  get heartbeat(): Record<string, QueueHeartbeat> {
    const beats: Record<string, QueueHeartbeat> = {};
    for (const { view, active } of this.#registrations) {
      if (!view) continue;
      const { queue, slots } = view;
      const label = queueLabel(this.#options.config.prefix, queue);
      const sum = beats[label] ?? { workers: 0, slots: 0, active: 0 };
      beats[label] = {
        workers: sum.workers + 1,
        slots: sum.slots + slots,
        active: sum.active + active,
      };
    }
    return beats;
  }

  /** Looks at all workers, and replaces those that are connected and do not fetch. */
  watch(): void {
    if (!this.#started) return;
    const { command, config } = this.#options;
    const connection = command.isReady ? command.since : undefined;
    for (const registration of this.#registrations)
      registration.watch(connection, config.readyWithinMs);
  }

  /** Redis refuses what the workers of a queue send, or their acks are being repeated. */
  noteRefusal(queue: string): void {
    for (const registration of this.#registrations)
      if (registration.definition.name === queue) registration.noteRefusal();
  }

  /** Jobs that `closeAll` has handed back to their queues. */
  get handedBack(): number {
    return this.#registrations.reduce((sum, { handedBack }) => sum + handedBack, 0);
  }

  /**
   * Takes no new jobs and waits for the running ones, but not longer than `deadlineMs`. Shortly before it, those
   * that can be stopped are handed back to their queues.
   *
   * @returns how many jobs were still running; they are left to their locks
   */
  closeAll(deadlineMs: number): Promise<number> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<number> {
    this.#started = false;
    const handBackMs = Math.min(HAND_BACK_MS, deadlineMs / 4);
    const closed = Promise.allSettled(this.#registrations.map((each) => each.close()));
    const { settled } = await withDeadline(closed, deadlineMs - handBackMs);
    if (!settled) {
      for (const registration of this.#registrations) registration.handBack();
      await withDeadline(closed, handBackMs);
    }
    void this.#suspects.forgive();
    return this.active;
  }

  #quieten(): void {
    for (const registration of this.#registrations)
      registration.isQuiet = this.#isQuiet || this.#isHeld;
  }

  #checkOnePool(queue: string): void {
    if (!this.#registrations.some(({ definition, pool }) => pool && definition.name === queue))
      return;
    throw new CoordinatorError(
      'CONFIG_INVALID',
      `queue "${queue}" has a pool in this process already: scale that one, or register this processor without a pool`,
    );
  }

  #startOne(registration: Registration): boolean {
    if (!this.#options.isRedisConfigured) return true; // Nothing to fetch from; said once at start.
    const { by, definition } = registration;
    const { name } = definition;
    try {
      registration.start();
      const settings = registration.pool?.settings;
      const concurrency = settings ? mostSlots(settings) : registration.worker!.concurrency;
      const hasPool = settings !== undefined;
      this.#options.announce('processor.registered', { queue: name, concurrency, hasPool });
      return true;
    } catch (error) {
      this.#registrations.splice(this.#registrations.indexOf(registration), 1);
      this.reject(name, error, by);
      return false;
    }
  }
}
