/**
 * Takes replayed jobs out of their queue again, as long as they have not started, and makes their records dead.
 *
 * The failed job that stood in BullMQ's failed set does not come back: the record has all that is needed to replay
 * it again. A child whose parent waits for it since the replay is left alone, or its parent would wait for ever.
 */
import { QueueKeys } from 'bullmq';
import { type Keys, queueOfLabel } from '../keys.ts';
import type { Connection } from '../redis/connection.ts';
import { PROVENANCE_FIELD } from './replay.ts';

/** undone · ran: it has started, or is no longer this replay · other: not replayed by this action. */
export type UndoOutcome = 'undone' | 'ran' | 'other';

/**
 * KEYS 1 record, 2 job, 3 wait, 4 prioritized, 5 events, 6 meta · ARGV 1 job id, 2 bulk id. Returns a word, see
 * `UndoOutcome`. One step: a worker may be fetching the very job. Replayed jobs are looked for from the end of the
 * list where adds come in; newest first, each is found at once.
 */
const UNDO_LUA = /* lua */ `
local was = redis.call('HMGET', KEYS[1], 'state', 'replayedBy', 'awaitedBy')
if was[1] ~= 'replayed' or was[2] ~= ARGV[2] then return 'other' end
if was[3] then return 'ran' end
local job = redis.call('HMGET', KEYS[2], '${PROVENANCE_FIELD}', 'ats')
if not job[1] or not string.find(job[1], '"by":"' .. ARGV[2] .. '"', 1, true) then return 'ran' end
if job[2] and tonumber(job[2]) > 0 then return 'ran' end
local prev = 'prioritized'
if redis.call('ZREM', KEYS[4], ARGV[1]) == 0 then
  if redis.call('LREM', KEYS[3], 1, ARGV[1]) == 0 then return 'ran' end
  prev = 'waiting'
end
redis.call('DEL', KEYS[2], KEYS[2] .. ':logs')
redis.call('HSET', KEYS[1], 'state', 'dead')
redis.call('HDEL', KEYS[1], 'replayedAt', 'replayedBy')
local most = redis.call('HGET', KEYS[6], 'opts.maxLenEvents') or 10000
redis.call('XADD', KEYS[5], 'MAXLEN', '~', most, '*', 'event', 'removed', 'jobId', ARGV[1], 'prev', prev)
return 'undone'`;

/** Undoes the replays of these jobs; the outcomes in their order. */
export async function undoReplay(
  bulk: Connection,
  keys: Keys,
  queue: string,
  jobIds: readonly string[],
  bulkId: string,
): Promise<UndoOutcome[]> {
  const { prefix, name } = queueOfLabel(queue);
  const queueKeys = new QueueKeys(prefix);
  const shared = ['wait', 'prioritized', 'events', 'meta'].map((key) => queueKeys.toKey(name, key));
  const pipeline = (await bulk.raw()).pipeline();
  for (const jobId of jobIds) {
    const own = [keys.deadLetter(queue, jobId), queueKeys.toKey(name, jobId)];
    pipeline.eval(UNDO_LUA, 6, ...own, ...shared, jobId, bulkId);
  }
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, outcome]) => {
    if (error) throw error;
    return outcome as UndoOutcome;
  });
}
