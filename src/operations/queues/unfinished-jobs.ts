/**
 * Jobs that have not run yet, walked through a page at a time: which of them are old enough to go.
 *
 * Their lists are not in the order of their ages. The job that a scheduler has put there for its next turn is never
 * among them: without it the scheduler would stand still.
 */
import type { Redis } from 'ioredis';

/** States of jobs that have not run yet, by the key that holds them. */
export type UnfinishedState = 'wait' | 'paused' | 'prioritized' | 'delayed';

/** What is walked through. */
export interface UnfinishedJobs {
  readonly state: UnfinishedState;
  readonly keyPrefix: string;
  /** Those that were last tried or added by then, epoch ms. */
  readonly cutoff: number;
}

/** What of a job tells when it was last tried or added: the first that is there. */
const STAMPS = ['finishedOn', 'processedOn', 'timestamp'] as const;

/** Jobs of a page. */
export const PAGE = 1_000;

/** One page from `offset` on: how many there were, and the ids of those that may go. */
export async function readUnfinished(
  redis: Redis,
  { state, keyPrefix, cutoff }: UnfinishedJobs,
  offset: number,
): Promise<{ readonly looked: number; readonly ids: readonly string[] }> {
  const key = `${keyPrefix}${state}`;
  const ids = isList(state)
    ? await redis.lrange(key, offset, offset + PAGE - 1)
    : await redis.zrange(key, offset, String(offset + PAGE - 1));
  const pipeline = redis.pipeline();
  for (const id of ids) pipeline.hmget(`${keyPrefix}${id}`, ...STAMPS, 'rjk');
  const jobs = valuesOf<(string | null)[]>(await pipeline.exec());
  const current = await currentIds(redis, keyPrefix, new Set(jobs.flatMap((job) => job[3] ?? [])));
  const isOld = ([finished, processed, added]: (string | null)[]): boolean => {
    const stamp = finished ?? processed ?? added ?? null;
    return stamp === null || Number(stamp) <= cutoff;
  };
  return {
    looked: ids.length,
    ids: ids.filter((id, i) => isOld(jobs[i]!) && !current.has(id)),
  };
}

/** How many jobs of a state may go, whatever their age: all but the next ones of schedulers. */
export async function countUnfinished(
  redis: Redis,
  keyPrefix: string,
  state: UnfinishedState,
): Promise<number> {
  const key = `${keyPrefix}${state}`;
  const schedulers = await redis.zrange(`${keyPrefix}repeat`, 0, '-1');
  const current = [...(await currentIds(redis, keyPrefix, new Set(schedulers)))];
  const pipeline = redis.pipeline();
  if (isList(state)) pipeline.llen(key);
  else pipeline.zcard(key);
  for (const id of current) pipeline.zscore(`${keyPrefix}delayed`, id);
  for (const id of current) pipeline.zscore(`${keyPrefix}prioritized`, id);
  for (const id of current) pipeline.hmget(`${keyPrefix}${id}`, 'timestamp', 'processedOn');
  const [total, ...replies] = valuesOf<unknown>(await pipeline.exec());
  const isOfState = (_: string, i: number): boolean => {
    const [delayed, prioritized, job] = [0, 1, 2].map((n) => replies[n * current.length + i]);
    if (state === 'delayed') return delayed !== null;
    if (state === 'prioritized') return prioritized !== null;
    // Of the next job of a scheduler: it is there, it waits for nothing else, and nobody has begun it.
    const [added, processed] = job as (string | null)[];
    return delayed === null && prioritized === null && added !== null && processed === null;
  };
  return Math.max(0, Number(total) - current.filter(isOfState).length);
}

/** Whether the jobs of a state are in a list. */
function isList(state: UnfinishedState): boolean {
  return state === 'wait' || state === 'paused';
}

/** Ids of the jobs that these schedulers wait for. */
async function currentIds(
  redis: Redis,
  keyPrefix: string,
  schedulers: ReadonlySet<string>,
): Promise<Set<string>> {
  if (schedulers.size === 0) return new Set();
  const names = [...schedulers];
  const pipeline = redis.pipeline();
  for (const name of names) pipeline.zscore(`${keyPrefix}repeat`, name);
  const scores = valuesOf<string | null>(await pipeline.exec());
  return new Set(names.flatMap((name, i) => (scores[i] ? [`repeat:${name}:${scores[i]}`] : [])));
}

function valuesOf<T>(replies: readonly [Error | null, unknown][] | null): T[] {
  for (const [error] of replies ?? []) if (error) throw error;
  return (replies ?? []).map(([, reply]) => reply as T);
}
