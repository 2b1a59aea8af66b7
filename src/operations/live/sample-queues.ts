/**
 * Looks at many queues in one command, for the overview.
 *
 * Reads only. What is of Drover is read with rights that may be missing; then the rest comes all the same, and nobody
 * asks again for a while. Everything is told by BullMQ's own keys: it works where no Drover runs.
 */
import type { Redis } from 'ioredis';
import type { Trend } from '../../health/trend.ts';
import type { Keys } from '../../keys.ts';
import { POOL_SIZE_FIELDS } from '../../pools/read-pools.ts';
import { keyPrefixOf } from '../../queues/key-prefix.ts';
import { HEARTBEAT_FRESH_WITH_MS } from '../../queues/queue-stats.ts';
import { lastMinute } from './counted-minutes.ts';
import { HEALTH_FIELDS, type SlowReply } from './slow-figures.ts';

/** How a look is wanted. */
export interface SampleWishes {
  readonly labels: readonly string[];
  /**
   * Of which of them also what changes slowly is looked at (the oldest, verdicts, pools, what ended in the last minute), and
   * for how many minutes up to `lastMinute(now)` it is not known yet what ended in them.
   */
  readonly whole: ReadonlyMap<string, number>;
  /** Epoch ms on the server. */
  readonly now: number;
  /** Also who has a heartbeat. */
  readonly withHosts: boolean;
  /** Whether this may read Drover's own keys; when not, they are not touched. */
  readonly withDrover: boolean;
}

/** A queue as it was seen. */
export interface SampledQueue {
  readonly counts: Readonly<Record<string, number>>;
  readonly isPaused: boolean;
  /** What is kept of who paused it and why; null: nothing, or it may not be read. */
  readonly pause: string | null;
  /** Undefined when it was not asked for. */
  readonly slow: SlowReply | undefined;
}

/** What a look has found. */
export interface Sample {
  /** In the order of the labels; null: it cannot be counted. */
  readonly queues: readonly (SampledQueue | null)[];
  /** What each live process says of its queues, as JSON; undefined when that was not asked for or may not be read. */
  readonly hosts: readonly string[] | undefined;
  /** Whether Drover's own keys may not be read. */
  readonly isDenied: boolean;
}

const MINUTE_MS = 60_000;

/**
 * KEYS the meta key of each queue · ARGV 1 now (epoch ms), 2 hosts (1, 0), 3 Drover's keys (1, 0), 4 index of hosts,
 * 5 prefix of the hashes of hosts, 6 least lifetime left of a heartbeat in ms, 7 why queues are paused, 8 the last minute,
 * then for each queue its key prefix, its label, how many minutes are to be counted ('' when it is not looked at as a
 * whole), and when it is, the keys of its verdict, its pool and its dead letters.
 * Returns [denied (1, 0), hosts or nil, per queue nothing when a key of it is of another type than BullMQ's, else [wait,
 * active, prioritized, delayed, waiting-children, completed, failed, paused, why, then when whole: oldest (epoch ms or 0),
 * completed and failed in the last minute, fields of the verdict, fields of the pool, dead letters, jobs that ended in each
 * minute]]. What is not there, not known or may not be read is nil.
 * One script, so that looking at all queues is one command, and the counts of a queue are of one moment.
 */
