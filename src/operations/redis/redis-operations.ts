/**
 * What operators may see of the Redis server.
 *
 * Managed services and careful users refuse some of it: what may not be read is null, and named with what was said.
 * Every question is small and bounded in time; rejects with QUEUE_UNAVAILABLE while Redis is away.
 */
import type { Redis } from 'ioredis';
import { systemClock } from '../../base/clock.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import { keyPrefixOf } from '../../queues/key-prefix.ts';
import { parseClientList } from '../../redis/client-list.ts';
import { refusalOf } from '../../redis/connection-lost.ts';
import { parseServerInfo } from '../../redis/server-info.ts';
import { sampleQueues } from '../live/sample-queues.ts';
import type { OperatorSources } from '../operator-sources.ts';
import { groupClients } from './group-clients.ts';
import { type SlowLogEntry, toSlowCommand } from './read-slow-log.ts';
import type {
  ClientGroup,
  LatencyEvent,
  LatencyView,
  QueueBytes,
  ReadRows,
  RedisInfoView,
  SlowCommand,
} from './redis-views.ts';

const PINGS = 20;
const MOST_GROUPS = 200;
const QUEUES_PER_COMMAND = 250;
const USUAL_SLOW = 50;
const USUAL_QUEUES = 10;
/** Looks at the memory of queues, some thousand small commands each, end after so long. */
const LOOKING_MS = 10_000;

/** The server, as operators see it. */
export class RedisOperations {
  readonly #sources: OperatorSources;

  constructor(sources: OperatorSources) {
    this.#sources = sources;
  }

  /** Version, memory, clients, persistence, replication. */
  async info(): Promise<RedisInfoView> {
    const { value, unverified } = await this.#read('INFO', (redis) => redis.info());
    const info = parseServerInfo(value ?? '');
    const { connections, operations, persistence, replication, memory } = info.figures;
    return {
      server: value === null ? null : info.flavour,
      ...{ version: info.version, uptimeSeconds: info.uptimeSeconds, role: info.role },
      memory: {
        ...{ usedBytes: info.usedBytes, maxBytes: info.maxBytes, policy: info.maxMemoryPolicy },
        fragmentationRatio: memory.fragmentationRatio,
      },
      clients: {
        ...{ connected: connections.connected, max: connections.max },
        blocked: connections.blocked,
      },
      ...{ commandsPerSecond: operations.opsPerSec, hitRatio: operations.hitRatio },
      evictedKeys: operations.evictedKeys,
      persistence: {
        aof: persistence.aof.enabled,
        lastSaveAt: persistence.rdb.lastSaveAt,
        lastSaveOk: toOk(persistence.rdb.lastSaveStatus),
      },
      replicas: replication.replicas,
      unverified,
    };
  }

  /** Connections by application and role. */
  async clients(): Promise<ReadRows<ClientGroup>> {
    const { value, unverified } = await this.#read('CLIENT LIST', (redis) => redis.client('LIST'));
    if (value === null) return { rows: null, unverified };
    const groups = groupClients(parseClientList(String(value)));
    return cut(groups, MOST_GROUPS, 'groups of connections');
  }

  /** The slowest commands that the server has kept, the newest first. */
  async slowLog(limit: number = USUAL_SLOW): Promise<ReadRows<SlowCommand>> {
    const [{ value, unverified }, known] = await Promise.all([
      this.#read('SLOWLOG GET', (redis) => redis.slowlog('GET', limit)),
      this.#names(),
    ]);
    if (value === null) return { rows: null, unverified };
    const entries = value as unknown as SlowLogEntry[];
    return { rows: entries.map((entry) => toSlowCommand(entry, known)), unverified };
  }

