/**
 * The slots of a simulated fleet and the jobs in them.
 *
 * A slot is starting, idle, busy, or busy for the last time (draining). Jobs run in the order in which they became
 * ready, and none is ever stopped. Where a workload shares something, all running jobs advance at the same slower
 * pace: `#virtual` is the time as jobs feel it.
 */
import type { Policy, Setting } from './policy.ts';
import type { Random } from './random.ts';
import { RunningJobs } from './running-jobs.ts';
import type { Workload } from './workload.ts';

/** Counts since the start of the run. */
export interface Counts {
  readonly completed: number;
  readonly runSeconds: number;
  readonly runSecondsSquared: number;
  readonly busySeconds: number;
  /** Slots of all kinds, integrated over time. */
  readonly slotSeconds: number;
  readonly starts: number;
}

export class Fleet {
  readonly #workload: Workload;
  readonly #startSeconds: number;
  readonly #policy: Pick<Policy, 'victims' | 'readopts'>;
  readonly #random: Random;
  readonly #running = new RunningJobs();
  /** When each job was started; NaN before. */
  readonly startedAt: Float64Array;
  /** When starting slots are ready: the oldest from `#firstStarting` on. */
  readonly #startingUntil: number[] = [];
  #firstStarting = 0;
  #idle: number;
  /** Busy slots that go, whichever ends first. */
  #leaving = 0;
  /** Busy slots that go, each with its own job. */
  readonly #marked: Uint8Array;
  #markedCount = 0;
  #now = 0;
  #virtual = 0;
  #arrived = 0;
  #nextWaiting = 0;
  readonly counts: { -readonly [K in keyof Counts]: Counts[K] } = {
    completed: 0,
    runSeconds: 0,
    runSecondsSquared: 0,
    busySeconds: 0,
    slotSeconds: 0,
    starts: 0,
  };

  constructor(workload: Workload, { startSeconds }: Setting, policy: Policy, random: Random) {
    this.#workload = workload;
    this.#startSeconds = startSeconds;
    this.#policy = policy;
    this.#random = random;
    this.#idle = policy.startsWith;
    this.startedAt = new Float64Array(workload.readyAt.length).fill(Number.NaN);
    this.#marked = new Uint8Array(workload.readyAt.length);
  }

  get now(): number {
    return this.#now;
  }

  get arrived(): number {
    return this.#arrived;
  }

  get waiting(): number {
    return this.#arrived - this.#nextWaiting;
  }

  get oldestWaitSeconds(): number {
    return this.waiting > 0 ? this.#now - this.#workload.readyAt[this.#nextWaiting]! : 0;
  }

  get active(): number {
    return this.#running.size;
  }

  get draining(): number {
    return this.#leaving + this.#markedCount;
  }

  get ready(): number {
    return this.#idle + this.#running.size - this.draining;
  }

  get starting(): number {
    return this.#startingUntil.length - this.#firstStarting;
  }

  get isDone(): boolean {
    return this.counts.completed === this.#workload.readyAt.length;
  }

  /** Lets everything happen until then, or until all jobs are done. */
  runUntil(end: number): void {
    const { readyAt } = this.#workload;
    while (!this.isDone) {
      const completion = this.#nextCompletion();
      const start = this.#startingUntil[this.#firstStarting] ?? Number.POSITIVE_INFINITY;
      const arrival = readyAt[this.#arrived] ?? Number.POSITIVE_INFINITY;
      const next = Math.min(completion, start, arrival);
      if (next > end) break;
      this.#pass(next);
      if (next === completion) this.#complete();
      else if (next === start) this.#begin();
      else this.#arrived++;
      if (this.#idle > 0) this.#fill();
    }
    if (!this.isDone) this.#pass(end);
  }

  /** Starts or gives up slots so that so many are ready or starting. */
  scaleTo(wanted: number): void {
    const change = wanted - this.ready - this.starting;
    if (change > 0) this.#grow(change);
    if (change < 0) this.#shrink(-change);
  }

  #nextCompletion(): number {
    const end = this.#running.nextEnd;
    if (this.#workload.sharedBy === Number.POSITIVE_INFINITY) return end;
    return this.#now + Math.max(0, end - this.#virtual) / this.#pace();
  }

  #pace(): number {
    return Math.min(1, this.#workload.sharedBy / Math.max(1, this.#running.size));
  }

  #pass(until: number): void {
    const seconds = until - this.#now;
    const busy = this.#running.size;
    this.counts.busySeconds += busy * seconds;
    this.counts.slotSeconds += (busy + this.#idle + this.starting) * seconds;
    // Without sharing the two times are the same number, not only nearly.
    this.#virtual =
      this.#workload.sharedBy === Number.POSITIVE_INFINITY
        ? until
        : this.#virtual + seconds * this.#pace();
    this.#now = until;
  }

  #complete(): void {
    const job = this.#running.take();
    const ran = this.#now - this.startedAt[job]!;
    this.counts.completed++;
    this.counts.runSeconds += ran;
    this.counts.runSecondsSquared += ran * ran;
    if (this.#marked[job] === 1) this.#markedCount--;
    else if (this.#leaving > 0) this.#leaving--;
    else this.#idle++;
  }

  #begin(): void {
    this.#firstStarting++;
    this.#idle++;
  }

  #fill(): void {
    while (this.#idle > 0 && this.#nextWaiting < this.#arrived) {
      const job = this.#nextWaiting++;
      this.#idle--;
      this.startedAt[job] = this.#now;
      this.#running.add(job, this.#virtual + this.#workload.serviceSeconds[job]!);
    }
  }

  #grow(slots: number): void {
    const readopted = this.#policy.readopts ? Math.min(slots, this.#leaving) : 0;
    this.#leaving -= readopted;
    for (let i = readopted; i < slots; i++) {
      this.counts.starts++;
      this.#startingUntil.push(this.#now + this.#startSeconds);
    }
  }

  #shrink(slots: number): void {
    const cancelled = Math.min(slots, this.starting);
    this.#startingUntil.length -= cancelled;
    const rest = slots - cancelled;
    if (this.#policy.victims === 'random') {
      for (let i = 0; i < rest; i++) this.#loseAny();
      return;
    }
    const idle = Math.min(rest, this.#idle);
    this.#idle -= idle;
    this.#leaving += rest - idle;
  }

  /** One ready slot by chance, busy or not. */
  #loseAny(): void {
    if (this.#random() * this.ready < this.#idle) {
      this.#idle--;
      return;
    }
    for (;;) {
      const job = this.#running.at(Math.floor(this.#random() * this.#running.size));
      if (this.#marked[job] === 1) continue;
      this.#marked[job] = 1;
      this.#markedCount++;
      return;
    }
  }
}
