/**
 * What INFO says about a server, as far as queues care.
 *
 * Pure. Fields differ between Redis, Valkey and Dragonfly, and an ACL may hide them all: what is not
 * there is `null`, never a guess.
 */
import { readFigures, type ServerFigures, toNumber } from './server-figures.ts';

/** Facts about the server behind a connection. */
export interface ServerInfo {
  readonly flavour: 'redis' | 'valkey' | 'dragonfly';
  /** Version of the flavour; Valkey reports a Redis version for compatibility beside it. */
  readonly version: string | null;
  readonly maxMemoryPolicy: string | null;
  readonly maxClients: number | null;
  readonly connectedClients: number | null;
  readonly usedBytes: number | null;
  readonly maxBytes: number | null;
  readonly role: string | null;
  readonly uptimeSeconds: number | null;
  /** Whether it writes an append-only file. */
  readonly isAppendOnly: boolean | null;
  /** `standalone`, `cluster` or `sentinel`. */
  readonly mode: string | null;
  /** Another one after every start of the server. */
  readonly runId: string | null;
  /** Memory, connections, operations, persistence and replication in numbers. */
  readonly figures: ServerFigures;
  /** When it said so, epoch ms; null when it has not, or may not be asked. */
  readonly readAt: number | null;
}

/** Reads the text of `INFO`, empty when it could not be asked for. `readAt`: when it was, epoch ms. */
export function parseServerInfo(text: string, readAt: number | null = null): ServerInfo {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const number = (name: string): number | null => toNumber(fields.get(name));
  const flavour = fields.has('dragonfly_version')
    ? 'dragonfly'
    : fields.has('valkey_version')
      ? 'valkey'
      : 'redis';
  return {
    flavour,
    version: fields.get(`${flavour}_version`)?.replace(/^df-v?/, '') ?? null,
    maxMemoryPolicy: fields.get('maxmemory_policy') ?? null,
    maxClients: number('maxclients'),
    connectedClients: number('connected_clients'),
    usedBytes: number('used_memory'),
    maxBytes: number('maxmemory') || null,
    role: fields.get('role') ?? null,
    uptimeSeconds: number('uptime_in_seconds'),
    isAppendOnly: fields.has('aof_enabled') ? fields.get('aof_enabled') === '1' : null,
    mode: fields.get('redis_mode') ?? fields.get('server_mode') ?? null,
    runId: fields.get('run_id') ?? null,
    figures: readFigures((name) => fields.get(name)),
    readAt: text === '' ? null : readAt,
  };
}

/** Why this server evicts jobs and locks when memory is full, with the remedy; undefined when it does not. */
export function evictionOf({ maxMemoryPolicy: policy }: ServerInfo): string | undefined {
  if (policy === null || policy === 'noeviction') return undefined;
  return `Redis evicts keys (maxmemory-policy ${policy}): jobs and locks are lost when memory is full. Run: CONFIG SET maxmemory-policy noeviction. If this is a cache, point REDIS_URL at the Redis of the queues (of the kit: REDIS_QUEUE_URL, port 6380). Or set the option allowEviction`;
}

/** A finding about a server that queues cannot live with well. */
export interface ServerFinding {
  readonly finding: string;
  readonly message: string;
}

/** What is wrong with this server for queues; empty when nothing is known to be. */
export function judgeServer(info: ServerInfo): ServerFinding[] {
  const findings: ServerFinding[] = [];
  const eviction = evictionOf(info);
  if (eviction) findings.push({ finding: 'eviction', message: eviction });
  if (info.role === 'slave' || info.role === 'replica') {
    findings.push({
      finding: 'replica',
      message: 'This Redis is a replica and refuses writes: connect to the primary',
    });
  }
  return findings;
}