const SAMPLE_LUA = /* lua */ `
local call, p = redis.call, ''
local now, mayRead, denied = tonumber(ARGV[1]), ARGV[3] == '1', 0
local function ours(...)
  if not mayRead then return false end
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    mayRead, denied = false, 1
    return false
  end
  return reply
end
local function fieldsOf(key, ...)
  local values = ours('HMGET', key, ...)
  for _, value in ipairs(values or {}) do
    if value then return values end
  end
  return false
end
local function since(id)
  local job = call('HMGET', p .. id, 'timestamp', 'opts', 'processedOn')
  if not job[1] then return 0 end
  local delay = 0
  if job[2] and string.find(job[2], '"delay"', 1, true) then
    local isRead, opts = pcall(cjson.decode, job[2])
    delay = isRead and type(opts) == 'table' and tonumber(opts['delay']) or 0
  end
  return math.max((tonumber(job[1]) or 0) + delay, tonumber(job[3] or '0') or 0)
end
local hosts = false
if ARGV[2] == '1' then
  local known = ours('ZRANGE', ARGV[4], 0, -1)
  if known then
    hosts = {}
    for _, host in ipairs(known) do
      local left = ours('PTTL', ARGV[5] .. host)
      if left and left >= tonumber(ARGV[6]) then
        hosts[#hosts + 1] = ours('HGET', ARGV[5] .. host, 'queues') or '{}'
      end
    end
  end
end
local function endedIn(minute, oldest, failed)
  local from = minute * ${MINUTE_MS}
  if oldest >= from then return false end
  local till = string.format('(%.0f', from + ${MINUTE_MS})
  local dead = failed > 0 and call('ZCOUNT', p .. 'failed', from, till) or 0
  return call('ZCOUNT', p .. 'completed', from, till) + dead
end
local function look(i, meta)
  local at = 3 + 6 * i
  p = ARGV[at]
  local wait, paused = call('LLEN', p .. 'wait'), call('LLEN', p .. 'paused')
  local prioritized = call('ZCARD', p .. 'prioritized')
  local completed, failed = call('ZCARD', p .. 'completed'), call('ZCARD', p .. 'failed')
  local row = {
    wait + paused, call('LLEN', p .. 'active'), prioritized, call('ZCARD', p .. 'delayed'),
    call('ZCARD', p .. 'waiting-children'), completed, failed, call('HEXISTS', meta, 'paused'),
  }
  row[9] = row[8] == 1 and ours('HGET', ARGV[7], ARGV[at + 1])
  if ARGV[at + 2] ~= '' then
    local oldest = 0
    local function older(id)
      local at = id and since(id) or 0
      if at > 0 and (oldest == 0 or at < oldest) then oldest = at end
    end
    if wait > 0 then older(call('LINDEX', p .. 'wait', -1)) end
    if paused > 0 then older(call('LINDEX', p .. 'paused', -1)) end
    if prioritized > 0 then older(call('ZRANGE', p .. 'prioritized', 0, 0)[1]) end
    row[10] = string.format('%.0f', oldest)
    row[11] = completed > 0 and call('ZCOUNT', p .. 'completed', now - ${MINUTE_MS}, '+inf') or 0
    row[12] = failed > 0 and call('ZCOUNT', p .. 'failed', now - ${MINUTE_MS}, '+inf') or 0
    row[13] = fieldsOf(ARGV[at + 3], ${listed(HEALTH_FIELDS)})
    row[14] = fieldsOf(ARGV[at + 4], ${listed(POOL_SIZE_FIELDS)})
    row[15] = ours('ZCARD', ARGV[at + 5])
    row[16] = {}
    if not (row[13] and row[13][1]) then
      local first = completed > 0 and call('ZRANGE', p .. 'completed', 0, 0, 'WITHSCORES')[2]
      local last = tonumber(ARGV[8])
      for minute = last - tonumber(ARGV[at + 2]) + 1, last do
        row[16][#row[16] + 1] = endedIn(minute, first and tonumber(first) or math.huge, failed)
      end
    end
  end
  return row
end
local out = {}
for i, meta in ipairs(KEYS) do
  local isCounted, row = pcall(look, i, meta)
  out[i] = isCounted and row or {}
end
return { denied, hosts, out }`;

/** What is returned of a queue. */
type Row = readonly [
  ...[waiting: number, active: number, prioritized: number, delayed: number, parents: number],
  ...[completed: number, failed: number, isPaused: number, pause: string | null],
  ...slow: SlowRow | [],
];
type SlowRow = readonly [
  ...[oldest: string, completedLately: number, failedLately: number],
  ...[health: SlowReply['health'], pool: SlowReply['pool'], deadLetters: number | null],
  minutes: Trend,
];

/** One look at the queues `labels`, in one command. */
export async function sampleQueues(
  redis: Redis,
  keys: Keys,
  { labels, whole, now, withHosts, withDrover }: SampleWishes,
): Promise<Sample> {
  const prefixes = labels.map(keyPrefixOf);
  const flag = (is: boolean): string => (is ? '1' : '0');
  const reply = (await redis.eval(
    SAMPLE_LUA,
    labels.length,
    ...prefixes.map((prefix) => `${prefix}meta`),
    Math.round(now),
    flag(withHosts),
    flag(withDrover),
    keys.hosts(),
    keys.host(''),
    HEARTBEAT_FRESH_WITH_MS,
    keys.pauses(),
    lastMinute(now),
    ...prefixes.flatMap((prefix, i) => {
      const label = labels[i]!;
      const minutes = whole.get(label);
      const slow =
        minutes === undefined
          ? ['', '', '', '']
          : [minutes, keys.health(label), keys.pool(label), keys.deadLetters(label)];
      return [prefix, label, ...slow];
    }),
  )) as [number, string[] | null, (Row | [])[]];
  const [denied, hosts, rows] = reply;
  return {
    queues: rows.map(toQueue),
    hosts: hosts ?? undefined,
    isDenied: denied === 1,
  };
}

function toQueue(row: Row | []): SampledQueue | null {
  if (row.length === 0) return null;
  const [waiting, active, prioritized, delayed, parents, completed, failed, ...rest] = row;
  const [isPaused, pause, ...slow] = rest;
  const counts = { waiting, active, prioritized, delayed, 'waiting-children': parents };
  return {
    counts: { ...counts, completed, failed },
    ...{ isPaused: isPaused === 1, pause },
    slow: slow.length === 0 ? undefined : toSlow({ completed, failed }, slow),
  };
}

function toSlow(kept: Pick<SlowReply, 'completed' | 'failed'>, slow: SlowRow): SlowReply {
  const [oldest, completedLately, failedLately, health, pool, deadLetters, minutes] = slow;
  return {
    ...{ ...kept, oldestWaitingAt: Number(oldest), completedLately, failedLately },
    ...{ health, pool, deadLetters, minutes },
  };
}

/** As arguments of a command in Lua. */
function listed(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
