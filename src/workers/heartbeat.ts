/**
 * Says in Redis that this process lives and what it works on.
 *
 * A hash per process with a lifetime of five minutes, and an index of all processes, so that readers need no
 * scan. How fresh a heartbeat is shows in what is left of its lifetime, so no host's clock matters. Entries
 * of processes that are long gone leave the index with the next heartbeat of anybody. Removed on stop. The answer of
 * each beat is the flag of the process: what it must keep to.
 */
import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { Redis } from 'ioredis';
import { type Clock, systemClock } from '../base/clock.ts';
import { AGES_MS } from '../config/ages.ts';
import type { Keys } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import { VERSION } from '../version.ts';
import { ProcessLoad } from './process-load.ts';
import type { WorkerManager } from './worker-manager.ts';

/** What a heartbeat says, and how it is sent. */
export interface HeartbeatOptions {
  readonly connection: Connection;
  readonly keys: Keys;
  readonly workers: WorkerManager;
  readonly host: string;
  readonly pid: number;
  /** Of the application; undefined when it has none. */
  readonly appVersion?: string | undefined;
  readonly clock?: Clock;
}

/** What was answered to a heartbeat. */
export interface Beat {
  /** What this process must keep to, as it is stored; null: nothing. */
  readonly flag: string | null;
}

/** A flag that is still kept to does not run out. */
const FLAGS_MS = 7 * 86_400_000;

/** Coordinators in one process, at most. */
const MOST_PER_PROCESS = 100;

/**
 * KEYS 1 hash of the process, 2 index, 3 flags · ARGV 1 token of the writer, 2 lifetime in ms, 3 now (epoch ms),
 * 4 prefix of the hashes, 5 member of the index, 6 lifetime of the flags in ms, 7 … fields of the hash.
 * Returns the flag of the process, 1 when it has none, 0 when the hash belongs to another coordinator of this process.
 * One step: of two coordinators that start together one must see the other's mark.
 */
const BEAT_LUA = /* lua */ `
local owner = redis.call('HGET', KEYS[1], 'token')
if owner and owner ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'token', ARGV[1], unpack(ARGV, 7))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local old = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[3] - ARGV[2], 'LIMIT', 0, 20)
for _, member in ipairs(old) do
  if redis.call('EXISTS', ARGV[4] .. member) == 0 then redis.call('ZREM', KEYS[2], member) end
end
local flag = redis.call('HGET', KEYS[3], ARGV[5])
if flag then redis.call('PEXPIRE', KEYS[3], ARGV[6]) end
return flag or 1`;

/** Writes and removes the heartbeat of one process. */
export class Heartbeat {
  readonly #connection: Connection;
  readonly #keys: Keys;
  readonly #workers: WorkerManager;
  readonly #clock: Clock;
  readonly #host: string;
  readonly #pid: number;
  readonly #appVersion: string;
  readonly #load: ProcessLoad;
  /** Tells this coordinator from all others, whatever they are named. */
  readonly token: string = randomUUID();
  #id: string;
  /** Whether the hash at `#id` is known to be ours. */
  #isOurs = false;

  constructor(options: HeartbeatOptions) {
    this.#connection = options.connection;
    this.#keys = options.keys;
    this.#workers = options.workers;
    this.#host = options.host;
    this.#pid = options.pid;
    this.#clock = options.clock ?? systemClock;
    this.#appVersion = options.appVersion ?? '';
    this.#load = new ProcessLoad(this.#clock);
    this.#id = `${this.#host}:${this.#pid}`;
  }

  /** Name of this process in Redis, once it is known that no other coordinator has it. */
  get id(): string | undefined {
    return this.#isOurs ? this.#id : undefined;
  }

  /** Writes it, in one round trip. Undefined while Redis is away. */
  async beat(): Promise<Beat | undefined> {
    if (!this.#connection.isReady) return undefined;
    const redis = await this.#connection.raw();
    // Further coordinators of a process are `<host>:<pid>:2`, `:3` …
    for (let n = 2; n <= MOST_PER_PROCESS; n += 1) {
      const answer = await this.#write(redis);
      this.#isOurs = answer !== 0;
      if (this.#isOurs) return { flag: typeof answer === 'string' ? answer : null };
      this.#id = `${this.#host}:${this.#pid}:${n}`;
    }
    return undefined;
  }

  /** Takes it back. Best effort: it runs out by itself. */
  async remove(): Promise<void> {
    if (!this.#isOurs || !this.#connection.isReady) return;
    const redis = await this.#connection.raw();
    await redis
      .multi()
      .del(this.#keys.host(this.#id))
      .zrem(this.#keys.hosts(), this.#id)
      .hdel(this.#keys.workerFlags(), this.#id)
      .exec()
      .catch(() => {});
  }

  #write(redis: Redis): Promise<unknown> {
    const keys = this.#keys;
    const now = this.#clock.now();
    return redis.eval(
      BEAT_LUA,
      3,
      keys.host(this.#id),
      keys.hosts(),
      keys.workerFlags(),
      this.token,
      AGES_MS.workerHeartbeats,
      now,
      keys.host(''),
      this.#id,
      FLAGS_MS,
      ...Object.entries(this.#fields(now)).flat(),
    );
  }

  #fields(now: number): Record<string, string | number> {
    const queues = this.#workers.heartbeat;
    const totals = Object.values(queues);
    const { cpuRatio, loopRatio, memoryRatio } = this.#load.look();
    return {
      host: this.#host,
      pid: this.#pid,
      version: VERSION,
      appVersion: this.#appVersion,
      isQuiet: this.#workers.isQuiet ? 1 : 0,
      ...{ cpuRatio: cpuRatio ?? '', loopRatio: loopRatio ?? '', memoryRatio: memoryRatio ?? '' },
      queues: JSON.stringify(queues),
      slots: totals.reduce((sum, { slots }) => sum + slots, 0),
      activeJobs: totals.reduce((sum, { active }) => sum + active, 0),
      rebuilds: this.#workers.workers.reduce((sum, { rebuilds }) => sum + rebuilds, 0),
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
