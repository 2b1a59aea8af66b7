/**
 * Says in Redis that this process lives and what it works on.
 *
 * A hash per process with a lifetime of five minutes, and an index of all processes scored by the time of
 * their last heartbeat, so that readers need no scan. Entries of processes that are long gone leave the
 * index with the next heartbeat of anybody. Removed on stop.
 */
import { networkInterfaces } from 'node:os';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import { VERSION } from '../version.ts';
import type { WorkerManager } from './worker-manager.ts';

const TTL_MS = 5 * 60_000;

/** Writes and removes the heartbeat of one process. */
export class Heartbeat {
  readonly #connection: Connection;
  readonly #keys: Keys;
  readonly #workers: WorkerManager;
  readonly #clock: Clock;
  readonly #host: string;
  readonly #pid: number;

  constructor(options: {
    connection: Connection;
    keys: Keys;
    workers: WorkerManager;
    host: string;
    pid: number;
    clock?: Clock;
  }) {
    this.#connection = options.connection;
    this.#keys = options.keys;
    this.#workers = options.workers;
    this.#host = options.host;
    this.#pid = options.pid;
    this.#clock = options.clock ?? systemClock;
  }

  get #id(): string {
    return `${this.#host}:${this.#pid}`;
  }

  /** Writes it, in one round trip. Does nothing while Redis is away. */
  async beat(): Promise<void> {
    if (!this.#connection.isReady) return;
    const redis = await this.#connection.raw();
    const now = this.#clock.now();
    const key = this.#keys.host(this.#id);
    const results = await redis
      .multi()
      .hset(key, this.#fields(now))
      .pexpire(key, TTL_MS)
      .zadd(this.#keys.hosts(), now, this.#id)
      .zremrangebyscore(this.#keys.hosts(), '-inf', now - TTL_MS)
      .pexpire(this.#keys.hosts(), TTL_MS)
      .exec();
    for (const [error] of results ?? []) if (error) throw error;
  }

  /** Takes it back. Best effort: it runs out by itself. */
  async remove(): Promise<void> {
    if (!this.#connection.isReady) return;
    const redis = await this.#connection.raw();
    await redis
      .multi()
      .del(this.#keys.host(this.#id))
      .zrem(this.#keys.hosts(), this.#id)
      .exec()
      .catch(() => {});
  }

  #fields(now: number): Record<string, string | number> {
    const queues = this.#workers.heartbeat;
    const totals = Object.values(queues);
    return {
      host: this.#host,
      pid: this.#pid,
      version: VERSION,
      queues: JSON.stringify(queues),
      slots: totals.reduce((sum, { slots }) => sum + slots, 0),
      activeJobs: totals.reduce((sum, { active }) => sum + active, 0),
      lastActive: this.#workers.lastActiveAt ?? '',
      beatAt: now,
      ip: ownAddress(),
    };
  }
}

/** The first address of this machine that others can reach, or the loopback. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}
