/**
 * Reads the processes that run Drover, from their heartbeats and their flags.
 *
 * How fresh a heartbeat is shows in what is left of its lifetime, so no host's clock matters. What is not there, or
 * cannot be read, is null.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../../keys.ts';
import {
  queuesIn,
  type ReadHeartbeat,
  readHeartbeats,
  readProcessIds,
} from '../../workers/read-heartbeats.ts';
import { parseFlag } from '../../workers/worker-flag.ts';
import type { WorkerView } from './fleet-views.ts';

/** A process, without what only the list of clients tells. */
export type Process = Omit<WorkerView, 'connections'> & { readonly token: string };

const MOST_PROCESSES = 5_000;

/** Processes that live and work on queues. @param now epoch ms of the server */
export async function readProcesses(redis: Redis, keys: Keys, now: number): Promise<Process[]> {
  const ids = await readProcessIds(redis, keys, MOST_PROCESSES);
  const processes = await readThese(redis, keys, ids, now);
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
  const [flags, heartbeats] = await Promise.all([
    redis.hmget(keys.workerFlags(), ...ids),
    readHeartbeats(redis, keys, ids),
  ]);
  const flagOf = new Map(ids.map((id, i) => [id, flags[i]]));
  return heartbeats
    .filter(({ isFresh }) => isFresh)
    .map((heartbeat) => toProcess(heartbeat, flagOf.get(heartbeat.id), now));
}

function toProcess(
  heartbeat: ReadHeartbeat,
  flagText: string | null | undefined,
  now: number,
): Process {
  const { id, fields: hash, ageMs } = heartbeat;
  const token = hash.token ?? '';
  const flag = parseFlag(flagText, token);
  const isWanted = flag?.quiet === true;
  return {
    ...{ id, from: 'measured', token, lastSeenAt: now - ageMs, name: null },
    ...{ host: hash.host || null, pid: numberOf(hash.pid), address: hash.ip || null },
    ...{ version: hash.version || null, appVersion: hash.appVersion || null },
    queues: [...queuesIn(heartbeat)]
      .map(([queue, { slots, active }]) => ({ queue, slots, active }))
      .sort((a, b) => (a.queue < b.queue ? -1 : 1)),
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

function numberOf(text: string | undefined): number | null {
  const number = Number(text);
  return text && Number.isFinite(number) ? number : null;
}
