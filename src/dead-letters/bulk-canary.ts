/**
 * Looks at what became of the jobs that a bulk action sent first.
 */
import { QueueKeys } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Keys, queueOfLabel } from '../keys.ts';
import { type BulkAction, type CanaryVerdict, judgeCanary } from './bulk-action.ts';

/** How one of them is. A job that is nowhere any more has ended, and left no record of having died. */
type Seen = 'well' | 'died' | 'open';

/** Judges the canary of an action by its jobs. */
export async function lookAtCanary(
  redis: Redis,
  keys: Keys,
  { id, canary, canaryIds, selection }: BulkAction,
  isTimeUp: boolean,
): Promise<CanaryVerdict> {
  const { queue } = selection;
  const { prefix, name } = queueOfLabel(queue);
  const queueKeys = new QueueKeys(prefix);
  const toKey = (part: string): string => queueKeys.toKey(name, part);
  const pipeline = redis.pipeline();
  for (const jobId of canaryIds) {
    pipeline.hmget(keys.deadLetter(queue, jobId), 'state', 'replayedBy');
    pipeline.exists(toKey(jobId));
    pipeline.zscore(toKey('completed'), jobId);
    pipeline.zscore(toKey('failed'), jobId);
  }
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  const seen = canaryIds.map((_, i): Seen => {
    const [record, exists, completed, failed] = replies
      .slice(4 * i, 4 * i + 4)
      .map(([, reply]) => reply);
    const [state, replayedBy] = record as (string | null)[];
    if (failed !== null || (state === 'dead' && replayedBy === id)) return 'died';
    return exists === 0 || completed !== null ? 'well' : 'open';
  });
  const count = (what: Seen): number => seen.filter((each) => each === what).length;
  const counts = { well: count('well'), died: count('died'), open: count('open') };
  return judgeCanary(canary!, counts, isTimeUp);
}
