/**
 * Looks at queues: counts, and samples of what is in them.
 *
 * Reads BullMQ's own keys in pipelines, two for each queue; the more queues there are the smaller are the samples. Reads
 * only, and never a job's data: only how long it is.
 */
import type { Redis } from 'ioredis';
import { orphansAmong } from '../backend/orphans.ts';
import { messageOf } from '../errors.ts';
import type { QueuePart, QueueSeen } from './sample.ts';

/** What is known besides the keys. */
export interface QueueContext {
  readonly label: string;
  readonly key: string;
  readonly workers: number | null;
  readonly pausedAt: number | null;
  readonly keepCompleted: number | null;
  readonly keepFailed: number | null;
}

const PARTS: readonly (readonly [QueuePart, string, 'llen' | 'zcard'])[] = [
  ['wait', 'wait', 'llen'],
  ['active', 'active', 'llen'],
  ['paused', 'paused', 'llen'],
  ['prioritized', 'prioritized', 'zcard'],
  ['delayed', 'delayed', 'zcard'],
  ['waitingChildren', 'waiting-children', 'zcard'],
  ['completed', 'completed', 'zcard'],
  ['failed', 'failed', 'zcard'],
  ['schedulers', 'repeat', 'zcard'],
];
const LISTS = ['wait', 'active', 'paused'];
const SAMPLED = [
  'wait',
  'active',
  'prioritized',
  'delayed',
  'waiting-children',
  'completed',
  'failed',
];
const COMMANDS = 6_000;
/** For searching through a line without holding anybody up. */
const LONGEST_LINE = 20_000;
const SCORE_PER_MS = 0x1000;

/** So many of each state are looked at when there are so many queues. */
export function sampleSize(queues: number): number {
  return Math.max(2, Math.min(20, Math.floor(COMMANDS / Math.max(1, queues) / 30)));
}

/** One queue. Rejects as the connection does, and when a read is refused. */
export async function readQueue(
  redis: Redis,
  context: QueueContext,
  {
    size,
    locks,
    candidates,
    now,
  }: { size: number; locks: readonly string[]; candidates: readonly string[] | null; now: number },
): Promise<QueueSeen> {
  const { key } = context;
  const first = redis.pipeline();
  for (const [, name, count] of PARTS) first[count](key + name);
  first.hmget(`${key}meta`, 'paused', 'concurrency', 'opts.maxLenEvents');
  first.xlen(`${key}events`);
  first.xrevrange(`${key}events`, '+', '-', 'COUNT', 100);
  first.pttl(`${key}limiter`);
  first.get(`${key}id`);
  first.zrange(`${key}delayed`, '0', '0', 'WITHSCORES');
  first.zrange(`${key}repeat`, '0', '0', 'WITHSCORES');
  for (const name of SAMPLED)
    if (LISTS.includes(name)) first.lrange(key + name, -size, -1);
    else first.zrevrange(key + name, 0, size - 1);
  const [counts, rest] = split(await first.exec(), PARTS.length);
  const [meta, events, newest, limiter, idCounter, delayed, schedule, ...samples] = rest;
  const sampled = SAMPLED.map((name, i) => [name, asList(samples[i])] as const);
  const ids = (name: string): readonly string[] =>
    sampled.find(([state]) => state === name)?.[1] ?? [];
  const deep = await readJobs(redis, key, sampled, locks);
  const orphans =
    candidates &&
    (await orphansOf(redis, key, candidates, Number(counts[0] ?? 0) + Number(counts[2] ?? 0), now));
  const [paused, concurrency, maxLenEvents] = (meta ?? []) as (string | null)[];
  const [, delayedScore] = asList(delayed);
  const [, scheduleScore] = asList(schedule);
  return {
    queue: context.label,
    counts: Object.fromEntries(
      PARTS.map(([part], i) => [part, Number(counts[i] ?? 0)]),
    ) as QueueSeen['counts'],
    isPaused: paused !== null && paused !== undefined,
    limitedForMs: Math.max(0, Number(limiter ?? 0)),
    concurrency: concurrency ? Number(concurrency) : null,
    maxLenEvents: maxLenEvents ? Number(maxLenEvents) : null,
    events: Number(events ?? 0),
    stalledEvents: ((newest ?? []) as [string, string[]][]).filter(
      ([, words]) => words[0] === 'event' && words[1] === 'stalled',
    ).length,
    idCounter: idCounter === undefined ? null : Number(idCounter ?? 0),
    highestId: highest(sampled.flatMap(([, list]) => list)),
    oldestWaitingAt: await waitingSince(redis, key, ids('wait').at(-1)),
    firstDelayedAt: delayedScore ? Math.floor(Number(delayedScore) / SCORE_PER_MS) : null,
    firstScheduleAt: scheduleScore ? Number(scheduleScore) : null,
    orphans,
    ...deep,
    ...{ workers: context.workers, pausedAt: context.pausedAt },
    ...{ keepCompleted: context.keepCompleted, keepFailed: context.keepFailed },
  };
}

