/**
 * What happened to the jobs of one queue in one span: counts and sketches by job name, and what is known of the
 * queue as a whole. Pure.
 *
 * The same shape serves a few seconds of one process (a part), a minute of the fleet and an hour of it: records
 * of different spans and processes add up.
 */
import { Sketch } from './sketch.ts';

/** What is counted of each job name, in the order in which it is stored. */
export const TALLIED = [
  'completed',
  'retried',
  'dead',
  'timedOut',
  'cancelled',
  'added',
  'started',
  'payloadBytes',
] as const;

/** The counts and durations of one job name. Its fields are written on every job's path. */
export class Tally {
  completed = 0;
  /** Attempts that failed and were followed by another one. */
  retried = 0;
  /** Jobs that failed and will not be tried again. */
  dead = 0;
  timedOut = 0;
  cancelled = 0;
  /** By this fleet's producers. */
  added = 0;
  started = 0;
  payloadBytes = 0;
  /** Of first attempts. */
  readonly wait: Sketch = new Sketch();
  /** Of attempts that completed. */
  readonly run: Sketch = new Sketch();

  merge(other: Tally): void {
    this.addCounts(other);
    this.wait.merge(other.wait);
    this.run.merge(other.run);
  }

  /** Without the sketches. */
  addCounts(other: Tally): void {
    for (const name of TALLIED) this[name] += other[name];
  }

  get isEmpty(): boolean {
    return TALLIED.every((name) => this[name] === 0);
  }
}

/** What workers without Drover have done, as their queue's finished jobs show it. */
export interface Derived {
  /** Beyond what was measured; null when the kept jobs do not tell. */
  completed: number | null;
  dead: number | null;
  readonly wait: Sketch;
  readonly run: Sketch;
}

/** Jobs of one queue in one span. */
export class WindowRecord {
  /** How many minutes of the span are in it; 0 in a part. */
  minutes = 0;
  /** Slots × time, and the part of it in which they ran a job. */
  slotMs = 0;
  busyMs = 0;
  stalled = 0;
  /** Jobs that came in, and during how many minutes that was looked at. */
  arrivals = 0;
  arrivalMinutes = 0;
  readonly names: Map<string, Tally> = new Map();
  derived: Derived | undefined;

  /** Of a job name; made on first use. */
  tally(jobName: string): Tally {
    const known = this.names.get(jobName);
    if (known) return known;
    const tally = new Tally();
    this.names.set(jobName, tally);
    return tally;
  }

  merge(other: WindowRecord): void {
    this.minutes += other.minutes;
    this.slotMs += other.slotMs;
    this.busyMs += other.busyMs;
    this.stalled += other.stalled;
    this.arrivals += other.arrivals;
    this.arrivalMinutes += other.arrivalMinutes;
    for (const [name, tally] of other.names) this.tally(name).merge(tally);
    if (other.derived) this.#mergeDerived(other.derived);
  }

  /** Whether a Drover worker was there to measure; a producer alone does not hear what becomes of its jobs. */
  get isMeasured(): boolean {
    if (this.slotMs > 0 || this.stalled > 0) return true;
    for (const { started, completed, retried, dead } of this.names.values())
      if (started + completed + retried + dead > 0) return true;
    return false;
  }

  /** Of all job names. */
  get total(): Tally {
    const [only] = this.names.values();
    if (only && this.names.size === 1) return only;
    const total = new Tally();
    for (const tally of this.names.values()) total.merge(tally);
    return total;
  }

  #mergeDerived({ completed, dead, wait, run }: Derived): void {
    this.derived ??= { completed: 0, dead: 0, wait: new Sketch(), run: new Sketch() };
    this.derived.completed = plus(this.derived.completed, completed);
    this.derived.dead = plus(this.derived.dead, dead);
    this.derived.wait.merge(wait);
    this.derived.run.merge(run);
  }
}

/** What is not known in a part is not known in the whole. */
function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
