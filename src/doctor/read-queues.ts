/**
 * Looks at queues: counts, and samples of what is in them.
 *
 * Reads BullMQ's own keys in pipelines, three for each queue; the more queues there are the smaller are the samples, and
 * what is empty is not sampled. Reads only, and never a job's data: only how long it is. No command walks through a list
 * or set of any length.
 */
import type { ChainableCommander, Redis } from 'ioredis';
import { orphansAmong } from '../backend/orphans.ts';
import { messageOf } from '../errors.ts';
import type { HollowId, QueuePart, QueueSeen } from './sample.ts';

/** What is known besides the keys. */
export interface QueueContext {
  readonly label: string;
  readonly key: string;
  readonly workers: number | null;
  readonly pausedAt: number | null;
  readonly keepCompleted: number | null;
  readonly keepCompletedMs: number | null;
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
const PAGE = 1_000;
const CANDIDATES_AT_ONCE = 100;
const SAMPLED_CHILDREN = 20;
/** Newest events that are looked at for each job of a sample. */
const EVENTS_PER_JOB = 5;
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
    isBrief = false,
    locks,
    candidates,
    now,
  }: {
    size: number;
    /** Only what is compared with a later look. */
    isBrief?: boolean;
    locks: readonly string[];
    candidates: readonly string[] | null;
    now: number;
  },
): Promise<QueueSeen> {
  const { key } = context;
  const first = redis.pipeline();
  for (const [, name, count] of PARTS) first[count](key + name);
  first.hmget(`${key}meta`, 'paused', 'concurrency', 'opts.maxLenEvents');
  first.xlen(`${key}events`);
  first.xrevrange(`${key}events`, '+', '-', 'COUNT', isBrief ? 1 : EVENTS_PER_JOB * size);
  first.pttl(`${key}limiter`);
  first.get(`${key}id`);
  first.zrange(`${key}delayed`, '0', '0', 'WITHSCORES');
  first.zrange(`${key}repeat`, '0', '0', 'WITHSCORES');
  first.zrange(`${key}prioritized`, '0', '0');
  const [counts, rest] = split(await first.exec(), PARTS.length);
  const [meta, events, newest, limiter, idCounter, delayed, schedule, prior] = rest;
  const states = PARTS.flatMap(([, name], i) => (Number(counts[i] ?? 0) > 0 ? [name] : []));
  const sampled = await sample(redis, key, isBrief ? ['active'] : states, size);
  const ids = (name: string): readonly string[] =>
    sampled.find(([state]) => state === name)?.[1] ?? [];
  const deep = await readJobs(redis, key, sampled, locks);
  const orphans =
    candidates &&
    (await orphansOf(redis, key, candidates, Number(counts[0] ?? 0) + Number(counts[2] ?? 0), now));
  const [paused, concurrency, maxLenEvents] = (meta ?? []) as (string | null)[];
  const [, delayedScore] = asList(delayed);
  const [, scheduleScore] = asList(schedule);
  const oldest = [ids('wait').at(-1), ...asList(prior), ids('prioritized')[0]];
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
    oldestWaitingAt: isBrief ? null : await waitingSince(redis, key, oldest),
    firstDelayedAt: delayedScore ? Math.floor(Number(delayedScore) / SCORE_PER_MS) : null,
    firstScheduleAt: scheduleScore ? Number(scheduleScore) : null,
    orphans,
    ...deep,
    ...{ workers: context.workers, pausedAt: context.pausedAt },
    ...{ keepCompleted: context.keepCompleted, keepCompletedMs: context.keepCompletedMs },
    keepFailed: context.keepFailed,
  };
}

/** Newest ids of the states that are sampled. */
async function sample(
  redis: Redis,
  key: string,
  states: readonly string[],
  size: number,
): Promise<(readonly [string, readonly string[]])[]> {
  const names = SAMPLED.filter((name) => states.includes(name));
  if (names.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const name of names)
    if (LISTS.includes(name)) pipeline.lrange(key + name, -size, -1);
    else pipeline.zrevrange(key + name, 0, size - 1);
  const [, replies] = split(await pipeline.exec(), 0);
  return names.map((name, i) => [name, asList(replies[i])] as const);
}

/** What is asked of a job beside the size of its data, by its state. */
const ASK_BY_STATE: Readonly<
  Record<string, (pipeline: ChainableCommander, job: string) => unknown>
