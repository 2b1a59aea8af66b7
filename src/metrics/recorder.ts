/**
 * Hears what becomes of the jobs of this process and keeps the figures until they are written.
 *
 * Figures lie in windows of at most a minute. A window belongs to the minute that the server's clock shows, so
 * the minutes of all processes are the same and a host's clock that jumps harms nothing. Queues are bounded;
 * those beyond are not measured.
 */
import type { JobObserver, QueueObserver } from '../backend/job-observer.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { EventBus } from '../events.ts';
import type { PayloadKind } from '../payloads/payload-codec.ts';
import type { PayloadObserver } from '../payloads/payload-observer.ts';
import { QueueRecorder, type QueueTotals } from './queue-recorder.ts';
import { WindowRecord } from './window-record.ts';

/** Queues of a process that are measured, at most. */
export const MOST_QUEUES = 500;
const MINUTE_MS = 60_000;
/** A process that was stopped or suspended had its slots, but did not offer them. */
const LONGEST_SAMPLE_MS = 5_000;
/** Counts nothing: for queues beyond the bound. */
const UNHEARD: QueueObserver = { added() {}, fetched() {}, ended() {} };

/** Figures of one minute, by queue label. */
export interface Window {
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly records: ReadonlyMap<string, WindowRecord>;
}

/** How busy a queue's workers are at this moment. */
export interface SlotSample {
  /** Name of the queue inside Drover's keys. */
  readonly queue: string;
  readonly slots: number;
  readonly active: number;
}

/** What a recorder needs. */
export interface RecorderOptions {
  /** Name of a queue → its name inside Drover's keys. */
  readonly labelOf: (queue: string) => string;
  readonly bus: EventBus;
  /** Epoch ms on the server; undefined while it is not known. */
  readonly serverNow: () => number | undefined;
  readonly clock?: Clock;
}

/** Counts the jobs of a process. */
export class Recorder implements JobObserver, PayloadObserver {
  readonly #options: RecorderOptions;
  readonly #clock: Clock;
  readonly #queues = new Map<string, QueueRecorder>();
  /** Windows of minutes that are over. */
  #closed: Window[] = [];
  #minute: number;
  #isServerMinute: boolean;
  #sampledAt: number | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#minute = this.#minuteNow();
    this.#isServerMinute = options.serverNow() !== undefined;
    const { bus, labelOf } = options;
    const of = (queue: string): QueueRecorder | undefined => this.#recorder(labelOf(queue));
    bus.on('job.stalled', ({ queue }) => of(queue)?.stalled());
    bus.on('job.timed-out', ({ queue, jobName }) => of(queue)?.stopped(jobName, 'timedOut'));
    bus.on('job.cancelled', ({ queue, jobName }) => of(queue)?.stopped(jobName, 'cancelled'));
  }

  queue(queueLabel: string): QueueObserver {
    return this.#recorder(queueLabel) ?? UNHEARD;
  }

  packed(queueLabel: string, kind: PayloadKind, plainBytes: number, storedBytes: number): void {
    this.#recorder(queueLabel)?.packed(kind, plainBytes, storedBytes);
  }

  offloaded(queueLabel: string, kind: PayloadKind, bodyBytes: number): void {
    this.#recorder(queueLabel)?.offloaded(kind, bodyBytes);
  }

  /** Notes how many slots there are and how many run a job. To be called about once a second. */
  sample(samples: readonly SlotSample[]): void {
    const now = this.#clock.monotonic();
    const elapsedMs = Math.min(now - (this.#sampledAt ?? now), LONGEST_SAMPLE_MS);
    this.#sampledAt = now;
    for (const { queue, slots, active } of samples)
      this.#recorder(queue)?.sample(slots, active, elapsedMs);
    this.#turn();
  }

  /**
   * What was counted since the last time. Of queues in which only time has passed the open minute stays here
   * until it is over, unless `all`: an idle fleet writes once a minute.
   */
  take({ all }: { all: boolean } = { all: false }): readonly Window[] {
    this.#turn();
    const open = this.#collect((queue) => (all ? !queue.isEmpty : !queue.isIdle));
    const taken = open ? [...this.#closed, open] : this.#closed;
    this.#closed = [];
    return taken;
  }

  /** Of all queues, since the process started. */
  get totals(): readonly QueueTotals[] {
    return [...this.#queues.values()].map(({ totals }) => totals);
  }

  /** Closes the window when its minute is over. */
  #turn(): void {
    const minute = this.#minuteNow();
    const isServerMinute = this.#options.serverNow() !== undefined;
    // The first window was opened by this host's clock: it may have been wrong.
    const isCorrection = isServerMinute && !this.#isServerMinute;
    this.#isServerMinute ||= isServerMinute;
    if (minute === this.#minute) return;
    const closed = isCorrection ? undefined : this.#collect((queue) => !queue.isEmpty);
    if (closed) this.#closed.push(closed);
    this.#minute = minute;
  }

  #collect(isWanted: (queue: QueueRecorder) => boolean): Window | undefined {
    const records = new Map<string, WindowRecord>();
    for (const queue of this.#queues.values()) {
      if (!isWanted(queue)) continue;
      const record = new WindowRecord();
      queue.takeInto(record);
      records.set(queue.label, record);
    }
    return records.size > 0 ? { minute: this.#minute, records } : undefined;
  }

  #minuteNow(): number {
    return Math.floor((this.#options.serverNow() ?? this.#clock.now()) / MINUTE_MS);
  }

  #recorder(label: string): QueueRecorder | undefined {
    const known = this.#queues.get(label);
    if (known || this.#queues.size >= MOST_QUEUES) return known;
    const recorder = new QueueRecorder(label);
    this.#queues.set(label, recorder);
    return recorder;
  }
}
