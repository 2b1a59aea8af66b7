/**
 * The adds of one queue in one process, in the order in which they were made: those on their way to Redis and
 * those that lie on the disk.
 *
 * Each job has a sequence number, and Redis keeps how far a lane has been taken over. So a lane must be sent in
 * order and without a gap, and nothing may be sent from the disk while an add before it is still under way.
 */
import { createDeferred, type Deferred } from '../base/deferred.ts';
import type { Place } from './journal.ts';

/** An add on the disk. Its jobs have the numbers `first` to `first + count − 1`. */
export interface StoredAdd {
  readonly first: number;
  readonly count: number;
  readonly place: Place;
}

/** One lane. */
export class Lane {
  /** Names the lane in Redis. */
  readonly id: string;
  /** The queue, as it is announced. */
  readonly queue: string;
  readonly #stored: StoredAdd[] = [];
  #next = 1;
  #underway = 0;
  #beingStored = 0;
  #quiet: Deferred<void> | undefined;
  /** Until the add before has been written to its socket. */
  #writing: Promise<void> | undefined;

  constructor(id: string, queue: string) {
    this.id = id;
    this.queue = queue;
  }

  /** The number of the first of `count` new jobs. */
  take(count: number): number {
    const first = this.#next;
    this.#next += count;
    return first;
  }

  /** They were not used. Without effect when others have been taken since: the sender closes the gap. */
  giveBack(first: number, count: number): void {
    if (this.#next === first + count) this.#next = first;
  }

  /** Whether an add may go straight to Redis; otherwise it joins those that wait. */
  get isEmpty(): boolean {
    return this.#stored.length === 0 && this.#beingStored === 0;
  }

  /** The oldest adds on the disk, at most `count` of them. */
  oldest(count: number): StoredAdd[] {
    return this.#stored.slice(0, count);
  }

  /** Jobs on the disk. */
  get jobs(): number {
    return this.#stored.reduce((sum, { count }) => sum + count, 0);
  }

  /** Runs an add that goes to Redis, or to the disk. */
  async underway<T>(run: () => Promise<T>): Promise<T> {
    this.#underway += 1;
    try {
      return await run();
    } finally {
      this.#underway -= 1;
      if (this.#underway === 0) this.#quiet?.resolve();
    }
  }

  /**
   * Has adds written one after the other, since a batch needs a moment until it is.
   *
   * @param write must call `written` when it has written, and settles with the answer
   */
  async inTurn<T>(write: (written: () => void) => Promise<T>): Promise<T> {
    const before = this.#writing;
    const { promise, resolve } = createDeferred<void>();
    this.#writing = promise;
    if (before) await before;
    const written = (): void => {
      if (this.#writing === promise) this.#writing = undefined;
      resolve();
    };
    try {
      return await write(written);
    } finally {
      written();
    }
  }

  /** While it lasts, new adds join. */
  async storing<T>(run: () => Promise<T>): Promise<T> {
    this.#beingStored += 1;
    try {
      return await run();
    } finally {
      this.#beingStored -= 1;
    }
  }

  /** Resolves when no add is under way. */
  async whenQuiet(): Promise<void> {
    while (this.#underway > 0) {
      this.#quiet = createDeferred<void>();
      await this.#quiet.promise;
    }
  }

  /** It lies on the disk. Adds may arrive out of order: one that Redis did not answer comes late. */
  add(stored: StoredAdd): void {
    let at = this.#stored.length;
    while (at > 0 && this.#stored[at - 1]!.first > stored.first) at -= 1;
    this.#stored.splice(at, 0, stored);
    this.#next = Math.max(this.#next, stored.first + stored.count);
  }

  /** Takes the oldest away, which are settled; returns them. */
  drop(count: number): StoredAdd[] {
    return this.#stored.splice(0, count);
  }
}
