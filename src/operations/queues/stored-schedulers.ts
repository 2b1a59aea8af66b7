/**
 * Reads schedulers as BullMQ stores them, a page at a time. It only reads.
 */
import type { Redis } from 'ioredis';
import { InputError } from '../../errors.ts';

/** A scheduler as it is stored. */
export interface StoredScheduler {
  readonly id: string;
  /** Epoch ms; null: it has no next time. */
  readonly nextAt: number | null;
  /** Empty where there is no hash: what an older BullMQ has left. */
  readonly fields: Readonly<Record<string, string>>;
}

/** The last of a page, and when it runs. */
type Place = readonly [nextAt: string, id: string];

/** One of them; undefined when it is not there. */
export async function readScheduler(
  redis: Redis,
  keyPrefix: string,
  id: string,
): Promise<StoredScheduler | undefined> {
  const score = await redis.zscore(`${keyPrefix}repeat`, id);
  if (score === null) return undefined;
  return { id, nextAt: toTime(score), fields: await redis.hgetall(`${keyPrefix}repeat:${id}`) };
}

/** A page behind a cursor, the next to run first, and where the following one begins. */
export async function readSchedulers(
  redis: Redis,
  keyPrefix: string,
  limit: number,
  cursor: string | undefined,
): Promise<{ readonly stored: readonly StoredScheduler[]; readonly next: string | null }> {
  const key = `${keyPrefix}repeat`;
  const start = cursor === undefined ? 0 : await rankBehind(redis, key, parseCursor(cursor));
  const flat = await redis.zrange(key, start, String(start + limit), 'WITHSCORES');
  const places: Place[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) places.push([flat[i + 1]!, flat[i]!]);
  const page = places.slice(0, limit);
  const pipeline = redis.pipeline();
  for (const [, id] of page) pipeline.hgetall(`${key}:${id}`);
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  const stored = page.map(([score, id], i) => ({
    ...{ id, nextAt: toTime(score) },
    fields: replies[i]![1] as Record<string, string>,
  }));
  const last = page.at(-1);
  return { stored, next: places.length > limit && last ? toCursor(last) : null };
}

/** One that has run since the page was read is further back now: then it goes on at the time where it was. */
async function rankBehind(redis: Redis, key: string, [score, id]: Place): Promise<number> {
  const [present, rank, before] = await Promise.all([
    redis.zscore(key, id),
    redis.zrank(key, id),
    redis.zcount(key, '-inf', `(${score}`),
  ]);
  return present === score && rank !== null ? rank + 1 : before;
}

/** When it runs next, epoch ms; null: never. */
export function toTime(score: string): number | null {
  const time = Number(score);
  return Number.isFinite(time) && time > 0 ? time : null;
}

function toCursor(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function parseCursor(cursor: string): Place {
  try {
    const [score, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof score === 'string' && /^\d+(\.\d+)?(e\+\d+)?$/.test(score) && typeof id === 'string')
      return [score, id];
  } catch {
    // Told below.
  }
  throw new InputError('/cursor', 'is none that a page has given: leave it out to begin anew');
}
