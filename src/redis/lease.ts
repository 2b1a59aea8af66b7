/**
 * A lease: one holder in the fleet, with a fencing epoch.
 *
 * The holder's token is checked on renewal and release, so nobody can end another's lease. Each taking
 * raises the epoch; whatever a holder writes carries it, and readers refuse a smaller one, so a holder that
 * slept through the end of its lease does no harm. The epoch is at least the server's time: it grows even when a
 * promoted replica, or somebody who deletes keys, has lost the last one. A lease is lost when it could not be
 * renewed in time, judged by the monotonic clock and from before the renewal was sent.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from './connection.ts';

/**
 * KEYS 1 lease, 2 epoch · ARGV 1 token, 2 length in ms.
 * Returns the epoch when the lease is ours now, 0 when somebody else holds it. Where TIME is denied the epoch grows by 1.
 * One step: between looking and taking nobody may come in.
 */
const TAKE_LUA = /* lua */ `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
local last = tonumber(redis.call('GET', KEYS[2])) or 0
if holder and last > 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return last
end
local time = redis.pcall('TIME')
local now = time.err and 0 or time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = math.max(last, now - 1) + 1
redis.call('SET', KEYS[2], string.format('%.0f', epoch))
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return epoch`;

/** KEYS 1 lease · ARGV 1 token. Returns 1 when it was ours and is gone. One step: never delete another's. */
const RELEASE_LUA = /* lua */ `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** A named lease as one process sees it. */
export class Lease {
  readonly name: string;
  readonly #connection: Connection;
  readonly #keys: Keys;
  readonly #lengthMs: number;
  readonly #clock: Clock;
  readonly #token: string;
  #heldUntil = Number.NEGATIVE_INFINITY;
  #epoch = 0;

  constructor(options: {
    name: string;
    connection: Connection;
    keys: Keys;
    hostId: string;
    /** @default 10 s; renew well within it */
    lengthMs?: number;
    clock?: Clock;
  }) {
    this.name = options.name;
    this.#connection = options.connection;
    this.#keys = options.keys;
    this.#lengthMs = options.lengthMs ?? 10_000;
    this.#clock = options.clock ?? systemClock;
    this.#token = `${options.hostId}:${randomUUID().slice(0, 8)}`;
  }

  /** Whether this process may act as the holder at this moment. */
  get isHeld(): boolean {
    return this.#clock.monotonic() < this.#heldUntil;
  }

  /** The fencing epoch of the current holding; 0 when the lease is not held. */
  get epoch(): number {
    return this.isHeld ? this.#epoch : 0;
  }

  /** Tells this holder from all others; whoever marks things as held by the leader uses it. */
  get token(): string {
    return this.#token;
  }

  /** Takes or renews the lease. Never throws: without an answer nothing is held beyond its time. */
  async acquire(): Promise<boolean> {
    if (!this.#connection.isReady) return this.isHeld;
    const askedAt = this.#clock.monotonic();
    try {
      const redis = await this.#connection.raw();
      const epoch = Number(
        await redis.eval(
          TAKE_LUA,
          2,
          this.#keys.lease(this.name),
          this.#keys.leaseEpoch(this.name),
          this.#token,
          this.#lengthMs,
        ),
      );
      this.#epoch = epoch;
      this.#heldUntil = epoch > 0 ? askedAt + this.#lengthMs : Number.NEGATIVE_INFINITY;
    } catch {
      // Not renewed; what is held runs out by itself.
    }
    return this.isHeld;
  }

  /** Gives the lease back, so that the next holder need not wait for its end. */
  async release(): Promise<void> {
    const wasHeld = this.isHeld;
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    if (!wasHeld || !this.#connection.isReady) return;
    const redis = await this.#connection.raw();
    await redis.eval(RELEASE_LUA, 1, this.#keys.lease(this.name), this.#token).catch(() => {});
  }
}
