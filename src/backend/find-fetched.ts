/**
 * Finds a job that was fetched by a reply which never arrived.
 *
 * The fetch locks the job with the worker's own token before it answers, so a job in `active` whose lock
 * holds that token, and that this worker does not know, is the lost one.
 */
import type { JobJson, RedisQueueBackend } from 'bullmq';
import type { Connection } from '../redis/connection.ts';

/**
 * KEYS 1 active list · ARGV 1 prefix of job keys, 2 token. Returns the job's id or false.
 * One step: the list and the locks must be of the same moment.
 */
const FIND_LUA = /* lua */ `
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if redis.call('GET', ARGV[1] .. id .. ':lock') == ARGV[2] then return id end
end
return false`;

/** What a fetch answers: job, id, rate limit in ms, next delayed job. */
export type Fetched = [job: JobJson | null, id: string, limitDelayMs: number, delayUntil: number];

/**
 * The job that `token` holds in `active`, or `undefined`. Rejects with the loss when the connection breaks again,
 * so that its caller looks again: nobody else will.
 *
 * @param backend one whose calls are not bounded by the gate
 */
export async function findFetched(
  backend: RedisQueueBackend,
  connection: Connection,
  token: string,
): Promise<Fetched | undefined> {
  const redis = await connection.raw();
  const id = await redis.eval(FIND_LUA, 1, backend.keys.active!, backend.keys['']!, token);
  if (typeof id !== 'string') return undefined;
  const job = await backend.getJobData(id);
  return job ? [job, id, 0, 0] : undefined;
}
