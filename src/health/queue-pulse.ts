/**
 * Reads signs of life off queues themselves, so that work of any worker is seen, with Drover or without.
 *
 * One small script looks at up to twenty queues, so Redis is never held up for long; all scripts of a call go
 * out in one pipeline. Times are told by the server's clock where it may be asked, so a host whose clock is
 * wrong calls no queue stuck. Reads only, and never much: where the sets of ended jobs tell of nothing lately,
 * the newest events do.
 */
import type { Redis } from 'ioredis';
import type { StatsTarget } from '../queues/queue-stats.ts';
import type { QueuePulse } from './queue-signals.ts';

const QUEUES_PER_SCRIPT = 20;

/**
 * KEYS one meta key per queue · ARGV 1 now (epoch ms, used where TIME is denied), 2 … its key prefix each.
 * Returns per queue [due, due since or 0, last start or end or 0, live lock (1, 0, -1 without active jobs),
 * limit of concurrency or 0, limiter counting, now], times in epoch ms as text.
 * One script, so that the signs of a queue are of one moment.
 */
const PULSE_LUA = /* lua */ `
local SIGNS = { active = true, completed = true, failed = true }
local time = redis.pcall('TIME')
local now = time.err and tonumber(ARGV[1]) or time[1] * 1000 + math.floor(time[2] / 1000)
local function newest(key)
  return tonumber(redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')[2] or '0')
end
local function newestEvent(key)
  for _, entry in ipairs(redis.call('XREVRANGE', key, '+', '-', 'COUNT', 20)) do
    for i = 1, #entry[2], 2 do
      if entry[2][i] == 'event' and SIGNS[entry[2][i + 1]] then
        return tonumber(string.match(entry[1], '^%d+'))
      end
    end
  end
  return 0
end
local out = {}
for i, meta in ipairs(KEYS) do
  local p = ARGV[i + 1]
  local due = redis.call('ZCOUNT', p .. 'delayed', '-inf', now * 4096 + 4095)
  local dueSince = 0
  if due > 0 then
    dueSince = math.floor(tonumber(redis.call('ZRANGE', p .. 'delayed', 0, 0, 'WITHSCORES')[2]) / 4096)
  end
  local active = redis.call('LRANGE', p .. 'active', 0, 9)
  local held = #active > 0 and 0 or -1
  for _, id in ipairs(active) do
    if redis.call('EXISTS', p .. id .. ':lock') == 1 then held = 1 break end
  end
  local last = math.max(newest(p .. 'completed'), newest(p .. 'failed'))
  if active[1] then
    last = math.max(last, tonumber(redis.call('HGET', p .. active[1], 'processedOn') or '0'))
  end
  local waits = redis.call('LLEN', p .. 'wait') + redis.call('ZCARD', p .. 'prioritized') + due
  if waits > 0 and last < now - 60000 then last = math.max(last, newestEvent(p .. 'events')) end
  local isLimited = redis.call('PTTL', p .. 'limiter') > 0 and 1 or 0
  local concurrency = tonumber(redis.call('HGET', meta, 'concurrency') or '0')
  out[i] = { due, tostring(dueSince), tostring(last), held, concurrency, isLimited, tostring(now) }
end
return out`;

type Row = readonly [
  due: number,
  dueSince: string,
  last: string,
  held: number,
  concurrency: number,
  isLimited: number,
  now: string,
];

/** The pulses of `targets`, in their order, in one round trip. `now` is epoch ms. */
export async function readPulses(
  redis: Redis,
  targets: readonly StatsTarget[],
  now: number,
): Promise<QueuePulse[]> {
  const pipeline = redis.pipeline();
  for (let start = 0; start < targets.length; start += QUEUES_PER_SCRIPT) {
    const slice = targets.slice(start, start + QUEUES_PER_SCRIPT);
    const prefixes = slice.map(({ keyPrefix }) => keyPrefix);
    const metas = prefixes.map((prefix) => `${prefix}meta`);
    pipeline.eval(PULSE_LUA, slice.length, ...metas, now, ...prefixes);
  }
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  return replies.flatMap(([, rows]) => (rows as Row[]).map(toPulse));
}

function toPulse([due, dueSince, last, held, concurrency, isLimited, now]: Row): QueuePulse {
  const ago = (at: string): number | null =>
    Number(at) > 0 ? Math.max(0, Number(now) - Number(at)) : null;
  return {
    due,
    dueForMs: ago(dueSince),
    sinceProgressMs: ago(last),
    isHeld: held < 0 ? null : held === 1,
    concurrency: concurrency > 0 ? concurrency : null,
    isLimited: isLimited === 1,
  };
}
