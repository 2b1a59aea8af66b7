/**
 * The adds of one queue in one process, in the order in which they were made: those on their way to Redis and
 * those that lie on the disk.
 *
 * Each job has a number, and Redis keeps how far a lane has been taken over. So a lane must be sent in order and
 * without a gap, and nothing may be sent from the disk before what is still under way with a smaller number.
 */
import { createDeferred } from '../base/deferred.ts';
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
  #beingStored = 0;
  /** First numbers of the adds that are neither made, nor refused, nor on the disk; the smallest comes first. */
  readonly #underway = new Set<number>();
  /** Until the add before has been written to its socket. */
  #writing: Promise<void> | undefined;

  constructor(id: string, queue: string) {
    this.id = id;
    this.queue = queue;
  }

  /** An add of `count` jobs begins: the number of its first job. Must be followed by `end`. */
  begin(count: number): number {
    const first = this.#next;
    this.#next += count;
    this.#underway.add(first);
    return first;
  }

  /** It is made, or refused, or on the disk. */
  end(first: number): void {
    this.#underway.delete(first);
  }

  /** They were not used. Without effect when others have been taken since: the sender closes the gap. */
  giveBack(first: number, count: number): void {
    if (this.#next === first + count) this.#next = first;
  }

  /** Whether an add may go straight to Redis; otherwise it joins those that wait. */
  get isEmpty(): boolean {
    return this.#stored.length === 0 && this.#beingStored === 0;
  }

  /** The oldest adds on the disk that may be sent, at most `count` of them. */
  oldest(count: number): StoredAdd[] {
    const [barrier = Number.POSITIVE_INFINITY] = this.#underway;
    const oldest = this.#stored.slice(0, count);
    const end = oldest.findIndex(({ first }) => first > barrier);
    return end === -1 ? oldest : oldest.slice(0, end);
  }

  /** Jobs on the disk. */
  get jobs(): number {
    return this.#stored.reduce((sum, { count }) => sum + count, 0);
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
