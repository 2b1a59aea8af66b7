/**
 * Reads whether a job runs, and which run of it that is.
 */
import type { Redis } from 'ioredis';

/** A job, as far as cancelling it needs. */
export interface JobRun {
  readonly isActive: boolean;
  /** As BullMQ counts them; null: it does not. */
  readonly run: number | null;
}

/**
 * KEYS 1 job, 2 active jobs · ARGV 1 id. Returns whether it is there, whether it is active, and its run or ''. One
 * step: a job that ends in between would run in no state.
 */
const RUN_LUA = /* lua */ `
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return { 0, 0, '' } end
local isActive = 0
for _, id in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  if id == ARGV[1] then isActive = 1 end
end
return { 1, isActive, redis.call('HGET', KEYS[1], 'ats') or '' }`;

/** The run of a job; undefined when there is no such job. @param keyPrefix what BullMQ's keys of the queue begin with */
export async function runOf(
  redis: Redis,
  keyPrefix: string,
  jobId: string,
): Promise<JobRun | undefined> {
  const [isThere, isActive, run] = (await redis.eval(
    RUN_LUA,
    2,
    `${keyPrefix}${jobId}`,
    `${keyPrefix}active`,
    jobId,
  )) as [number, number, string];
  if (isThere === 0) return undefined;
  return { isActive: isActive === 1, run: /^\d+$/.test(run) ? Number(run) : null };
}
