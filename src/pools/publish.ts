/**
 * Publishes what a leader has decided for its queues, each by one script that refuses a leader who is none any more.
 *
 * The epoch beside the queue's lock and the lock itself are the fence: who slept while somebody else took over writes
 * nothing. A decision (another target, other shares) raises the revision and is told in the stream of decisions, in
 * the same step; a change of status writes only its fields.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { Claimant } from './look-at-queues.ts';

/** A pool is forgotten so long after the last process with it. */
export const POOL_KEPT_MS: number = 7 * 86_400_000;
/** Entries of the stream of decisions, about. */
const MOST_DECISIONS = 1_000;

/**
 * KEYS 1 scaling lock, 2 the epoch beside it, 3 pool, 4 decisions · ARGV 1 now (epoch ms, used where TIME is denied), 2
 * token and 3 epoch of the leader, 4 the revision of the decision, or '' when none is made, 5 lifetime of both in ms, 6
 * about how many decisions are kept, 7 how many of the rest belong to the pool, 8 … fields and values of the pool, then of the
 * decision. Returns 1 when it is written, 0 when somebody else leads, -1 when the pool has this revision already.
 * One step: a leader whose time ends between the comparison and the write must not write.
 */
const PUBLISH_LUA = /* lua */ `
if redis.call('GET', KEYS[1]) ~= ARGV[2] or redis.call('GET', KEYS[2]) ~= ARGV[3] then return 0 end
local isDecision = ARGV[4] ~= ''
if isDecision then
  local stored = tonumber(redis.call('HGET', KEYS[3], 'rev')) or 0
  if stored >= tonumber(ARGV[4]) then return -1 end
end
local time = redis.pcall('TIME')
local now = time.err and ARGV[1] or string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local last = 7 + tonumber(ARGV[7])
redis.call('HSET', KEYS[3], 'at', now, unpack(ARGV, 8, last))
if redis.call('PTTL', KEYS[3]) < 0 then redis.call('PEXPIRE', KEYS[3], ARGV[5]) end
if isDecision then
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[6], '*', 'at', now, unpack(ARGV, last + 1))
  redis.call('PEXPIRE', KEYS[4], ARGV[5])
end
return 1`;

const PUBLISH_SHA = createHash('sha1').update(PUBLISH_LUA).digest('hex');

/** What is published of one queue. */
export interface Publication {
  readonly queue: string;
  /** Null when only the status changes. */
  readonly decision: {
    readonly rev: number;
    readonly fields: Readonly<Record<string, string | number>>;
  } | null;
  /** Fields of the pool. */
  readonly pool: Readonly<Record<string, string | number>>;
}

/** `stale`: somebody else leads this queue. `outrun`: the pool has this revision already. */
export type Published = 'written' | 'stale' | 'outrun' | Error;

/** Publishes all of them in one round trip; each has its own answer. `now`: for servers that do not tell the time. */
export async function publish(
  redis: Redis,
  keys: Keys,
  claimant: Claimant,
  publications: readonly Publication[],
  now: number,
): Promise<Published[]> {
  if (publications.length === 0) return [];
  const pipeline = redis.pipeline();
  const calls = publications.map((each) => toCall(keys, claimant, each, now));
  for (const call of calls) pipeline.evalsha(PUBLISH_SHA, ...call);
  const answers = ((await pipeline.exec()) ?? []) as Reply[];
  const unknown = answers.flatMap(([error], i) =>
    error?.message.startsWith('NOSCRIPT') ? [i] : [],
  );
  if (unknown.length > 0) {
    const again = redis.pipeline();
    for (const i of unknown) again.eval(PUBLISH_LUA, ...calls[i]!);
    const late = ((await again.exec()) ?? []) as Reply[];
    for (const [at, i] of unknown.entries()) answers[i] = late[at]!;
  }
  return publications.map((_, i) => toPublished(answers[i]));
}

type Reply = [error: Error | null, answer: unknown];
type Call = [numberOfKeys: number, ...rest: (string | number)[]];

function toCall(
  keys: Keys,
  { token, epoch }: Claimant,
  { queue, decision, pool }: Publication,
  now: number,
): Call {
  const entry = Object.entries(decision?.fields ?? {}).flat();
  const fields = Object.entries(decision ? { ...pool, epoch, rev: decision.rev } : pool).flat();
  return [
    4,
    ...[keys.scalingLock(queue), keys.scalingEpoch(queue), keys.pool(queue), keys.decisions()],
    ...[now, token, epoch, decision?.rev ?? '', POOL_KEPT_MS, MOST_DECISIONS],
    ...[fields.length, ...fields],
    ...(decision
      ? ['queue', queue, 'epoch', epoch, 'rev', decision.rev, 'by', token, ...entry]
      : []),
  ];
}

function toPublished(reply: Reply | undefined): Published {
  if (!reply) return new Error('no answer');
  const [error, answer] = reply;
  if (error) return error;
  if (answer === 1) return 'written';
  return answer === 0 ? 'stale' : 'outrun';
}

/**
 * KEYS locks · ARGV 1 token of the leader. Returns how many were released.
 * One step: never delete another's.
 */
const RELEASE_LUA = /* lua */ `
local released = 0
for _, lock in ipairs(KEYS) do
  if redis.call('GET', lock) == ARGV[1] then released = released + redis.call('DEL', lock) end
end
return released`;

const LOCKS_PER_SCRIPT = 50;

/** Gives the queues free, as far as they are this leader's. */
export async function releaseQueues(
  redis: Redis,
  keys: Keys,
  token: string,
  queues: readonly string[],
): Promise<void> {
  const pipeline = redis.pipeline();
  for (let start = 0; start < queues.length; start += LOCKS_PER_SCRIPT) {
    const locks = queues
      .slice(start, start + LOCKS_PER_SCRIPT)
      .map((each) => keys.scalingLock(each));
    pipeline.eval(RELEASE_LUA, locks.length, ...locks, token);
  }
  await pipeline.exec();
}
