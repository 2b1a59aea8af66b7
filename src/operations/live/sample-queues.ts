/**
 * Looks at many queues in one command, for the overview.
 *
 * Reads only. What is of Drover is read with rights that may be missing; then the rest comes all the same, and nobody
 * asks again for a while. Everything is told by BullMQ's own keys: it works where no Drover runs.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../../keys.ts';
import { keyPrefixOf } from '../../queues/key-prefix.ts';
import { HEARTBEAT_FRESH_WITH_MS } from '../../queues/queue-stats.ts';
import type { OverviewRow } from './live-views.ts';

/** How a look is wanted. */
export interface SampleWishes {
  readonly labels: readonly string[];
  /** Of which of them also what changes slowly is looked at: the oldest, verdicts, what ended in the last minute. */
  readonly whole: ReadonlySet<string>;
  /** Epoch ms on the server. */
  readonly now: number;
  /** Also who has a heartbeat. */
  readonly withHosts: boolean;
  /** Whether this may read Drover's own keys; when not, they are not touched. */
  readonly withDrover: boolean;
}

/** What changes slowly of a queue. */
export interface SlowFigures
  extends Pick<OverviewRow, 'oldestWaitingAt' | 'throughputPerMinute' | 'errorRatio' | 'health'> {
  /** Whether the fleet's leader has worked the throughput out; else it is told by the jobs that are kept. */
  readonly isJudged: boolean;
}

/** A queue as it was seen. */
export interface SampledQueue {
  readonly counts: Readonly<Record<string, number>>;
  readonly isPaused: boolean;
  /** Undefined when they were not asked for. */
  readonly slow: SlowFigures | undefined;
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
 * 5 prefix of the hashes of hosts, 6 least lifetime left of a heartbeat in ms, then for each queue its key prefix, its
 * health key, and whether it is looked at as a whole (1, 0).
 * Returns [denied (1, 0), hosts or nil, per queue nothing when a key of it is of another type than BullMQ's, else [wait, active, prioritized, delayed, waiting-children, completed,
 * failed, paused, then when whole: oldest (epoch ms or 0), completed and failed in the last minute, status, throughput,
 * error ratio, each '' when it is not there]].
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
local function look(i, meta)
  p = ARGV[4 + 3 * i]
  local wait, paused = call('LLEN', p .. 'wait'), call('LLEN', p .. 'paused')
  local prioritized = call('ZCARD', p .. 'prioritized')
  local completed, failed = call('ZCARD', p .. 'completed'), call('ZCARD', p .. 'failed')
  local row = {
    wait + paused, call('LLEN', p .. 'active'), prioritized, call('ZCARD', p .. 'delayed'),
    call('ZCARD', p .. 'waiting-children'), completed, failed, call('HEXISTS', meta, 'paused'),
  }
  if ARGV[6 + 3 * i] == '1' then
    local oldest = 0
    local function older(id)
      local at = id and since(id) or 0
      if at > 0 and (oldest == 0 or at < oldest) then oldest = at end
    end
    if wait > 0 then older(call('LINDEX', p .. 'wait', -1)) end
    if paused > 0 then older(call('LINDEX', p .. 'paused', -1)) end
    if prioritized > 0 then older(call('ZRANGE', p .. 'prioritized', 0, 0)[1]) end
    row[9] = string.format('%.0f', oldest)
    row[10] = completed > 0 and call('ZCOUNT', p .. 'completed', now - ${MINUTE_MS}, '+inf') or 0
    row[11] = failed > 0 and call('ZCOUNT', p .. 'failed', now - ${MINUTE_MS}, '+inf') or 0
    local health = ours('HMGET', ARGV[5 + 3 * i], 'status', 'throughputPerMinute', 'errorRate') or {}
    for h = 1, 3 do row[11 + h] = health[h] or '' end
  end
  return row
end
local out = {}
for i, meta in ipairs(KEYS) do
  local isCounted, row = pcall(look, i, meta)
  out[i] = isCounted and row or {}
end
return { denied, hosts, out }`;

/** What a row begins with. */
const STATES = [
  ...['waiting', 'active', 'prioritized', 'delayed', 'waiting-children', 'completed', 'failed'],
] as const;

/** Where in a row what changes slowly begins. */
const WHOLE_FROM = 8;

type Row = readonly (number | string)[];

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
    ...prefixes.flatMap((prefix, i) => [
      prefix,
      keys.health(labels[i]!),
      flag(whole.has(labels[i]!)),
    ]),
  )) as [number, string[] | null, Row[]];
  const [denied, hosts, rows] = reply;
  return {
    queues: rows.map(toQueue),
    hosts: hosts ?? undefined,
    isDenied: denied === 1,
  };
}

function toQueue(row: Row): SampledQueue | null {
  if (row.length === 0) return null;
  return {
    counts: Object.fromEntries(STATES.map((state, i) => [state, Number(row[i])])),
    isPaused: Number(row[7]) === 1,
    slow: row.length > WHOLE_FROM ? toSlow(row) : undefined,
  };
}

/** What the leader of a fleet has worked out wins; else what of the last minute is still kept, if that tells. */
function toSlow(row: Row): SlowFigures {
  const [completed, failed, lately, failedLately] = [5, 6, 9, 10].map((i) => Number(row[i])) as [
    ...[number, number, number, number],
  ];
  const [status, throughput, errors] = [11, 12, 13].map((i) => String(row[i] ?? '')) as [
    ...[string, string, string],
  ];
  // Jobs of before this minute are still there: none of the minute have been removed to make room.
  const isKept = completed > lately;
  const derived = isKept ? lately + failedLately : null;
  const judged = throughput === '' ? null : Number(throughput);
  const derivedErrors = derived && failed > 0 ? failedLately / derived : null;
  const oldest = Number(row[WHOLE_FROM]);
  return {
    oldestWaitingAt: oldest === 0 ? null : oldest,
    throughputPerMinute: judged ?? derived,
    isJudged: judged !== null,
    errorRatio: errors === '' ? derivedErrors : Number(errors),
    health: status === '' ? null : status,
  };
}