  /** Round trips from here, fewer of a slow server, and what the server's own monitor has kept. */
  async latency(): Promise<LatencyView> {
    const times: number[] = [];
    const until = systemClock.monotonic() + this.#sources.gate.timeoutMs;
    while (times.length < PINGS && (times.length === 0 || systemClock.monotonic() < until)) {
      const sentAt = systemClock.monotonic();
      await this.#ask((redis) => redis.ping());
      times.push(systemClock.monotonic() - sentAt);
    }
    const { value, unverified } = await this.#read('LATENCY LATEST', (redis) =>
      redis.call('LATENCY', 'LATEST'),
    );
    const events = value as [string, number, number, number][] | null;
    return {
      pingMs: { p50: quantile(times, 0.5), p99: quantile(times, 0.99), samples: times.length },
      events: events?.map(toLatencyEvent) ?? null,
      unverified,
    };
  }

  /** Queues that take the most, among those with the most jobs. */
  async memory(limit: number = USUAL_QUEUES): Promise<ReadRows<QueueBytes>> {
    const ranked = await this.#byJobs();
    const candidates = ranked.slice(0, 2 * limit);
    const until = systemClock.monotonic() + LOOKING_MS;
    const rows: QueueBytes[] = [];
    const unverified: string[] = [];
    let looked = 0;
    for (const queue of candidates) {
      if (systemClock.monotonic() > until) break;
      looked += 1;
      try {
        rows.push({ queue, bytes: (await this.#sources.memory.get(queue)).bytes });
      } catch (error) {
        if (error instanceof CoordinatorError && error.code === 'NOT_FOUND') continue;
        if (isOutage(error)) throw error;
        unverified.push(`${queue}: ${messageOf(error)}`);
      }
    }
    if (looked < ranked.length)
      unverified.push(`${ranked.length - looked} queues with fewer jobs were not looked at`);
    rows.sort((a, b) => b.bytes - a.bytes);
    return { rows: rows.slice(0, limit), unverified };
  }

  async #byJobs(): Promise<string[]> {
    const { keys, serverNow } = this.#sources;
    await this.#ask(() => this.#sources.directory.look());
    const all = this.#sources.directory.labels();
    const wishes = { whole: new Map<string, number>(), withHosts: false, withDrover: false };
    const now = serverNow() ?? systemClock.now();
    const jobs: [string, number][] = [];
    for (let at = 0; at < all.length; at += QUEUES_PER_COMMAND) {
      const labels = all.slice(at, at + QUEUES_PER_COMMAND);
      const { queues } = await this.#ask((redis) =>
        sampleQueues(redis, keys, { ...wishes, labels, now }),
      );
      for (const [i, label] of labels.entries())
        jobs.push([label, totalOf(queues[i]?.counts ?? {})]);
    }
    return jobs.sort((a, b) => b[1] - a[1]).map(([label]) => label);
  }

  /** Names of scripts and queues, to tell whose a command was. */
  async #names(): Promise<Parameters<typeof toSlowCommand>[1]> {
    const { keys } = this.#sources;
    await this.#ask(() => this.#sources.directory.look());
    const labels = this.#sources.directory.labels();
    const scripts = await this.#ask(async (redis) => definedScripts(redis));
    return {
      scripts,
      prefixes: new Map(labels.map((label) => [label, keyPrefixOf(label)])),
      own: keys.prefix,
    };
  }

  #ask<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
    const { hub, gate } = this.#sources;
    return gate.run(hub.command, 'fail', 'repeat', async () => run(await hub.command.raw()));
  }

  /** What the server refuses is null, and told; it is its answer, and asking again would not help. */
  #read<T>(
    what: string,
    run: (redis: Redis) => Promise<T>,
  ): Promise<{ value: T | null; unverified: string[] }> {
    return this.#ask(async (redis) => {
      try {
        return { value: await run(redis), unverified: [] };
      } catch (error) {
        if (!isAnswer(error)) throw error;
        return { value: null, unverified: [`${what}: ${messageOf(error)}`] };
      }
    });
  }
}

function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** A right that is missing, or a command that is not there; all else passes. */
function isAnswer(error: unknown): boolean {
  return refusalOf(error) === 'NOPERM' || /^ERR\b/.test(messageOf(error));
}

/** What is typed here says that there was no answer. */
function isOutage(error: unknown): boolean {
  return error instanceof CoordinatorError;
}

function definedScripts(redis: Redis): { name: string; sha: string; lua: string }[] {
  const { scriptsSet } = redis as unknown as {
    scriptsSet: Record<string, { sha: string; lua: string }>;
  };
  return Object.entries(scriptsSet).map(([command, { sha, lua }]) => ({
    name: command.split(':')[0]!,
    ...{ sha, lua },
  }));
}

function cut<Row>(rows: readonly Row[], most: number, what: string): ReadRows<Row> {
  const left = rows.length - most;
  const unverified = left > 0 ? [`${left} further ${what} are left out`] : [];
  return { rows: rows.slice(0, most), unverified };
}

function toOk(status: string | null): boolean | null {
  return status === null ? null : status === 'ok';
}

function toLatencyEvent([event, at, lastMs, longestMs]: [
  string,
  number,
  number,
  number,
]): LatencyEvent {
  return { event, at: at * 1_000, lastMs, longestMs };
}

function quantile(times: readonly number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1);
  return Math.round(sorted[Math.max(0, at)]! * 1_000) / 1_000;
}
