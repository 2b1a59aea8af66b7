/**
 * Waiting for jobs of many queues on one socket.
 *
 * Every idle worker waits for the marker of its queue, a sorted set in which BullMQ leaves a member when
 * there is something to fetch. One `BZPOPMIN` waits for all of them and for a poke key of our own, whose
 * only use is to wake it when the set of keys has grown; that needs no `CLIENT UNBLOCK`, which loses
 * wake-ups sent just before the block and which managed servers refuse. Deadlines are local timers.
 *
 * Invariants: a popped marker either wakes a local worker or goes back to Redis; a key stays armed for a
 * second after its worker left, so that a worker that comes back at once costs nothing; keys are rotated,
 * since Redis serves the first non-empty key; after a pop that came at once (a burst) one script takes all
 * markers that have a local worker; after a broken connection all workers look for themselves, since a
 * marker may have been lost with it.
 */
import { ConnectionClosedError } from 'bullmq';
import type { Redis } from 'ioredis';
import { backoffDelay } from '../base/backoff.ts';
import { type CancelTimer, type Clock, systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import type { Connection } from './connection.ts';
import { toConnectionLost } from './connection-lost.ts';

/** What a worker is woken with; `null` on its deadline. */
export type Marker = { member: string; score: number } | null;

/**
 * What an interrupted wait answers: nothing is due. BullMQ's loop then looks whether it is paused or
 * closing. It would fetch a job on null, and sleep for five seconds on an error.
 */
export const INTERRUPTED: Marker = { member: '', score: Number.POSITIVE_INFINITY };

interface Waiter {
  readonly key: string;
  readonly owner: object;
  settle(marker: Marker): void;
  fail(error: Error): void;
  cancelTimer: CancelTimer;
}

/** What waiting needs of the hub. */
export interface WaitingOptions {
  readonly wait: Connection;
  readonly command: Connection;
  readonly pokeKey: string;
  /** Told of errors other than a lost connection; waiting goes on after a pause. */
  readonly onError: (error: unknown) => void;
  readonly clock?: Clock;
}

/** Longest block, seconds; the socket's own timeout is above it. */
const BLOCK_SECONDS = 10;
const LINGER_MS = 1_000;
/** A pop that takes not much longer than a round trip means that the marker was there before the block. */
const AT_ONCE_ROUND_TRIPS = 2;
const ALIGNED_TO_MS = 200;
const POKE_TTL_MS = 60_000;
/** While Redis refuses the pop, workers look by their own deadlines. */
const FAILED_BACKOFF = { minDelayMs: 100, maxDelayMs: 5_000 };

/**
 * KEYS: markers. Returns a flat list [position of the key from 1, member, score, ...].
 * One step, so that a burst over many queues costs two round trips instead of one per queue.
 */
const DRAIN_LUA = /* lua */ `
local out = {}
for i, key in ipairs(KEYS) do
  local popped = redis.call('ZPOPMIN', key)
  if popped[1] then
    out[#out + 1] = i
    out[#out + 1] = popped[1]
    out[#out + 1] = popped[2]
  end
end
return out`;

/** Shares one blocking socket among all workers of a process. */
export class Waiting {
  readonly #connection: Connection;
  readonly #command: Connection;
  readonly #pokeKey: string;
  readonly #onError: (error: unknown) => void;
  readonly #clock: Clock;
  readonly #waiters = new Map<string, Waiter[]>();
  readonly #lingerUntil = new Map<string, number>();
  #armed: ReadonlySet<string> = new Set();
  #blocked = false;
  #poked = false;
  /** Somebody came while a poke was on its way: should it be refused, there must be another. */
  #isAnotherWanted = false;
  #running = false;
  #rotation = 0;
  #failures = 0;
  /** Of the last drain; before the first one every pop is followed by it. */
  #roundTripMs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor({ wait, command, pokeKey, onError, clock = systemClock }: WaitingOptions) {
    this.#connection = wait;
    this.#command = command;
    this.#pokeKey = pokeKey;
    this.#onError = onError;
    this.#clock = clock;
  }

  /**
   * Resolves with the marker of `key`, or with null after `timeoutMs`, a little later when nothing is due then;
   * rejects when the hub is closed.
   */
  wait(key: string, owner: object, timeoutMs: number, isIdle = false): Promise<Marker> {
    if (this.#closed) return Promise.reject(new ConnectionClosedError());
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        key,
        owner,
        settle: (marker) => {
          waiter.cancelTimer();
          resolve(marker);
        },
        fail: (error) => {
          waiter.cancelTimer();
          reject(error);
        },
        cancelTimer: this.#clock.after(isIdle ? this.#aligned(timeoutMs) : timeoutMs, () => {
          this.#remove(waiter);
          resolve(null);
        }),
      };
      const line = this.#waiters.get(key);
      if (line) line.push(waiter);
      else this.#waiters.set(key, [waiter]);
      this.#lingerUntil.delete(key);
      if (!this.#running) void this.#run();
      else if (this.#blocked && !this.#armed.has(key)) this.#poke();
    });
  }

  /**
   * Idle workers look for jobs together, five times a second, or Redis would wake up for each of them: with
   * 1,000 that doubles what a look costs.
   */
  #aligned(timeoutMs: number): number {
    const overMs = (this.#clock.monotonic() + timeoutMs) % ALIGNED_TO_MS;
    return timeoutMs + ALIGNED_TO_MS - overMs;
  }

  /** Ends the waits of one worker, as pausing and closing it must. */
  interrupt(owner: object): void {
    for (const line of [...this.#waiters.values()]) {
      for (const waiter of line.filter((candidate) => candidate.owner === owner)) {
        this.#remove(waiter);
        waiter.settle(INTERRUPTED);
      }
    }
  }

  /** Whether Redis is being asked for this key at this moment. */
  isArmed(key: string): boolean {
    return this.#blocked && this.#connection.isReady && this.#armed.has(key);
  }

  close(): void {
    this.#closed = true;
    for (const line of [...this.#waiters.values()])
      for (const waiter of [...line]) {
        this.#remove(waiter);
        waiter.fail(new ConnectionClosedError());
      }
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (!this.#closed && this.#waiters.size > 0) await this.#round();
    } finally {
      this.#running = false;
      this.#armed = new Set();
    }
  }

  async #round(): Promise<void> {
    let redis: Redis;
    try {
      redis = await this.#connection.raw();
    } catch {
      this.close();
      return;
    }
    const keys = this.#keysToArm();
    const sentAt = this.#clock.monotonic();
    try {
      this.#blocked = true;
      this.#poked = false;
      this.#isAnotherWanted = false;
      const popped = await redis.bzpopmin(...keys, this.#pokeKey, BLOCK_SECONDS);
      this.#blocked = false;
      this.#failures = 0;
      if (!popped || popped[0] === this.#pokeKey) return;
      const tookMs = this.#clock.monotonic() - sentAt;
      this.#deliver(popped[0], popped[1]!, Number(popped[2]));
      if (tookMs <= this.#roundTripMs * AT_ONCE_ROUND_TRIPS) await this.#drain(redis);
    } catch (error) {
      this.#blocked = false;
      if (toConnectionLost(error)) await this.#wakeAllWhenBack();
      else await this.#pauseAfter(error);
    }
  }

  async #pauseAfter(error: unknown): Promise<void> {
    this.#failures += 1;
    this.#onError(error);
    await sleep(backoffDelay(this.#failures, FAILED_BACKOFF), { clock: this.#clock });
  }

  #keysToArm(): string[] {
    const now = this.#clock.monotonic();
    for (const [key, until] of this.#lingerUntil) if (until <= now) this.#lingerUntil.delete(key);
    const keys = [...this.#waiters.keys(), ...this.#lingerUntil.keys()];
    this.#armed = new Set(keys);
    this.#rotation = keys.length ? (this.#rotation + 1) % keys.length : 0;
    return [...keys.slice(this.#rotation), ...keys.slice(0, this.#rotation)];
  }

  /** Takes all markers at once that somebody here waits for. */
  async #drain(redis: Redis): Promise<void> {
    const keys = [...this.#waiters.keys()];
    if (keys.length < 2) return;
    const sentAt = this.#clock.monotonic();
    const popped = (await redis.eval(DRAIN_LUA, keys.length, ...keys)) as (string | number)[];
    this.#roundTripMs = this.#clock.monotonic() - sentAt;
    for (let i = 0; i < popped.length; i += 3)
      this.#deliver(keys[Number(popped[i]) - 1]!, String(popped[i + 1]), Number(popped[i + 2]));
  }

  /** Hands on a marker whose worker will not use it: to another one that waits here, else back to Redis. */
  offer(key: string, { member, score }: NonNullable<Marker>): void {
    this.#deliver(key, member, score);
  }

  #deliver(key: string, member: string, score: number): void {
    const waiter = this.#waiters.get(key)?.[0];
    if (!waiter) {
      // Popped for nobody: it belongs to whoever waits for it in another process.
      this.#lingerUntil.delete(key);
      this.#onCommandSocket((redis) => redis.zadd(key, score, member));
      return;
    }
    this.#remove(waiter);
    if (!this.#waiters.has(key)) this.#lingerUntil.set(key, this.#clock.monotonic() + LINGER_MS);
    waiter.settle({ member, score });
  }

  #remove(waiter: Waiter): void {
    const line = this.#waiters.get(waiter.key);
    if (!line) return;
    const rest = line.filter((other) => other !== waiter);
    if (rest.length > 0) this.#waiters.set(waiter.key, rest);
    else {
      this.#waiters.delete(waiter.key);
      this.#lingerUntil.set(waiter.key, this.#clock.monotonic() + LINGER_MS);
    }
  }

  /** A marker may have been popped and lost with the reply: everybody looks for jobs once. */
  async #wakeAllWhenBack(): Promise<void> {
    await this.#connection.client.catch(() => {});
    this.wakeAll();
  }

  /** Everybody looks for jobs now: a marker or a poke may have been lost. */
  wakeAll(): void {
    for (const line of [...this.#waiters.values()])
      for (const waiter of [...line]) {
        this.#remove(waiter);
        waiter.settle(null);
      }
  }

  #poke(): void {
    if (this.#poked) {
      this.#isAnotherWanted = true;
      return;
    }
    this.#poked = true;
    this.#isAnotherWanted = false;
    this.#onCommandSocket(async (redis) => {
      const poke = redis.pipeline().zadd(this.#pokeKey, 0, '1');
      const replies = await poke.pexpire(this.#pokeKey, POKE_TTL_MS).exec();
      if (replies?.[0]?.[0]) this.#onRefusedPoke();
    });
  }

  /** Whoever has come meanwhile tries again at once, else whoever comes next. */
  #onRefusedPoke(): void {
    this.#poked = false;
    if (this.#isAnotherWanted && this.#blocked) this.#poke();
  }

  /** Best effort: whatever fails here is made good by the next round, at the latest in ten seconds. */
  #onCommandSocket(send: (redis: Redis) => Promise<unknown>): void {
    this.#command
      .raw()
      .then(send)
      .catch(() => {
        this.#poked = false;
      });
  }
}