async function readJobs(
  redis: Redis,
  key: string,
  sampled: readonly (readonly [string, readonly string[]])[],
  locks: readonly string[],
): Promise<
  Pick<
    QueueSeen,
    | 'unlocked'
    | 'strayLocks'
    | 'hollow'
    | 'largestDataBytes'
    | 'largestJob'
    | 'stalledOut'
    | 'strandedParents'
  >
> {
  const all = sampled.flatMap(([state, ids]) =>
    ids.filter((id) => !/^0:\d+$/.test(id)).map((id) => [state, id] as const),
  );
  const pipeline = redis.pipeline();
  for (const [, id] of all) {
    pipeline.exists(key + id);
    pipeline.hstrlen(key + id, 'data');
    pipeline.exists(`${key}${id}:lock`);
    pipeline.hget(key + id, 'failedReason');
    pipeline.srandmember(`${key}${id}:dependencies`);
  }
  for (const id of locks) pipeline.lpos(`${key}active`, id);
  const replies = split(await pipeline.exec(), 0)[1];
  const jobs = all.map(([state, id], i) => ({
    state,
    id,
    replies: replies.slice(5 * i, 5 * i + 5),
  }));
  const largest = [...jobs].sort(
    (a, b) => Number(b.replies[1] ?? 0) - Number(a.replies[1] ?? 0),
  )[0];
  return {
    unlocked: jobs
      .filter((job) => job.state === 'active' && job.replies[2] === 0)
      .map(({ id }) => id),
    strayLocks: locks.filter((_, i) => replies[5 * all.length + i] === null),
    hollow: await stillHollow(
      redis,
      key,
      jobs.filter((job) => job.replies[0] === 0),
    ),
    largestDataBytes: Number(largest?.replies[1] ?? 0),
    largestJob: largest?.id ?? null,
    stalledOut: jobs.filter(
      (job) =>
        job.state === 'failed' &&
        /stalled more than allowable limit/.test(String(job.replies[3] ?? '')),
    ).length,
    strandedParents: await stranded(
      redis,
      jobs.filter(({ state }) => state === 'waiting-children'),
    ),
  };
}

/** A job may have been removed between two pipelines: only an id that is still listed has lost its hash. */
async function stillHollow(
  redis: Redis,
  key: string,
  jobs: readonly { state: string; id: string }[],
): Promise<readonly string[]> {
  const hollow: string[] = [];
  for (const { state, id } of jobs) {
    const isListed = LISTS.includes(state)
      ? (await redis.lpos(key + state, id)) !== null
      : (await redis.zscore(key + state, id)) !== null;
    if (isListed && (await redis.exists(key + id)) === 0) hollow.push(id);
  }
  return hollow;
}

/** Parents whose one sampled child is not there, or that have none open. */
async function stranded(
  redis: Redis,
  parents: readonly { id: string; replies: readonly unknown[] }[],
): Promise<readonly string[]> {
  const vain: string[] = [];
  for (const { id, replies } of parents) {
    const child = replies[4];
    if (child === undefined) continue;
    if (child === null || (await redis.exists(String(child))) === 0) vain.push(id);
  }
  return vain;
}

async function waitingSince(
  redis: Redis,
  key: string,
  id: string | undefined,
): Promise<number | null> {
  if (id === undefined) return null;
  const [timestamp, delay] = await redis.hmget(key + id, 'timestamp', 'delay').catch(() => []);
  return timestamp ? Number(timestamp) + Number(delay ?? 0) : null;
}

/** Jobs in no state, the line included; null when the line is too long to be walked through, or may not be. */
async function orphansOf(
  redis: Redis,
  key: string,
  candidates: readonly string[],
  inLine: number,
  now: number,
): Promise<readonly string[] | null> {
  if (inLine > LONGEST_LINE) return null;
  try {
    const suspects = await orphansAmong(redis, key, candidates, 'look', now);
    if (suspects.length === 0) return [];
    const line = new Set([
      ...(await redis.lrange(`${key}wait`, 0, -1)),
      ...(await redis.lrange(`${key}paused`, 0, -1)),
    ]);
    return suspects.filter((id) => !line.has(id));
  } catch (error) {
    if (/NOPERM|WRONGTYPE|unknown command/i.test(messageOf(error))) return null;
    throw error;
  }
}

function highest(ids: readonly string[]): number | null {
  const numbers = ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number);
  return numbers.length > 0 ? Math.max(...numbers) : null;
}

function asList(reply: unknown): readonly string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}

/** Replies of a pipeline in two parts. A refusal rejects: what may not be read must not look like nothing. */
function split(replies: [Error | null, unknown][] | null, at: number): [unknown[], unknown[]] {
  const values = (replies ?? []).map(([error, value]) => {
    // An old server's pause marker is no list.
    if (error && !error.message.startsWith('WRONGTYPE')) throw error;
    return error ? undefined : value;
  });
  return [values.slice(0, at), values.slice(at)];
}
