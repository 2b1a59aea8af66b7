/**
 * What will become a trouble of Redis, in words, while it still works. Pure.
 *
 * A counter that only ever grows says nothing by itself: what is judged is how much it has grown lately.
 * What is not known is never warned about.
 */
import { memoryLevel } from '../redis/memory-level.ts';
import type { ServerFigures } from '../redis/server-figures.ts';
import { judgeServer, type ServerInfo } from '../redis/server-info.ts';
import { bytesInWords, countInWords, percentInWords } from './in-words.ts';

/** One thing to look after. */
export interface RedisWarning {
  readonly code:
    | 'eviction'
    | 'replica'
    | 'loading'
    | 'memory-high'
    | 'memory-critical'
    | 'keys-evicted'
    | 'connections-rejected'
    | 'rdb-failed'
    | 'aof-failed'
    | 'replica-link-down'
    | 'replicas-behind';
  readonly message: string;
}

/** How much counters have grown lately; null when it is not known. */
export interface RedisGrowth {
  readonly evictedKeys: number | null;
  readonly rejectedConnections: number | null;
}

/** Everything that should be looked after, worst matters of memory first. */
export function warnAboutRedis(info: ServerInfo, growth: RedisGrowth): RedisWarning[] {
  const { figures } = info;
  return [
    ...judgeServer(info).map(({ finding, message }) => ({
      code: finding as 'eviction' | 'replica',
      message,
    })),
    ...aboutMemory(figures.memory, growth.evictedKeys),
    ...aboutConnections(figures.connections, growth.rejectedConnections),
    ...aboutPersistence(figures.persistence),
    ...aboutReplication(figures.replication),
  ];
}

function aboutMemory(
  { usedBytes, limitBytes }: ServerFigures['memory'],
  evicted: number | null,
): RedisWarning[] {
  const warnings: RedisWarning[] = [];
  if (evicted !== null && evicted > 0)
    warnings.push({
      code: 'keys-evicted',
      message: `Redis has thrown away ${countInWords(evicted, 'key')} in the last minutes because memory is full: jobs and locks may be among them. Raise maxmemory, and set maxmemory-policy noeviction`,
    });
  const level = memoryLevel(usedBytes ?? 0, limitBytes ?? 0);
  if (level)
    warnings.push({
      code: `memory-${level}`,
      message: `Redis uses ${percentInWords(usedBytes! / limitBytes!)} of its memory (${bytesInWords(usedBytes!)} of ${bytesInWords(limitBytes!)}): when it is full, adds are refused. Keep fewer finished jobs, or raise maxmemory`,
    });
  return warnings;
}

function aboutConnections(
  { max }: ServerFigures['connections'],
  rejected: number | null,
): RedisWarning[] {
  if (rejected === null || rejected === 0) return [];
  const limit = max === null ? '' : ` (maxclients ${max})`;
  return [
    {
      code: 'connections-rejected',
      message: `Redis has rejected ${countInWords(rejected, 'connection')} in the last minutes: there are too many clients${limit}. CLIENT LIST shows whose they are`,
    },
  ];
}

function aboutPersistence({ loading, aof, rdb }: ServerFigures['persistence']): RedisWarning[] {
  const warnings: RedisWarning[] = [];
  const isBad = (status: string | null): boolean => status !== null && status !== 'ok';
  if (loading)
    warnings.push({ code: 'loading', message: 'Redis is reading its data from disk: wait' });
  if (isBad(rdb.lastSaveStatus))
    warnings.push({
      code: 'rdb-failed',
      message:
        'The last snapshot of Redis failed (rdb_last_bgsave_status): it will refuse writes with MISCONF. Free disk and memory, then run BGSAVE; do not restart it before',
    });
  if (isBad(aof.lastWriteStatus) || isBad(aof.lastRewriteStatus))
    warnings.push({
      code: 'aof-failed',
      message: `Redis cannot ${isBad(aof.lastWriteStatus) ? 'write' : 'rewrite'} its append-only file (${isBad(aof.lastWriteStatus) ? 'aof_last_write_status' : 'aof_last_bgrewrite_status'}): what it accepts now is lost with a restart. Free disk`,
    });
  return warnings;
}

function aboutReplication(replication: ServerFigures['replication']): RedisWarning[] {
  const { role, linkStatus, replicas, replicasOnline } = replication;
  const warnings: RedisWarning[] = [];
  if (role === 'replica' && linkStatus !== null && linkStatus !== 'up')
    warnings.push({
      code: 'replica-link-down',
      message: `This Redis is a replica and its link to the primary is ${linkStatus}: what it holds grows old`,
    });
  if (replicas !== null && replicasOnline !== null && replicasOnline < replicas)
    warnings.push({
      code: 'replicas-behind',
      message: `${replicas - replicasOnline} of ${countInWords(replicas, 'replica')} of Redis do not have the whole data set yet: none of these can take over`,
    });
  return warnings;
}
