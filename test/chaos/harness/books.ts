/**
 * What Redis says about the jobs of the queue, read past BullMQ: every set, every job hash, every event.
 */
import type { Redis } from 'ioredis';

/** The state of the queue. */
export interface Books {
  readonly completed: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
  readonly active: readonly string[];
  /** Neither finished nor active. */
  readonly waiting: readonly string[];
  readonly waitingChildren: readonly string[];
  /** Jobs with a hash that are in no set. */
  readonly orphans: readonly string[];
  /** How often a job's completion was announced, for those that were more than once. */
  readonly completedTwice: readonly string[];
}

const PARTS_OF_A_QUEUE = new Set([
  ...['id', 'meta', 'events', 'wait', 'active', 'completed', 'failed', 'delayed', 'prioritized'],
  ...[
    'paused',
    'marker',
    'waiting-children',
    'stalled',
    'stalled-check',
    'pc',
    'limiter',
    'repeat',
  ],
]);

/** How many jobs are neither completed nor failed. */
export async function countUnfinished(redis: Redis, queue: string): Promise<number> {
  const key = (part: string): string => `bull:${queue}:${part}`;
  const counts = await Promise.all([
    ...['wait', 'active', 'paused'].map((part) => redis.llen(key(part))),
    ...['delayed', 'prioritized', 'waiting-children'].map((part) => redis.zcard(key(part))),
  ]);
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Reads everything. */
export async function readBooks(redis: Redis, queue: string): Promise<Books> {
  const prefix = `bull:${queue}:`;
  const list = (part: string): Promise<string[]> => redis.lrange(`${prefix}${part}`, 0, -1);
  const sorted = (part: string): Promise<string[]> => redis.zrange(`${prefix}${part}`, '0', '-1');
  const [active, wait, paused] = await Promise.all(['active', 'wait', 'paused'].map(list));
  const [completed, failed, delayed, prioritized, waitingChildren] = await Promise.all(
    ['completed', 'failed', 'delayed', 'prioritized', 'waiting-children'].map(sorted),
  );
  const waiting = [...wait!, ...paused!, ...delayed!, ...prioritized!];
  const known = new Set([...active!, ...waiting, ...completed!, ...failed!, ...waitingChildren!]);
  const hashes = (await allKeys(redis, `${prefix}*`))
    .map((key) => key.slice(prefix.length))
    .filter((part) => !part.includes(':') && !PARTS_OF_A_QUEUE.has(part));
  return {
    completed: new Set(completed),
    failed: new Set(failed),
    active: active!,
    waiting,
    waitingChildren: waitingChildren!,
    orphans: hashes.filter((id) => !known.has(id)),
    completedTwice: await completedTwice(redis, `${prefix}events`),
  };
}

async function allKeys(redis: Redis, match: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, page] = await redis.scan(cursor, 'MATCH', match, 'COUNT', 1_000);
    keys.push(...page);
    cursor = next;
  } while (cursor !== '0');
  return [...new Set(keys)];
}

async function completedTwice(redis: Redis, stream: string): Promise<string[]> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const [, fields] of await redis.xrange(stream, '-', '+')) {
    if (fields[1] !== 'completed') continue;
    const id = fields[fields.indexOf('jobId') + 1]!;
    if (seen.has(id)) twice.add(id);
    seen.add(id);
  }
  return [...twice];
}
