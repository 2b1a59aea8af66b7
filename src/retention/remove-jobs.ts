/**
 * Removes a batch of the oldest finished jobs of a queue, with BullMQ's own script for cleaning.
 *
 * BullMQ's script takes whatever comes first in a set. Those that say themselves that they stay must not go, so what it
 * is handed is a set of the others, made and used up in the same step.
 *
 * It must do to others what BullMQ does when it forgets a job at the end of another one, and nothing more. Its cleaning,
 * which is made for a person at a console, also removes the parent that waits for the last of these jobs, if it lies in
 * the same queue, and ends a throttling by deduplication. Both are kept from it here.
 */
import { QueueKeys } from 'bullmq';
import type { Redis } from 'ioredis';
import { backendOn } from '../backend/run-add.ts';
import { queueOfLabel } from '../keys.ts';
import { type Companion, companionName, withExtras } from '../redis/companions.ts';
import type { ScriptClient } from '../redis/connection.ts';
import { timed } from './busy-time.ts';
import type { FinishedState } from './policy.ts';

/**
 * Behind BullMQ's KEYS: a set for this step only. Behind its ARGV: 1 score below which jobs go, 2 how many are
 * looked at, 3 how many at the old end are skipped, 4 how many stay in any case, 5 what a job that stays has in its
 * options. Returns [looked at, removed, staying]. One step: a job in a set has its data. The UNLINK comes first because
 * a full Redis refuses scripts that begin with a write that takes memory, and this one frees it. What hangs on a job may be
 * large: UNLINK leaves freeing it to Redis's other thread, where BullMQ's DEL would hold up everybody. BullMQ is handed
 * whole keys with an empty prefix: so every parent is one of another queue to it, and goes back to wait. The name of a
 * deduplication is taken from a job first, since BullMQ would look for its key where a user of Redis may have no rights.
 */
const OLDEST_LUA = /* lua */ `
local before, most, skip, atLeast, stays = unpack(ARGV, #ARGV - 4)
local set, going, prefix = KEYS[1], KEYS[#KEYS], ARGV[1]
local count = math.min(tonumber(most), redis.call('ZCARD', set) - tonumber(atLeast))
if count <= 0 then return {0, 0, 0} end
local page = redis.call('ZRANGEBYSCORE', set, '-inf', before, 'LIMIT', skip, count)
local hanging = {':logs', ':processed', ':dependencies', ':failed', ':unsuccessful'}
local gone, scored, parts, throttling = {}, {}, {}, {}
for _, id in ipairs(page) do
  local key = prefix .. id
  local options, deduplication = unpack(redis.call('HMGET', key, 'opts', 'deid'))
  if not (options and string.find(options, stays, 1, true)) then
    gone[#gone + 1] = id
    scored[#scored + 1] = 0
    scored[#scored + 1] = key
    if deduplication then throttling[#throttling + 1] = key end
    for _, part in ipairs(hanging) do
      parts[#parts + 1] = key .. part
    end
  end
end
if #gone > 0 then
  redis.call('UNLINK', going, unpack(parts))
  redis.call('ZADD', going, unpack(scored))
  for _, key in ipairs(throttling) do redis.call('HDEL', key, 'deid') end
  bullmq({going, KEYS[2], KEYS[3]}, {'', '+inf', 0, ARGV[4]})
  redis.call('ZREM', set, unpack(gone))
end
return {#page, #gone, #page - #gone}`;

/** Of the script that cleans. */
export const REMOVAL_COMPANION: Companion = {
  ...{ script: 'cleanJobsInSet', name: 'oldest', ownKeys: 3, extraKeys: 1 },
  lua: OLDEST_LUA,
};

/** As BullMQ writes it into the options of a job. Inside a text of the user's its quotes would be escaped. */
const STAYS: Readonly<Record<FinishedState, string>> = {
  completed: '"removeOnComplete":false',
  failed: '"removeOnFail":false',
};

/** Which jobs. */
export interface RemovalBatch {
  readonly state: FinishedState;
  /** Only those that ended before this, epoch ms; null: whenever they did. */
  readonly before: number | null;
  /** So many are left in the set in any case. */
  readonly atLeast: number;
  /** How many are looked at. */
  readonly size: number;
  /** How many at the old end are skipped. */
  readonly skip: number;
}

/** What came of it. */
export interface RemovedBatch {
  readonly looked: number;
  readonly removed: number;
  readonly staying: number;
  readonly busyMs: number;
}

/** Removes one batch. */
export async function removeJobs(
  redis: Redis,
  label: string,
  { state, before, atLeast, size, skip }: RemovalBatch,
): Promise<RemovedBatch> {
  const { prefix, name } = queueOfLabel(label);
  const going = new QueueKeys(prefix).toKey(name, `${state}:going`);
  const limits = [before === null ? '+inf' : `(${before}`, size, skip, atLeast, STAYS[state]];
  const runCommand = (command: string, args: unknown[]): unknown => {
    const version = command.split(':')[1];
    const script = `${companionName(REMOVAL_COMPANION)}:${version}`;
    const extended = withExtras(REMOVAL_COMPANION, args, [going], limits);
    return timed(redis, (pipeline) =>
      (pipeline as unknown as Scripts)[script]!.call(pipeline, extended),
    );
  };
  const backend = backendOn({ runCommand } as unknown as ScriptClient, { prefix, queue: name });
  const answer = (await backend.cleanJobsByState(state, 0, size)) as unknown as Timed;
  const [looked, removed, staying] = answer.reply;
  return { looked, removed, staying, busyMs: answer.busyMs };
}

type Scripts = Readonly<Record<string, (args: readonly unknown[]) => unknown>>;
interface Timed {
  readonly reply: [looked: number, removed: number, staying: number];
  readonly busyMs: number;
}