> = {
  active: (pipeline, job) => pipeline.exists(`${job}:lock`),
  failed: (pipeline, job) => pipeline.hget(job, 'failedReason'),
  'waiting-children': (pipeline, job) =>
    pipeline.srandmember(`${job}:dependencies`, SAMPLED_CHILDREN),
};

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
  for (const [state, id] of all) {
    pipeline.hstrlen(key + id, 'data');
    ASK_BY_STATE[state]?.(pipeline, key + id);
  }
  for (const id of locks) pipeline.lpos(`${key}active`, id);
  const [, replies] = split(all.length + locks.length > 0 ? await pipeline.exec() : [], 0);
  let at = 0;
  const jobs = all.map(([state, id]) => {
    const bytes = Number(replies[at++] ?? 0);
    return { state, id, bytes, more: ASK_BY_STATE[state] ? replies[at++] : undefined };
  });
  const largest = jobs.reduce((most, job) => (job.bytes > most.bytes ? job : most), {
    id: null,
    bytes: 0,
  } as { id: string | null; bytes: number });
  const inState = (state: string): typeof jobs => jobs.filter((job) => job.state === state);
  return {
    unlocked: inState('active').flatMap(({ id, more }) => (more === 0 ? [id] : [])),
    strayLocks: locks.filter((_, i) => replies[at + i] === null),
    // BullMQ writes at least "{}".
    hollow: await stillHollow(
      redis,
      key,
      jobs.filter(({ bytes }) => bytes === 0),
    ),
    largestDataBytes: largest.bytes,
    largestJob: largest.id,
    stalledOut: inState('failed').filter(({ more }) =>
      /stalled more than allowable limit/.test(String(more ?? '')),
    ).length,
    strandedParents: await stranded(redis, key, inState('waiting-children')),
  };
}

/** A job may have been removed between two pipelines: only an id that is still listed has lost its hash. */
async function stillHollow(
  redis: Redis,
  key: string,
  jobs: readonly { state: string; id: string }[],
): Promise<readonly HollowId[]> {
  const hollow: HollowId[] = [];
  for (const { state, id } of jobs) {
    const isListed = LISTS.includes(state)
      ? (await redis.lpos(key + state, id)) !== null
      : (await redis.zscore(key + state, id)) !== null;
    if (isListed && (await redis.exists(key + id)) === 0)
      hollow.push({ id, listedIn: state, isList: LISTS.includes(state) });
  }
  return hollow;
}

/** Parents of which a sampled child is not there, or that have none open. */
async function stranded(
  redis: Redis,
  key: string,
  parents: readonly { id: string; more: unknown }[],
): Promise<readonly string[]> {
  const vain: string[] = [];
  for (const { id, more } of parents)
    if (await waitsInVain(redis, key, id, asList(more))) vain.push(id);
  return vain;
}

/** A child may have ended meanwhile, and its parent gone on: what is missing is asked for again, the child first. */
async function waitsInVain(
  redis: Redis,
  key: string,
  id: string,
  children: readonly string[],
): Promise<boolean> {
  const open = `${key}${id}:dependencies`;
  let isInVain = children.length === 0 && (await redis.scard(open)) === 0;
  for (const child of isInVain ? [] : children) {
    if ((await redis.exists(child)) === 1) continue;
    isInVain = (await redis.sismember(open, child)) === 1 && (await redis.exists(child)) === 0;
    if (isInVain) break;
  }
  return isInVain && (await redis.zscore(`${key}waiting-children`, id)) !== null;
}

async function waitingSince(
  redis: Redis,
  key: string,
  ids: readonly (string | undefined)[],
): Promise<number | null> {
  let since: number | null = null;
  for (const id of new Set(ids)) {
    if (id === undefined || id.startsWith('0:')) continue;
    const [timestamp, delay] = await redis.hmget(key + id, 'timestamp', 'delay').catch(() => []);
    if (timestamp)
      since = Math.min(since ?? Number.POSITIVE_INFINITY, Number(timestamp) + Number(delay ?? 0));
  }
  return since;
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
    const suspects = new Set<string>();
    for (let from = 0; from < candidates.length; from += CANDIDATES_AT_ONCE) {
      const some = candidates.slice(from, from + CANDIDATES_AT_ONCE);
      for (const id of await orphansAmong(redis, key, some, 'look', now)) suspects.add(id);
    }
    for (const name of ['wait', 'paused'])
      for (let from = 0; suspects.size > 0 && from < LONGEST_LINE; from += PAGE) {
        // From the end where jobs come in: what moves between two pages moves towards the next one.
        const page = await redis.lrange(key + name, from, from + PAGE - 1);
        for (const id of page) suspects.delete(id);
        if (page.length < PAGE) break;
      }
    return [...suspects];
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
