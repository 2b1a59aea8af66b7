/**
 * Drops the flags of processes that are gone for good: whoever is killed does not take his own away.
 *
 * Only the leader does. A process that is merely cut off from Redis must find its flag when it is back, so a flag goes
 * when there has been no heartbeat of its process for an hour on the leader's own clock, which no clock's jump shortens
 * and every new leader begins anew.
 */
import { type Clock, systemClock } from '../../base/clock.ts';
import type { Keys } from '../../keys.ts';
import type { Connection } from '../../redis/connection.ts';
import type { Lease } from '../../redis/lease.ts';

/** What it needs. */
export interface StaleFlagsOptions {
  readonly command: Connection;
  readonly keys: Keys;
  readonly lease: Pick<Lease, 'isHeld'>;
  readonly clock?: Clock;
}

/** Beyond the five minutes that a heartbeat outlives its process. */
const GONE_FOR_MS = 60 * 60_000;

/**
 * KEYS 1 flags, 2 hash of the process · ARGV 1 the process. Returns how many flags went. One step: a process that is
 * back in between keeps its flag.
 */
const DROP_LUA = /* lua */ `
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])`;

/** Flags that nobody keeps to any more. */
export class StaleFlags {
  readonly #options: StaleFlagsOptions;
  readonly #clock: Clock;
  /** Processes without a heartbeat, since when; monotonic ms. */
  #goneSince = new Map<string, number>();

  constructor(options: StaleFlagsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** For a loop, once a minute. */
  async round(): Promise<void> {
    const { command, keys, lease } = this.#options;
    if (!lease.isHeld) this.#goneSince = new Map();
    if (!lease.isHeld || !command.isReady) return;
    const redis = await command.raw();
    const ids = await redis.hkeys(keys.workerFlags());
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.exists(keys.host(id));
    const replies = (await pipeline.exec()) ?? [];
    for (const [error] of replies) if (error) throw error;
    const now = this.#clock.monotonic();
    const gone = ids.filter((_, i) => replies[i]?.[1] === 0);
    this.#goneSince = new Map(gone.map((id) => [id, this.#goneSince.get(id) ?? now]));
    for (const [id, since] of this.#goneSince)
      if (now - since >= GONE_FOR_MS)
        await redis.eval(DROP_LUA, 2, keys.workerFlags(), keys.host(id), id);
  }
}
