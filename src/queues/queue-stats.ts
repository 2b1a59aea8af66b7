/**
 * Counts of all queues in one round trip, whatever their number.
 *
 * One small script counts up to fifty queues; the scripts of a call go out in one pipeline, so Redis is
 * never held up for long and the network is crossed once. Who works on a queue comes from the heartbeats,
 * in the same pipeline. Nothing is ever looked for with KEYS.
 */
import type { Redis } from 'ioredis';
import { AGES_MS } from '../config/ages.ts';
import { CoordinatorError } from '../errors.ts';
import type { Keys } from '../keys.ts';

/** Jobs of a queue by BullMQ's states. */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly prioritized: number;
  readonly delayed: number;
  readonly 'waiting-children': number;
  readonly completed: number;
  readonly failed: number;
}

/** What is known of a queue at one moment. */
export interface QueueStats {
  readonly queue: string;
  readonly counts: QueueCounts;
  readonly isPaused: boolean;
  /** Age of the oldest job that waits for a worker, not counting a delay it asked for; null when none waits. */
  readonly oldestWaitingMs: number | null;
  /** Workers with a recent heartbeat. Workers that do not run Drover are not counted. */
  readonly workers: number;
  /** Jobs that these workers can run at once. */
  readonly slots: number;
}

/** What one host says of one queue in its heartbeat. */
export interface QueueHeartbeat {
  readonly workers: number;
  readonly slots: number;
  readonly active: number;
}

/** Where to count. */
export interface StatsTarget {
  readonly label: string;
  /** BullMQ's keys of the queue, up to and with the last colon. */
  readonly keyPrefix: string;
}

const QUEUES_PER_SCRIPT = 50;
/** A heartbeat lives for five minutes and comes every ten seconds: with less left than this it is nobody's. */
export const HEARTBEAT_FRESH_WITH_MS: number = AGES_MS.workerHeartbeats - 35_000;

/**
 * KEYS: one meta key per queue · ARGV: its key prefix. Returns per queue
 * [waiting, active, prioritized, delayed, waiting-children, completed, failed, paused, oldest (epoch ms or 0)].
 * Of a queue with a key of another type than BullMQ's: nothing. Reads only. One script, so that the counts of a queue
 * are of one moment.
 */
const COUNT_LUA = /* lua */ `
local function waitingSince(prefix, id)
  local job = redis.call('HMGET', prefix .. id, 'timestamp', 'opts', 'processedOn')
  if not job[1] then return nil end
  local isRead, opts = pcall(cjson.decode, job[2] or '{}')
  local delay = isRead and type(opts) == 'table' and tonumber(opts['delay']) or 0
  return math.max(tonumber(job[1]) + delay, tonumber(job[3] or '0'))
end
local function count(meta, p)
  local heads = {
    redis.call('LINDEX', p .. 'wait', -1) or false,
    redis.call('LINDEX', p .. 'paused', -1) or false,
    redis.call('ZRANGE', p .. 'prioritized', 0, 0)[1] or false,
  }
  local oldest = 0
  for h = 1, 3 do
    local since = heads[h] and waitingSince(p, heads[h])
    if since and (oldest == 0 or since < oldest) then oldest = since end
  end
  return {
    redis.call('LLEN', p .. 'wait') + redis.call('LLEN', p .. 'paused'),
    redis.call('LLEN', p .. 'active'),
    redis.call('ZCARD', p .. 'prioritized'),
    redis.call('ZCARD', p .. 'delayed'),
    redis.call('ZCARD', p .. 'waiting-children'),
    redis.call('ZCARD', p .. 'completed'),
    redis.call('ZCARD', p .. 'failed'),
    redis.call('HEXISTS', meta, 'paused'),
    tostring(oldest),
  }
end
local out = {}
for i, meta in ipairs(KEYS) do
  local isCounted, row = pcall(count, meta, ARGV[i])
  out[i] = isCounted and row or {}
end
return out`;

