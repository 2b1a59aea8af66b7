/**
 * Reads the processes that run Drover, from their heartbeats and their flags.
 *
 * How fresh a heartbeat is shows in what is left of its lifetime, so no host's clock matters. What is not there, or
 * cannot be read, is null.
 */
import type { Redis } from 'ioredis';
import { AGES_MS } from '../../config/ages.ts';
import type { Keys } from '../../keys.ts';
import { HEARTBEAT_FRESH_WITH_MS } from '../../queues/queue-stats.ts';
import { parseFlag } from '../../workers/worker-flag.ts';
import type { WorkerQueue, WorkerView } from './fleet-views.ts';

/** A process, without what only the list of clients tells. */
export type Process = Omit<WorkerView, 'connections'> & { readonly token: string };

const MOST_PROCESSES = 5_000;
type Hash = Readonly<Record<string, string>>;

/** Processes that live and work on queues. @param now epoch ms of the server */
export async function readProcesses(redis: Redis, keys: Keys, now: number): Promise<Process[]> {
  const ids = await redis.zrevrange(keys.hosts(), 0, MOST_PROCESSES - 1);
  const processes = await readThese(redis, keys, ids.sort(), now);
  return processes.filter(({ queues }) => queues.length > 0);
}

/** One process; undefined when it does not live. */
export async function readProcess(
  redis: Redis,
  keys: Keys,
  id: string,
  now: number,
): Promise<Process | undefined> {
  return (await readThese(redis, keys, [id], now))[0];
}

async function readThese(
  redis: Redis,
  keys: Keys,
  ids: readonly string[],
  now: number,
): Promise<Process[]> {
  if (ids.length === 0) return [];
  const pipeline = redis.pipeline().hmget(keys.workerFlags(), ...ids);
  for (const id of ids) pipeline.hgetall(keys.host(id)).pttl(keys.host(id));
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  const flags = replies[0]![1] as (string | null)[];
  return ids.flatMap((id, i) => {
    const leftMs = replies[2 * i + 2]![1] as number;
    if (leftMs < HEARTBEAT_FRESH_WITH_MS) return [];
    const lastSeenAt = now - (AGES_MS.workerHeartbeats - leftMs);
    return [toProcess(id, replies[2 * i + 1]![1] as Hash, flags[i], lastSeenAt)];
  });
}

function toProcess(
  id: string,
  hash: Hash,
  flagText: string | null | undefined,
  lastSeenAt: number,
): Process {
  const token = hash.token ?? '';
  const flag = parseFlag(flagText, token);
  const isWanted = flag?.quiet === true;
  return {
    ...{ id, from: 'measured', token, lastSeenAt, name: null },
    ...{ host: hash.host || null, pid: numberOf(hash.pid), address: hash.ip || null },
    ...{ version: hash.version || null, appVersion: hash.appVersion || null },
    queues: queuesOf(hash.queues),
    load: {
      cpuRatio: numberOf(hash.cpuRatio),
      loopRatio: numberOf(hash.loopRatio),
      memoryRatio: numberOf(hash.memoryRatio),
    },
    isQuiet: hash.isQuiet === '1',
    quietBy: isWanted ? flag.by : null,
    quietFor: isWanted ? flag.reason : null,
    quietSince: isWanted ? flag.at : null,
  };
}

function queuesOf(text: string | undefined): WorkerQueue[] {
  try {
    const queues: unknown = JSON.parse(text ?? '{}');
    if (typeof queues !== 'object' || queues === null) return [];
    return Object.entries(queues as Record<string, { slots?: unknown; active?: unknown } | null>)
      .map(([queue, beat]) => ({
        queue,
        slots: countOf(beat?.slots),
        active: countOf(beat?.active),
      }))
      .sort((a, b) => (a.queue < b.queue ? -1 : 1));
  } catch {
    return [];
  }
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function numberOf(text: string | undefined): number | null {
  const number = Number(text);
  return text && Number.isFinite(number) ? number : null;
}
