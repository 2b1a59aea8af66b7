/**
 * Reads whole lists of jobs without their data, which BullMQ would load in one reply, drop, and read again
 * job by job.
 */
import type { RedisQueueBackend } from 'bullmq';

export type Range = Parameters<RedisQueueBackend['getJobs']>;
type JobsByState = Awaited<ReturnType<RedisQueueBackend['getJobs']>>;

const KEPT_IN_LISTS = ['waiting', 'wait', 'paused', 'active'];

/** Whether a range has an end; BullMQ fills up a page whose jobs have gone meanwhile. */
export function isPage([, , end = -1]: Range): boolean {
  return end !== -1;
}

/** Answers `getJobs` with the ids alone: nothing else of the answer is used. */
export async function readWholeRange(
  backend: RedisQueueBackend,
  [states, start, end, ascending]: Range,
): Promise<JobsByState> {
  const idsByState: string[][] = await backend.getRanges(states, start, end, ascending);
  return idsByState.map((ids, index) => {
    // getRanges leaves the order of lists, which hold the newest first, to its caller.
    if (ascending && KEPT_IN_LISTS.includes(states[index]!)) ids.reverse();
    return ids.map((id) => [id, []]);
  });
}
