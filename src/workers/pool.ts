/**
 * The pool of a queue in this process: its open slots, and what they have done.
 *
 * How many slots there should be is decided elsewhere; here they are opened and closed. The pool outlives its
 * worker: one that is replaced hands its slots on. Slots with a child process each are opened a few at a time,
 * since starting them all at once would starve those that work.
 */
import { type CancelTimer, type Clock, systemClock } from '../base/clock.ts';
import { CoordinatorError } from '../errors.ts';
import { setLiveSlots } from './live-slots.ts';
import { PoolCount } from './pool-count.ts';
import type { LocalPool, PoolFigures } from './pool-figures.ts';
import type { PoolSettings } from './pool-settings.ts';
import type { RunningWorker } from './running-worker.ts';

/** What a pool needs. */
export interface PoolParts {
  /** Name of the queue inside Drover's keys. */
  readonly queue: string;
  readonly settings: PoolSettings;
  /** How many jobs run. */
  readonly active: () => number;
  readonly clock?: Clock;
}

/** Most slots with a child each that are opened in a second. */
const START_BURST = 4;
const BURST_MS = 1_000;

/** One pool. Until it is told how many slots it has, it has one, or none where `min` is 0. */
export class Pool implements LocalPool {
  readonly queue: string;
  readonly settings: PoolSettings;
  readonly count: PoolCount;
  readonly #active: () => number;
  readonly #clock: Clock;
  #worker: RunningWorker | undefined;
  #isQuiet = false;
  #wanted: number;
  #slots: number;
  #openedInBurst = 0;
  #burstSince = Number.NEGATIVE_INFINITY;
  #cancelOpening: CancelTimer | undefined;

  constructor({ queue, settings, active, clock = systemClock }: PoolParts) {
    this.queue = queue;
    this.settings = settings;
    this.count = new PoolCount(clock);
    this.#active = active;
    this.#clock = clock;
    this.#wanted = Math.min(1, settings.min);
    this.#slots = this.#wanted;
  }

  get slots(): number {
    return this.#isQuiet ? 0 : this.#slots;
  }

  get isPaused(): boolean {
    return this.#isQuiet || (this.#worker?.worker.isPaused() ?? false);
  }

  get active(): number {
    return this.#active();
  }

  get figures(): PoolFigures {
    return this.count.figures;
  }

  /**
   * Opens or closes slots, never more than `settings.concurrency`. No running job is stopped: where more jobs run
   * than there are slots, none is taken until enough have ended; a job that was on its way is run. Throws for what
   * is no whole number of at least 0.
   */
  setSlots(slots: number): void {
    if (!Number.isInteger(slots) || slots < 0)
      throw new CoordinatorError(
        'CONFIG_INVALID',
        `the slots of a pool are a whole number of at least 0, got ${slots} for queue "${this.queue}"`,
      );
    this.#wanted = Math.min(slots, this.settings.concurrency);
    this.#adjust();
  }

  /** Whether no new job is taken. Slots that it is given meanwhile are opened when that ends. */
  set isQuiet(isQuiet: boolean) {
    if (this.#isQuiet === isQuiet) return;
    this.#isQuiet = isQuiet;
    if (isQuiet) this.#open();
    else {
      this.#slots = 0; // Opened a few at a time, where that matters.
      this.#adjust();
    }
  }

  /** From now on `worker` has its slots. */
  attach(worker: RunningWorker): void {
    this.#worker = worker;
    this.#open();
  }

  /** Its worker is being closed: no slot is opened or closed any more. */
  detach(): void {
    this.#cancelOpening?.();
    this.#worker = undefined;
  }

  #adjust(): void {
    this.#cancelOpening?.();
    this.#cancelOpening = undefined;
    const wanted = this.#wanted;
    const next = wanted <= this.#slots ? wanted : Math.min(wanted, this.#slots + this.#startable());
    this.#openedInBurst += Math.max(0, next - this.#slots);
    if (next !== this.#slots) {
      this.#slots = next;
      this.#open();
    }
    if (next < wanted) {
      const leftMs = this.#burstSince + BURST_MS - this.#clock.monotonic();
      this.#cancelOpening = this.#clock.after(leftMs, () => this.#adjust(), { background: true });
    }
  }

  #open(): void {
    if (this.#worker) setLiveSlots(this.#worker, this.slots);
  }

  /** How many slots may be opened at this moment. */
  #startable(): number {
    if (this.settings.isolation === 'none') return Number.POSITIVE_INFINITY;
    const now = this.#clock.monotonic();
    if (now - this.#burstSince >= BURST_MS) {
      this.#burstSince = now;
      this.#openedInBurst = 0;
    }
    return START_BURST - this.#openedInBurst;
  }
}
