/**
 * Counts the jobs of one queue in this process.
 *
 * Written on every job's path: a look at the last job name, a few additions, two sketches. Nothing is allocated
 * for a job. Job names are bounded; those beyond share one name.
 */
import type { JobOutcome, QueueObserver } from '../backend/job-observer.ts';
import type { PayloadKind } from '../payloads/payload-codec.ts';
import { Histogram } from './buckets.ts';
import { PayloadSizes } from './payload-sizes.ts';
import { Tally, type WindowRecord } from './window-record.ts';

/** Job names of a queue, at most; further ones are counted as `OTHER`. */
export const MOST_NAMES = 20;
/** The name of what is not counted by its own name. */
export const OTHER = 'other';
/** Longer job names are cut. */
const LONGEST_NAME = 100;

/** Since the process started: what a scraper reads. */
export interface NameTotals {
  readonly jobName: string;
  readonly completed: number;
  readonly retried: number;
  readonly dead: number;
  readonly timedOut: number;
  readonly cancelled: number;
  readonly added: number;
  readonly started: number;
  readonly payloadBytes: number;
  readonly wait: Histogram;
  readonly run: Histogram;
}

/** The same for a queue. */
export interface QueueTotals {
  /** Name of the queue inside Drover's keys. */
  readonly queue: string;
  readonly stalled: number;
  readonly names: readonly NameTotals[];
  readonly payloads: PayloadSizes;
}

class NamedCounts {
  readonly jobName: string;
  /** Of the window that is open. */
  window: Tally = new Tally();
  /** Of all windows before it, without their sketches. */
  readonly before: Tally = new Tally();
  readonly wait: Histogram = new Histogram();
  readonly run: Histogram = new Histogram();

  constructor(jobName: string) {
    this.jobName = jobName;
  }

  /** The open window, which is a new one from now on; undefined when nothing has happened. */
  take(): Tally | undefined {
    if (this.window.isEmpty) return undefined;
    const taken = this.window;
    this.window = new Tally();
    this.before.addCounts(taken);
    return taken;
  }

  get totals(): NameTotals {
    const counts = new Tally();
    counts.addCounts(this.before);
    counts.addCounts(this.window);
    const { wait, run, jobName } = this;
    return { ...counts, jobName, wait, run };
  }
}

/** The observer of one queue. */
export class QueueRecorder implements QueueObserver {
  readonly label: string;
  readonly #names = new Map<string, NamedCounts>();
  readonly #payloads = new PayloadSizes();
  #lastName: string | undefined;
  #last: NamedCounts | undefined;
  #stalled = 0;
  #stalledBefore = 0;
  #slotMs = 0;
  #busyMs = 0;

  constructor(label: string) {
    this.label = label;
  }

  added(jobName: string, count: number): void {
    this.#of(jobName).window.added += count;
  }

  fetched(jobName: string, waitMs: number | undefined, dataLength: number): void {
    const named = this.#of(jobName);
    const { window } = named;
    window.started += 1;
    window.payloadBytes += dataLength;
    this.#payloads.data.add(dataLength);
    if (waitMs === undefined) return;
    window.wait.add(waitMs);
    named.wait.add(waitMs);
  }

  packed(kind: PayloadKind, plainBytes: number, storedBytes: number): void {
    this.#payloads.pack(kind, plainBytes, storedBytes);
  }

  offloaded(kind: PayloadKind, bodyBytes: number): void {
    this.#payloads.offload(kind, bodyBytes);
  }

  ended(jobName: string, outcome: JobOutcome, runMs: number): void {
    const named = this.#of(jobName);
    const { window } = named;
    window[outcome] += 1;
    if (outcome !== 'completed') return;
    window.run.add(runMs);
    named.run.add(runMs);
  }

  /** BullMQ does not tell the name of a job that stalled. */
  stalled(): void {
    this.#stalled += 1;
  }

  stopped(jobName: string, why: 'timedOut' | 'cancelled'): void {
    this.#of(jobName).window[why] += 1;
  }

  /** For `elapsedMs`, so many slots were there and so many ran a job. */
  sample(slots: number, active: number, elapsedMs: number): void {
    this.#slotMs += slots * elapsedMs;
    this.#busyMs += Math.min(active, slots) * elapsedMs;
  }

  /** Whether nothing has happened since the last `takeInto` but time. */
  get isIdle(): boolean {
    if (this.#stalled > 0 || this.#busyMs > 0) return false;
    for (const { window } of this.#names.values()) if (!window.isEmpty) return false;
    return true;
  }

  /** Whether there is nothing to take. */
  get isEmpty(): boolean {
    return this.#slotMs === 0 && this.isIdle;
  }

  /** Moves what was counted into `record`. */
  takeInto(record: WindowRecord): void {
    for (const named of this.#names.values()) {
      const taken = named.take();
      if (taken) record.tally(named.jobName).merge(taken);
    }
    record.stalled += this.#stalled;
    record.slotMs += this.#slotMs;
    record.busyMs += this.#busyMs;
    this.#stalledBefore += this.#stalled;
    this.#stalled = 0;
    this.#slotMs = 0;
    this.#busyMs = 0;
  }

  get totals(): QueueTotals {
    return {
      queue: this.label,
      stalled: this.#stalledBefore + this.#stalled,
      names: [...this.#names.values()].map(({ totals }) => totals),
      payloads: this.#payloads,
    };
  }

  #of(jobName: string): NamedCounts {
    if (jobName === this.#lastName) return this.#last!;
    this.#lastName = jobName;
    this.#last = this.#names.get(jobName) ?? this.#add(jobName);
    return this.#last;
  }

  #add(jobName: string): NamedCounts {
    const isRoom = this.#names.size < MOST_NAMES - 1 || jobName === OTHER;
    const key = isRoom ? jobName.slice(0, LONGEST_NAME) : OTHER;
    const known = this.#names.get(key);
    if (known) return known;
    const named = new NamedCounts(key);
    this.#names.set(key, named);
    return named;
  }
}
