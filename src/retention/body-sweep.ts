/**
 * Deletes bodies that nothing refers to any more. One process of the fleet does it: the leader.
 *
 * A round lists what the stores hold, goes over everything in Redis that may refer to it, and remembers what is left
 * as unused. What has been unused in every round for `graceMs` is deleted: the grace is for adds that are under way,
 * for references that move while a round looks, and for whoever restores a backup of Redis. When a list, a page or the
 * server itself fails or changes, the round deletes nothing. A round can end between any two steps: the next one
 * begins anew, and what was deleted and not forgotten is forgotten then.
 *
 * The first rounds of a process that has begun to lead, or that finds other data in Redis than before, delete nothing.
 */
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import type { BodyStore } from '../config/body-store.ts';
import { messageOf } from '../errors.ts';
import type { Announce } from '../events.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import type { Lease } from '../redis/lease.ts';
import { type BodySweepView, RoundTally } from './round-tally.ts';
import { type Memory, NO_MEMORY, SweepRound } from './sweep-round.ts';

/** What a sweep needs. */
export interface BodySweepOptions {
  readonly stores: readonly BodyStore[];
  readonly command: Pick<Connection, 'isReady'>;
  /** Runs something long where no worker waits for it. */
  readonly onBulk: (run: (redis: Redis) => Promise<void>) => Promise<void>;
  readonly keys: Keys;
  readonly lease: Pick<Lease, 'name' | 'isHeld' | 'epoch'>;
  readonly announce: Announce;
  readonly graceMs: number;
  /** Epoch ms on the server; undefined while it is not known. */
  readonly serverNow: () => number | undefined;
  /** Bodies that one round decides about. @default 100,000 */
  readonly most?: number;
  readonly clock?: Clock;
}

/** Rounds within one grace, so that what is deleted was unused in several. */
const ROUNDS_IN_GRACE = 3;
const LONGEST_INTERVAL_MS = 15 * 60_000;

/** How often rounds are made. */
export function sweepIntervalMs(graceMs: number): number {
  return Math.min(LONGEST_INTERVAL_MS, graceMs / ROUNDS_IN_GRACE);
}

/** The leader's part of offloaded payloads. */
export class BodySweep {
  readonly #options: BodySweepOptions;
  readonly #clock: Clock;
  #view: BodySweepView | undefined;
  #memory: Memory = NO_MEMORY;
  readonly #ending = new AbortController();
  #deleted = { bodies: 0, bytes: 0 };

  constructor(options: BodySweepOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Of the last round; undefined while this process has made none. */
  get view(): BodySweepView | undefined {
    return this.#view;
  }

  /** What this process has deleted since it was started. */
  get deleted(): { readonly bodies: number; readonly bytes: number } {
    return this.#deleted;
  }

  /** A round that is under way ends: it waits for no store any more. */
  stop(): void {
    this.#ending.abort(new Error('the process is stopping'));
  }

  /** One round. Does nothing unless this process leads and Redis answers. Rejects when it could not see everything. */
  async round(): Promise<void> {
    const { command, lease, onBulk, serverNow } = this.#options;
    if (this.#ending.signal.aborted || !command.isReady) return;
    if (!lease.isHeld) {
      this.#memory = NO_MEMORY;
      return;
    }
    const monotonic = this.#clock.monotonic();
    const tally = new RoundTally({ server: serverNow() ?? this.#clock.now(), monotonic });
    let error: string | null = null;
    try {
      await onBulk((redis) => this.#run(redis, tally));
    } catch (cause) {
      error = messageOf(cause);
      if (!this.#ending.signal.aborted) throw cause;
    } finally {
      this.#view = tally.view(this.#clock.monotonic(), error);
      this.#deleted = {
        bodies: this.#deleted.bodies + tally.deleted.bodies,
        bytes: this.#deleted.bytes + tally.deleted.bytes,
      };
    }
  }

  async #run(redis: Redis, tally: RoundTally): Promise<void> {
    const { lease } = this.#options;
    const { epoch } = lease;
    const { signal } = this.#ending;
    const goOn = (): void => {
      signal.throwIfAborted();
      if (!lease.isHeld || lease.epoch !== epoch) throw new Error('this process leads no longer');
    };
    const round = new SweepRound({
      ...{ ...this.#options, clock: this.#clock },
      ...{ redis, tally, goOn, signal, epoch, memory: this.#memory },
    });
    this.#memory = await round.run();
  }
}