/**
 * KEYS 1 index of hosts · ARGV 1 least lifetime left of a heartbeat that counts, in ms, 2 prefix of the host
 * keys. Returns the JSON of each live host's queues. Reads only. Told by the server's clock, not by anybody's.
 */
const HOSTS_LUA = /* lua */ `
local out = {}
for _, host in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local key = ARGV[2] .. host
  if redis.call('PTTL', key) >= tonumber(ARGV[1]) then
    out[#out + 1] = redis.call('HGET', key, 'queues') or '{}'
  end
end
return out`;

type Row = [...counts: number[], oldest: string];

/**
 * Statistics of `targets`, in their order, in one round trip. A queue that cannot be counted, since a key of it is of
 * another type than BullMQ's, is left out. `now` is epoch ms.
 */
export async function readQueueStats(
  redis: Redis,
  keys: Keys,
  targets: readonly StatsTarget[],
  now: number,
): Promise<QueueStats[]> {
  const pipeline = redis.pipeline();
  pipeline.eval(HOSTS_LUA, 1, keys.hosts(), HEARTBEAT_FRESH_WITH_MS, keys.host(''));
  for (let start = 0; start < targets.length; start += QUEUES_PER_SCRIPT) {
    const slice = targets.slice(start, start + QUEUES_PER_SCRIPT);
    const metas = slice.map(({ keyPrefix }) => `${keyPrefix}meta`);
    pipeline.eval(COUNT_LUA, slice.length, ...metas, ...slice.map(({ keyPrefix }) => keyPrefix));
  }
  const replies = (await pipeline.exec()) as [Error | null, unknown][];
  for (const [error] of replies) if (error) throw error;
  const [hosts, ...pages] = replies.map(([, reply]) => reply);
  const heartbeats = sumHeartbeats(hosts as string[]);
  const rows = (pages as Row[][]).flat();
  return targets.flatMap(({ label }, i) => {
    const row = rows[i]!;
    return row.length === 0 ? [] : [toStats(label, row, heartbeats.get(label), now)];
  });
}

/** What whoever asks for the statistics of a queue that was left out is told. */
export function notCountable(label: string): CoordinatorError {
  return new CoordinatorError(
    'STATE_CONFLICT',
    `Queue "${label}" cannot be counted: one of its keys is not of the type that BullMQ gives it`,
  );
}

function toStats(
  queue: string,
  row: Row,
  heartbeat: QueueHeartbeat | undefined,
  now: number,
): QueueStats {
  const count = (i: number): number => Number(row[i]);
  const oldest = count(8);
  return {
    queue,
    counts: {
      waiting: count(0),
      active: count(1),
      prioritized: count(2),
      delayed: count(3),
      'waiting-children': count(4),
      completed: count(5),
      failed: count(6),
    },
    isPaused: count(7) === 1,
    oldestWaitingMs: oldest === 0 ? null : Math.max(0, now - oldest),
    workers: heartbeat?.workers ?? 0,
    slots: heartbeat?.slots ?? 0,
  };
}

/** Adds up what all hosts say, by queue. A heartbeat that cannot be read is another version's: skipped. */
function sumHeartbeats(hosts: readonly string[]): Map<string, QueueHeartbeat> {
  const sums = new Map<string, QueueHeartbeat>();
  for (const json of hosts) {
    for (const [queue, beat] of Object.entries(parseHeartbeat(json))) {
      const sum = sums.get(queue) ?? { workers: 0, slots: 0, active: 0 };
      sums.set(queue, {
        workers: sum.workers + beat.workers,
        slots: sum.slots + beat.slots,
        active: sum.active + beat.active,
      });
    }
  }
  return sums;
}

function parseHeartbeat(json: string): Record<string, QueueHeartbeat> {
  try {
    return JSON.parse(json) as Record<string, QueueHeartbeat>;
  } catch {
    return {};
  }
}
