/**
 * Puts orphans back: jobs whose hash is there and whose id is in no list or set of their queue.
 *
 * They are left behind when a script is stopped half way by an ACL denial. Nothing is ever deleted. One step
 * looks again and puts the job where it was going: what has finished to where it ended (a result means
 * completed), parents to their children, delayed and prioritized ones to their sets, all others to the head of
 * the line, with a marker. One whose end was not recorded runs again: twice is possible, never is not.
 */
import type { Redis } from 'ioredis';
import { onlyReading } from '../redis/refuse-writes.ts';
import type { HalfwayJob } from './halfway.ts';

/**
 * KEYS 1 wait, 2 active, 3 paused, 4 prioritized, 5 delayed, 6 waiting-children, 7 completed, 8 failed, 9 meta,
 * 10 marker, 11 priority counter · ARGV 1 prefix of the queue's keys, 2 now in epoch ms, 3 `look` or
 * `put back`, 4 ... ids.
 * Returns the ids of the orphans that were put back. `look` changes nothing, and leaves the line out: to look for each of
 * many ids in a long list would hold up everybody. One step, or a job could be fetched between look and push.
 */
const ORPHANS_LUA = /* lua */ `
local call = redis.call
local orphans = {}

local function isPlaced(id)
  for i = 4, 8 do
    if call('ZSCORE', KEYS[i], id) then return true end
  end
  if call('LPOS', KEYS[2], id) then return true end
  if ARGV[3] == 'look' then return false end
  if call('LPOS', KEYS[1], id) then return true end
  return call('TYPE', KEYS[3]).ok == 'list' and call('LPOS', KEYS[3], id)
end

local function isAwaited(parent, parentKey, key)
  if not parent or not parentKey then return false end
  local decoded = cjson.decode(parent)
  return call('ZSCORE', decoded.queueKey .. ':waiting-children', decoded.id)
    and call('HEXISTS', parentKey .. ':processed', key) == 0
    and call('HEXISTS', parentKey .. ':failed', key) == 0
    and not call('ZSCORE', parentKey .. ':unsuccessful', key)
end

local function isHeld()
  if call('HEXISTS', KEYS[9], 'paused') == 1 then return true end
  local most = call('HGET', KEYS[9], 'concurrency')
  return most and call('LLEN', KEYS[2]) >= tonumber(most)
end

local function putBack(id, key, job)
  local finishedOn, result, parentKey, parent = job[2], job[3], job[4], job[5]
  local delay, priority, timestamp = tonumber(job[6]) or 0, tonumber(job[7]) or 0, tonumber(job[8])
  if not finishedOn and isAwaited(parent, parentKey, key) then
    call('SADD', parentKey .. ':dependencies', key)
  end
  if finishedOn and result then
    call('ZADD', KEYS[7], finishedOn, id)
  elseif finishedOn then
    call('ZADD', KEYS[8], finishedOn, id)
  elseif call('SCARD', key .. ':dependencies') > 0 then
    call('ZADD', KEYS[6], timestamp, id)
  elseif delay > 0 and timestamp + delay > tonumber(ARGV[2]) then
    call('ZADD', KEYS[5], (timestamp + delay) * 0x1000, id)
    local first = call('ZRANGE', KEYS[5], 0, 0, 'WITHSCORES')
    call('ZADD', KEYS[10], tonumber(first[2]) / 0x1000, '1')
  elseif priority > 0 then
    call('ZADD', KEYS[4], priority * 0x100000000 + call('INCR', KEYS[11]) % 0x100000000, id)
    if not isHeld() then call('ZADD', KEYS[10], 0, '0') end
  else
    call('RPUSH', KEYS[1], id)
    if not isHeld() then call('ZADD', KEYS[10], 0, '0') end
  end
end

for i = 4, #ARGV do
  local id = ARGV[i]
  local key = ARGV[1] .. id
  if call('TYPE', key).ok == 'hash' then
    local job = call('HMGET', key, 'name', 'finishedOn', 'returnvalue', 'parentKey', 'parent', 'delay',
      'priority', 'timestamp', 'opts')
    if job[1] and job[8] and job[9] and not isPlaced(id) then
      orphans[#orphans + 1] = id
      if ARGV[3] == 'put back' then putBack(id, key, job) end
    end
  end
end
return orphans`;

/** A process that changes nothing looks, too: it is sent a script that cannot write. */
const LOOKING_LUA: string = onlyReading(ORPHANS_LUA);

const STATES = ['wait', 'active', 'paused', 'prioritized', 'delayed', 'waiting-children'] as const;
const OTHERS = ['completed', 'failed', 'meta', 'marker', 'pc'] as const;

/** Looks for orphans among `ids` of one queue, or puts those back that are; returns which. */
export async function orphansAmong(
  redis: Redis,
  queueKey: string,
  ids: readonly string[],
  what: 'look' | 'put back',
  now: number,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const keys = [...STATES, ...OTHERS].map((name) => queueKey + name);
  const script = what === 'look' ? LOOKING_LUA : ORPHANS_LUA;
  const found = await redis.eval(script, keys.length, ...keys, queueKey, now, what, ...ids);
  return found as string[];
}

/** Puts back those of `jobs` that are orphans. */
export async function putBack(
  redis: Redis,
  jobs: readonly HalfwayJob[],
  now: number,
): Promise<number> {
  let restored = 0;
  for (const { queueKey, jobId } of jobs)
    restored += (await orphansAmong(redis, queueKey, [jobId], 'put back', now)).length;
  return restored;
}
