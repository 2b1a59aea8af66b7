/**
 * What a process says of its pools in Redis, and what it reads there: two scripts.
 *
 * One each second, with everything in one round trip; one a minute, so that the leader finds the pools. All times are
 * the server's.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { PoolSettings } from '../workers/pool-settings.ts';
import type { Published } from './own-share.ts';
import type { ProcessBeat } from './process-beat.ts';

const BEATS_TTL_MS = 5 * 60_000;
const POOL_TTL_MS = 7 * 24 * 60 * 60_000;

/**
 * KEYS 1 beats of all processes, then for each queue its pool and its scaling lock · ARGV 1 id of the process, 2 its
 * beat, 3 ms that beats live, 4 now (epoch ms, used where TIME is denied), then for each queue the epoch and revision
 * that are known, `<epoch>:<rev>`. Returns for each queue whether somebody leads, whether anything was ever decided, why
 * nothing is now ('' while something is), and, unless it is known: epoch, revision, shares.
 * One step: shares must belong to their revision, and one round trip a second is all that a process may cost.
 */
const BEAT_LUA = /* lua */ `
local time = redis.pcall('TIME')
local now = time.err and ARGV[4] or time[1] .. string.format('%03d', math.floor(time[2] / 1000))
redis.call('HSET', KEYS[1], ARGV[1], now .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local answers = {}
for i = 2, #KEYS, 2 do
  local pool = redis.call('HMGET', KEYS[i], 'epoch', 'rev', 'frozen')
  local epoch, rev = pool[1] or '', pool[2] or ''
  local answer = { redis.call('EXISTS', KEYS[i + 1]), pool[1] and 1 or 0, pool[3] or '' }
  if epoch .. ':' .. rev ~= ARGV[4 + i / 2] then
    answer[4], answer[5], answer[6] = epoch, rev, redis.call('HGET', KEYS[i], 'shares') or ''
  end
  answers[#answers + 1] = answer
end
return answers`;

/**
 * KEYS 1 index of pools, then the pool of each queue · ARGV 1 ms that they live, 2 now (epoch ms, used where TIME is
 * denied), then for each queue: its name, whether this process writes its settings for the first time (1 or 0),
 * settings, min, max. Returns nothing.
 * One step: an index that names a pool without settings would be of no use. Settings are replaced by a process that
 * starts and kept by those that run already: while a new version is rolled out, theirs would come back every minute.
 */
const INTRODUCE_LUA = /* lua */ `
local time = redis.pcall('TIME')
local now = time.err and ARGV[2] or time[1] .. string.format('%03d', math.floor(time[2] / 1000))
for i = 2, #KEYS do
  local at = 3 + (i - 2) * 5
  redis.call('ZADD', KEYS[1], now, ARGV[at])
  if ARGV[at + 1] == '1' or redis.call('HEXISTS', KEYS[i], 'settings') == 0 then
    redis.call('HSET', KEYS[i], 'settings', ARGV[at + 2], 'minWorkers', ARGV[at + 3],
      'maxWorkers', ARGV[at + 4])
  end
  redis.call('PEXPIRE', KEYS[i], ARGV[1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])`;

/** What a beat is answered for one queue. */
export interface PoolAnswer {
  /** Why nobody says how many slots it has; null while somebody does. */
  readonly unledFor: string | null;
  /** Undefined when it is what is known already. */
  readonly published: Published | undefined;
}

/**
 * Says how this process is.
 *
 * @param known epoch and revision of each queue, in the order of the answers
 * @param now epoch ms, for servers that do not tell the time
 */
export async function sendBeat(
  redis: Redis,
  keys: Keys,
  beat: ProcessBeat,
  known: readonly { readonly queue: string; readonly epoch: number; readonly rev: number }[],
  now: number,
): Promise<PoolAnswer[]> {
  const poolKeys = known.flatMap(({ queue }) => [keys.pool(queue), keys.scalingLock(queue)]);
  const answers = (await redis.eval(
    BEAT_LUA,
    1 + poolKeys.length,
    keys.poolBeats(),
    ...poolKeys,
    beat.id,
    JSON.stringify(beat),
    BEATS_TTL_MS,
    now,
    ...known.map(({ epoch, rev }) => `${epoch}:${rev}`),
  )) as Answer[];
  return answers.map(([isClaimed, isDecided, frozenFor, epoch, rev, shares]) => ({
    unledFor: unledFor(isClaimed === 1, isDecided === 1, frozenFor),
    published: epoch === undefined ? undefined : { epoch, rev: rev!, shares: shares! },
  }));
}

type Answer = [
  ...[isClaimed: number, isDecided: number, frozenFor: string],
  ...[epoch?: string, rev?: string, shares?: string],
];

/** Who has claimed a queue and can do nothing for it leads it in name only. */
function unledFor(isClaimed: boolean, isDecided: boolean, frozenFor: string): string | null {
  if (!isClaimed) return 'no process leads';
  if (frozenFor !== '') return `the process that leads cannot scale it: ${frozenFor}`;
  return isDecided ? null : 'the process that leads has decided nothing';
}

/** Says which pools there are, and how they are scaled. `now`: as above. */
export async function introduce(
  redis: Redis,
  keys: Keys,
  pools: readonly {
    readonly queue: string;
    readonly settings: PoolSettings;
    readonly isFirst: boolean;
  }[],
  now: number,
): Promise<void> {
  await redis.eval(
    INTRODUCE_LUA,
    1 + pools.length,
    keys.pools(),
    ...pools.map(({ queue }) => keys.pool(queue)),
    POOL_TTL_MS,
    now,
    ...pools.flatMap(({ queue, settings, isFirst }) => [
      ...[queue, isFirst ? '1' : '0', JSON.stringify(settings)],
      ...[settings.min, settings.max],
    ]),
  );
}
