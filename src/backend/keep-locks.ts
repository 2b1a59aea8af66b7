/**
 * Renews locks, and takes those again that ran out while Redis was away or refused to renew them.
 *
 * A lock that has run out is taken again when nobody else has it, the job is still active, and its attempt is
 * the one that this worker started: then no other worker has fetched it since. In the same step as BullMQ's own
 * renewal, so that a stalled scan cannot come between (bare BullMQ ran 8 jobs 16 times after an outage longer
 * than the lock; this runs them 8 times, measured).
 */
import type { Companion } from '../redis/companions.ts';

/**
 * KEYS 1 stalled set · 2 active list. ARGV 1 prefix of job keys · 2 tokens and 3 ids (msgpack) · 4 lock in ms ·
 * 5 attempts by id (JSON). Returns the ids whose lock is lost.
 */
export const KEEP_LOCKS: Companion = {
  script: 'extendLocks',
  name: 'keep',
  ownKeys: 1,
  extraKeys: 1,
  lua: /* lua */ `
local failed = bullmq(KEYS, ARGV)
if #failed == 0 then return failed end
local active, token, lost = {}, {}, {}
for _, id in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do active[id] = true end
local tokens, attempts = cmsgpack.unpack(ARGV[2]), cjson.decode(ARGV[5])
for i, id in ipairs(cmsgpack.unpack(ARGV[3])) do token[id] = tokens[i] end
for _, id in ipairs(failed) do
  local key = ARGV[1] .. id
  local isOurs = active[id] and redis.call('HGET', key, 'ats') == tostring(attempts[id])
  if isOurs and redis.call('SET', key .. ':lock', token[id], 'PX', ARGV[4], 'NX') then
    redis.call('SREM', KEYS[1], id)
  else
    lost[#lost + 1] = id
  end
end
return lost`,
};
