/**
 * Deletes dead letters, and on request the failed jobs they tell of. What was counted in their groups stays.
 *
 * The failed job goes first, by BullMQ's own script and only while it is failed; so whoever is killed in between
 * leaves a record, and the next one finishes.
 */
import { QueueKeys } from 'bullmq';
import { backendOn } from '../backend/run-add.ts';
import { type Keys, queueOfLabel } from '../keys.ts';
import { type Companion, companionName, withExtras } from '../redis/companions.ts';
import type { Connection, ScriptClient } from '../redis/connection.ts';

/**
 * discarded · gone: no record any more · newer: it died again since it was read · halted: the action was paused or
 * aborted, or another leader carries it on.
 */
export type DiscardOutcome = 'discarded' | 'gone' | 'newer' | 'halted';

/**
 * Behind BullMQ's KEYS: the failed set. Returns what BullMQ's script does, or 1 when the job is not failed.
 * One step: somebody may just have put the job back into its queue.
 */
const FAILED_ONLY_LUA = /* lua */ `
if not redis.call('ZSCORE', KEYS[#KEYS], ARGV[1]) then return 1 end
return bullmq(KEYS, ARGV)`;

/** Of the script that removes a job. */
export const DISCARD_COMPANION: Companion = {
  ...{ script: 'removeJob', name: 'failed-only', ownKeys: 2, extraKeys: 1 },
  lua: FAILED_ONLY_LUA,
};

/**
 * KEYS 1 index, 2 bulk action, 3 and on the records · ARGV job id and failedAt of each, epoch. Returns a word for each, see
 * `DiscardOutcome`. One step, with the count: a record that is gone could not be counted afterwards.
 */
const DISCARD_LUA = /* lua */ `
local now = redis.call('HMGET', KEYS[2], 'state', 'epoch')
if now[1] ~= 'running' or tonumber(now[2] or 0) > tonumber(ARGV[#ARGV]) then return {'halted'} end
local outcomes, discarded = {}, 0
for i = 3, #KEYS do
  local id, failedAt = ARGV[2 * i - 5], ARGV[2 * i - 4]
  local was = redis.call('HGET', KEYS[i], 'failedAt')
  if not was then
    outcomes[#outcomes + 1] = 'gone'
  elseif was ~= failedAt then
    outcomes[#outcomes + 1] = 'newer'
  else
    redis.call('DEL', KEYS[i])
    redis.call('ZREM', KEYS[1], id)
    discarded = discarded + 1
    outcomes[#outcomes + 1] = 'discarded'
  end
end
if discarded > 0 then redis.call('HINCRBY', KEYS[2], 'done', discarded) end
return outcomes`;

/** Which dead letters, as they were read. */
export interface Discard {
  readonly jobId: string;
  readonly failedAt: number;
}

/** Discards dead letters of one queue and counts them as done in their bulk action; the outcomes in their order. */
export async function discard(
  bulk: Connection,
  keys: Keys,
  queue: string,
  discards: readonly Discard[],
  { bulkId, epoch, withJobs }: { bulkId: string; epoch: number; withJobs: boolean },
): Promise<DiscardOutcome[]> {
  if (discards.length === 0) return [];
  if (withJobs) await removeFailedJobs(await bulk.client, queue, discards);
  const records = discards.map(({ jobId }) => keys.deadLetter(queue, jobId));
  const all = [keys.deadLetters(queue), keys.bulk(bulkId), ...records];
  const values = discards.flatMap(({ jobId, failedAt }) => [jobId, failedAt]);
  const redis = await bulk.raw();
  const reply = await redis.eval(DISCARD_LUA, all.length, ...all, ...values, epoch);
  return reply as DiscardOutcome[];
}

async function removeFailedJobs(
  client: ScriptClient,
  queue: string,
  discards: readonly Discard[],
): Promise<void> {
  const { prefix, name } = queueOfLabel(queue);
  const failed = new QueueKeys(prefix).toKey(name, 'failed');
  const runCommand = (command: string, args: unknown[]): unknown => {
    const version = command.split(':')[1];
    const extended = withExtras(DISCARD_COMPANION, args, [failed], []);
    return client.runCommand(`${companionName(DISCARD_COMPANION)}:${version}`, extended);
  };
  const backend = backendOn({ runCommand } as unknown as ScriptClient, { prefix, queue: name });
  await Promise.all(discards.map(({ jobId }) => backend.remove(jobId, false)));
}
