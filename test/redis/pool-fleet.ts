/**
 * Leaders and processes for the tests of pools: leaders with a clock under control, processes that only send beats.
 */
import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { FakeClock } from '../../src/base/fake-clock.ts';
import { EventBus, type EventName } from '../../src/events.ts';
import { createKeys } from '../../src/keys.ts';
import type { PoolBeat, ProcessBeat } from '../../src/pools/process-beat.ts';
import { Scaler } from '../../src/pools/scaler.ts';
import { Connection } from '../../src/redis/connection.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { Lease } from '../../src/redis/lease.ts';
import type { PoolSettings } from '../../src/workers/pool-settings.ts';

export const keys = createKeys('coordinator');

export const SETTINGS: PoolSettings = {
  ...{ min: 1, max: 20, perHostMax: 20, concurrency: 10, waitP95Ms: 1_000, isolation: 'none' },
  ...{ weight: 1, mode: 'auto', idleAfterMs: 60_000, startMs: 100, schedule: [], efficacy: 'off' },
};

/** A connection of a test's own. */
export async function connect(
  to: { readonly port: number },
  login: { readonly username?: string; readonly password?: string } = {},
): Promise<Connection> {
  const connection = new Connection({
    ...{ role: 'command', name: 'pools-test', announce: new EventBus().announce },
    createClient: clientMaker({ options: { host: '127.0.0.1', port: to.port, ...login } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
  });
  onTestFinished(() => connection.close());
  await connection.client;
  return connection;
}

/** One process that may lead. */
export function createLeader(name: string, command: Connection) {
  const clock = new FakeClock();
  const bus = new EventBus();
  const events: { name: EventName; [field: string]: unknown }[] = [];
  bus.onAny((name, payload) => events.push({ name, ...payload }));
  const lease = new Lease({ name: 'fleet', connection: command, keys, hostId: name, clock });
  const scaler = new Scaler({ command, keys, announce: bus.announce, lease, clock });
  /** Rounds, a second apart by the leader's clock. */
  const rounds = async (count = 1): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      await lease.acquire();
      await scaler.round();
      await clock.pass(1_000);
    }
  };
  return { lease, scaler, clock, events, rounds };
}

/** What a process says of a pool. */
export function poolBeat(fields: Partial<PoolBeat> = {}): PoolBeat {
  return {
    ...{ most: 10, slots: 0, active: 0, epoch: 0, rev: 0 },
    ...{ started: 0, ended: 0, returned: 0, busyMs: 0, runs: 0, runMs: 0, runMsSquared: 0 },
    ...fields,
  };
}

/** Says what a process with these pools says every second. `agoMs`: how old its beat is by the server's clock. */
export async function beat(
  redis: Redis,
  id: string,
  pools: Readonly<Record<string, Partial<PoolBeat>>>,
  fields: Partial<ProcessBeat> & { readonly agoMs?: number } = {},
): Promise<void> {
  const { agoMs = 0, ...rest } = fields;
  const process: ProcessBeat = {
    ...{ id, host: id.split(':')[0]!, version: null, capacity: 100, isStopping: false },
    pools: Object.fromEntries(Object.entries(pools).map(([name, pool]) => [name, poolBeat(pool)])),
    ...rest,
  };
  const at = (await serverNow(redis)) - agoMs;
  await redis.hset(keys.poolBeats(), { [id]: `${at} ${JSON.stringify(process)}` });
}

/** Leaves the settings of a pool and its place in the index, as every process with it does. */
export async function announcePool(
  redis: Redis,
  queue: string,
  settings: Partial<PoolSettings> = {},
): Promise<void> {
  const all = { ...SETTINGS, ...settings };
  await redis.hset(keys.pool(queue), {
    settings: JSON.stringify(all),
    ...{ minWorkers: all.min, maxWorkers: all.max },
  });
  await redis.zadd(keys.pools(), await serverNow(redis), queue);
}

export async function serverNow(redis: Redis): Promise<number> {
  const [seconds, micros] = (await redis.time()).map(Number) as [number, number];
  return seconds * 1_000 + Math.floor(micros / 1_000);
}

/** Puts jobs into the wait list, as far as counting goes. */
export async function fill(redis: Redis, queue: string, jobs: number): Promise<void> {
  const ids = Array.from({ length: jobs }, (_, i) => String(i));
  await redis.del(`bull:${queue}:wait`);
  if (jobs > 0) await redis.lpush(`bull:${queue}:wait`, ...ids);
}

/** The pool as it stands in Redis. */
export async function readPool(redis: Redis, queue: string) {
  const { shares, ...pool } = await redis.hgetall(keys.pool(queue));
  const { decidedBy, frozen, rev } = pool;
  return {
    ...{ decidedBy, frozen, rev },
    ...pool,
    target: pool.targetWorkers === undefined ? null : Number(pool.targetWorkers),
    shares: JSON.parse(shares ?? '{}') as Record<string, number>,
  };
}

/** The command socket, with a gate before every pipeline: `hold` stops the next one that has such a command. */
export function gated(connection: Connection): {
  readonly connection: Connection;
  hold(command: string): { readonly reached: Promise<void>; open(): void };
} {
  let held: { command: string; reached: () => void; opened: Promise<void> } | undefined;
  const raw = async (): Promise<Redis> =>
    new Proxy(await connection.raw(), {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (name !== 'pipeline') return typeof value === 'function' ? value.bind(target) : value;
        return () => {
          const pipeline = target.pipeline();
          const exec = pipeline.exec.bind(pipeline);
          const heldExec = async (): Promise<unknown> => {
            const queued = (pipeline as unknown as { _queue: { name: string }[] })._queue;
            if (held && queued.some((each) => each.name === held!.command)) {
              const { reached, opened } = held;
              held = undefined;
              reached();
              await opened;
            }
            return exec();
          };
          return Object.assign(pipeline, { exec: heldExec });
        };
      },
    });
  return {
    connection: new Proxy(connection, {
      get: (target, name) => (name === 'raw' ? raw : Reflect.get(target, name, target)),
    }),
    hold(command) {
      let open = (): void => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      const reached = new Promise<void>((resolve) => {
        held = { command, reached: resolve, opened };
      });
      return { reached, open };
    },
  };
}
