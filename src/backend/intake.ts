/**
 * Whether the worker of a backend takes jobs, and how its wait is ended when the number of its slots changes.
 *
 * BullMQ has no worker with zero slots: its `concurrency` is at least 1, and pausing it is the application's own
 * and stops its search for stalled jobs, too. So a quiet worker goes on as always, but its wait is parked here,
 * outside of the hub's, and its fetches are answered with "no job" without being sent.
 *
 * An ended wait never answers "nothing came": BullMQ would fetch a job then without looking whether it is paused.
 * It answers "nothing is due", and the wait after it has the loop look at once. A marker that was taken out of
 * Redis and not followed by a fetch is handed on to whoever else waits for the queue.
 */
import { createDeferred, type Deferred } from '../base/deferred.ts';
import { INTERRUPTED, type Marker, type Waiting } from '../redis/waiting.ts';

/** Whose intake it is. */
export interface IntakeOptions {
  /** Of the queue's marker. */
  readonly key: string;
  /** By whom the hub knows the worker. */
  readonly owner: object;
  /** From now on it may be expected to fetch. */
  readonly onOpened: () => void;
}

/** The intake of one worker. */
export class Intake {
  readonly #waiting: Pick<Waiting, 'wait' | 'interrupt' | 'offer'>;
  readonly #key: string;
  readonly #owner: object;
  readonly #onOpened: () => void;
  #isQuiet = false;
  #parked: Deferred<Marker> | undefined;
  /** Its wait was ended by us: whatever came meanwhile must be looked for. */
  #looksFirst = false;
  /** Taken out of Redis, and no fetch was sent since. */
  #unspent: Marker = null;

  constructor(
    waiting: Pick<Waiting, 'wait' | 'interrupt' | 'offer'>,
    { key, owner, onOpened }: IntakeOptions,
  ) {
    this.#waiting = waiting;
    this.#key = key;
    this.#owner = owner;
    this.#onOpened = onOpened;
  }

  /** No job is to be fetched. */
  get isQuiet(): boolean {
    return this.#isQuiet;
  }

  /** From now on no fetch is sent. One that was sent already may still bring a job, which is run. */
  quiet(): void {
    if (this.#isQuiet) return;
    this.#isQuiet = true;
    this.endWait();
    const unspent = this.#unspent;
    this.#unspent = null;
    if (unspent) this.#waiting.offer(this.#key, unspent);
  }

  /** Jobs are fetched again, from this moment on. */
  open(): void {
    if (!this.#isQuiet) return;
    this.#isQuiet = false;
    this.#onOpened();
    this.endWait();
  }

  /** BullMQ's loop looks anew how many slots it has. */
  endWait(): void {
    this.#looksFirst = true;
    this.interrupt();
  }

  /** Ends the wait, as pausing and closing must. */
  interrupt(): void {
    this.#waiting.interrupt(this.#owner);
    this.#parked?.resolve(INTERRUPTED);
    this.#parked = undefined;
  }

  /** Waits for a job, or, while it is quiet, for that to end. */
  wait(timeoutMs: number, isIdle: boolean): Promise<Marker> {
    if (this.#isQuiet) {
      this.#parked ??= createDeferred();
      return this.#parked.promise;
    }
    if (this.#looksFirst) {
      this.#looksFirst = false;
      return Promise.resolve(null);
    }
    const waited = this.#waiting.wait(this.#key, this.#owner, timeoutMs, isIdle);
    return waited.then((marker) => this.#woken(marker));
  }

  /** A fetch is being sent. */
  fetching(): void {
    this.#looksFirst = false;
    this.#unspent = null;
  }

  #woken(marker: Marker): Marker {
    if (!marker || marker === INTERRUPTED) return marker;
    if (this.#isQuiet) {
      this.#waiting.offer(this.#key, marker);
      return INTERRUPTED;
    }
    this.#unspent = marker;
    return marker;
  }
}
