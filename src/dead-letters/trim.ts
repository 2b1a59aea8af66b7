/**
 * Forgets dead letters: those that are older than they are kept, the oldest above the number that is kept, and
 * groups that have not been seen for as long.
 *
 * Run by one process of the fleet, in small bounded steps, so that no failing job pays for it. Age is told by
 * the server's clock, as the lifetime of the records is: a host whose clock jumps forgets nothing.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';

/** Most groups of one queue: messages that no rule can tame must not fill Redis. */
export const MOST_GROUPS = 1_000;
/** Removed in one script, and in one round of a queue. */
const BATCH = 500;
const MOST_BATCHES = 100;

/**
 * KEYS 1 index of records, 2 index of groups · ARGV 1 prefix of the record keys, 2 of the group keys, 3 how long
 * they are kept in ms, 4 most records, 5 most groups, 6 most removed of each. Returns how many records and groups
 * were removed. One step, so that no record that is written meanwhile loses its place in the index.
 */
const TRIM_LUA = /* lua */ `
local time = redis.call('TIME')
local before = string.format('(%.0f', time[1] * 1000 - tonumber(ARGV[3]))
local function trim(index, prefix, most)
  local old = redis.call('ZRANGEBYSCORE', index, '-inf', before, 'LIMIT', 0, ARGV[6])
  if #old == 0 then
    local over = math.min(redis.call('ZCARD', index) - most, tonumber(ARGV[6]))
    if over <= 0 then return 0 end
    old = redis.call('ZRANGE', index, 0, over - 1)
  end
  for _, name in ipairs(old) do
    redis.call('DEL', prefix .. name)
    redis.call('ZREM', index, name)
  end
  return #old
end
return trim(KEYS[1], ARGV[1], tonumber(ARGV[4])) + trim(KEYS[2], ARGV[2], tonumber(ARGV[5]))`;

/** One round over `queues`. Returns how many records and groups were removed. */
export async function trimDeadLetters(
  redis: Redis,
  keys: Keys,
  queues: readonly string[],
  { keepMs, keepCount }: { readonly keepMs: number; readonly keepCount: number },
): Promise<number> {
  let all = 0;
  for (const queue of queues) {
    for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
      const removed = Number(
        await redis.eval(
          TRIM_LUA,
          2,
          ...[keys.deadLetters(queue), keys.groups(queue)],
          ...[keys.deadLetter(queue, ''), keys.group(queue, '')],
          ...[keepMs, keepCount, MOST_GROUPS, BATCH],
        ),
      );
      all += removed;
      if (removed === 0) break;
    }
  }
  return all;
}
