/**
 * The figures of a server: memory, connections, operations, persistence, replication.
 *
 * Pure. Names and shape are those that health answers show, so INFO is taken apart once and nowhere else.
 * What a server does not say (Valkey, a managed Redis, an ACL) is `null`, and a section is never missing:
 * code that reads `memory.used` needs no check before it.
 */

/** Looks up one field of INFO; undefined when the server does not say. */
export type InfoField = (name: string) => string | undefined;

/** What a server says about itself in numbers. */
export interface ServerFigures {
  readonly memory: {
    /** Bytes in use: the specification's name of `usedBytes`. */
    readonly used: number | null;
    /** Most bytes ever in use: the specification's name of `peakBytes`. */
    readonly peak: number | null;
    readonly usedBytes: number | null;
    readonly peakBytes: number | null;
    /** `maxmemory`; null when there is no limit or it is not known. */
    readonly limitBytes: number | null;
    /** `maxmemory-policy`. */
    readonly policy: string | null;
    /** Memory that the system has given, per byte in use. Says nothing while little is in use. */
    readonly fragmentationRatio: number | null;
  };
  readonly connections: {
    readonly connected: number | null;
    /** Clients that wait in a blocking command, as idle workers do. */
    readonly blocked: number | null;
    readonly max: number | null;
    /** Refused since the server started because there were `max`. */
    readonly rejected: number | null;
  };
  readonly operations: {
    readonly opsPerSec: number | null;
    readonly keyspaceHits: number | null;
    readonly keyspaceMisses: number | null;
    /** Part of the looked-up keys that were there, 0–1; null before the first look-up. */
    readonly hitRatio: number | null;
    /** Keys thrown away since the server started because memory was full. */
    readonly evictedKeys: number | null;
    readonly expiredKeys: number | null;
  };
  readonly persistence: {
    /** Whether the data set is still being read from disk. */
    readonly loading: boolean | null;
    readonly aof: {
      readonly enabled: boolean | null;
      /** `ok` or `err`. */
      readonly lastWriteStatus: string | null;
      readonly lastRewriteStatus: string | null;
    };
    readonly rdb: {
      readonly lastSaveStatus: string | null;
      /** Epoch ms on the server's clock; its own start when nothing was saved since. */
      readonly lastSaveAt: number | null;
      readonly changesSinceSave: number | null;
    };
  };
  readonly replication: {
    readonly role: 'primary' | 'replica' | null;
    /** Replicas that are connected to this server. */
    readonly replicas: number | null;
    /** Those of them that have the whole data set and follow. */
    readonly replicasOnline: number | null;
    /** What the replica that is furthest behind has not confirmed; null without replicas. */
    readonly lagBytes: number | null;
    /** `up` or `down`: a replica's link to its primary; null on a primary. */
    readonly linkStatus: string | null;
  };
}

/** Takes the figures out of the fields of INFO. */
export function readFigures(field: InfoField): ServerFigures {
  return {
    memory: readMemory(field),
    connections: {
      connected: toNumber(field('connected_clients')),
      blocked: toNumber(field('blocked_clients')),
      max: toNumber(field('maxclients')),
      rejected: toNumber(field('rejected_connections')),
    },
    operations: readOperations(field),
    persistence: {
      loading: toFlag(field('loading')),
      aof: {
        enabled: toFlag(field('aof_enabled')),
        lastWriteStatus: field('aof_last_write_status') ?? null,
        lastRewriteStatus: field('aof_last_bgrewrite_status') ?? null,
      },
      rdb: {
        lastSaveStatus: field('rdb_last_bgsave_status') ?? null,
        lastSaveAt: times(toNumber(field('rdb_last_save_time')), 1_000),
        changesSinceSave: toNumber(field('rdb_changes_since_last_save')),
      },
    },
    replication: readReplication(field),
  };
}

/** A number, or null for what is missing, empty or none. */
export function toNumber(text: string | undefined): number | null {
  if (text === undefined || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function readMemory(field: InfoField): ServerFigures['memory'] {
  const used = toNumber(field('used_memory'));
  const peak = toNumber(field('used_memory_peak'));
  return {
    used,
    peak,
    usedBytes: used,
    peakBytes: peak,
    limitBytes: toNumber(field('maxmemory')) || null,
    policy: field('maxmemory_policy') ?? null,
    fragmentationRatio: toNumber(field('mem_fragmentation_ratio')),
  };
}

function readOperations(field: InfoField): ServerFigures['operations'] {
  const keyspaceHits = toNumber(field('keyspace_hits'));
  const keyspaceMisses = toNumber(field('keyspace_misses'));
  const lookups =
    keyspaceHits === null || keyspaceMisses === null ? null : keyspaceHits + keyspaceMisses;
  return {
    opsPerSec: toNumber(field('instantaneous_ops_per_sec')),
    keyspaceHits,
    keyspaceMisses,
    hitRatio: lookups ? keyspaceHits! / lookups : null,
    evictedKeys: toNumber(field('evicted_keys')),
    expiredKeys: toNumber(field('expired_keys')),
  };
}

function readReplication(field: InfoField): ServerFigures['replication'] {
  const role = toRole(field('role'));
  const replicas = toNumber(field('connected_slaves'));
  const offset = toNumber(field('master_repl_offset'));
  // slave0:ip=replica-1,port=6379,state=online,offset=1400,lag=0
  const lines = Array.from({ length: Math.min(replicas ?? 0, 100) }, (_, i) => field(`slave${i}`));
  const known = lines.filter((line) => line !== undefined);
  const lags = known.flatMap((line) => {
    const confirmed = toNumber(/\boffset=(\d+)/.exec(line)?.[1]);
    return offset === null || confirmed === null ? [] : [Math.max(0, offset - confirmed)];
  });
  return {
    role,
    replicas,
    replicasOnline:
      known.length === (replicas ?? -1)
        ? known.filter((line) => /\bstate=online\b/.test(line)).length
        : null,
    lagBytes: lags.length > 0 ? Math.max(...lags) : null,
    linkStatus: field('master_link_status') ?? null,
  };
}

function toRole(role: string | undefined): 'primary' | 'replica' | null {
  if (role === 'master' || role === 'primary') return 'primary';
  return role === 'slave' || role === 'replica' ? 'replica' : null;
}

function toFlag(text: string | undefined): boolean | null {
  return text === undefined ? null : text === '1';
}

function times(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}
