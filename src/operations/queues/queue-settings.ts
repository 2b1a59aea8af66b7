/**
 * What is set for a queue in its hash, and how its limiter stands.
 */
import type { Redis } from 'ioredis';
import type { QueueRow, QueueView } from './queue-views.ts';

/** What is set, beside what a row has. */
export type QueueSettings = Omit<QueueView, keyof QueueRow>;

const FIELDS = ['concurrency', 'max', 'duration', 'opts.maxLenEvents'] as const;
/** BullMQ writes this into the limiter when somebody holds the queue by hand. */
const HELD_BY_HAND = Number.MAX_SAFE_INTEGER;

/** Reads it. Nothing is written, not even the limiter that BullMQ's own script tidies up. */
export async function readSettings(redis: Redis, keyPrefix: string): Promise<QueueSettings> {
  const replies = await redis
    .pipeline()
    .hmget(`${keyPrefix}meta`, ...FIELDS)
    .get(`${keyPrefix}limiter`)
    .pttl(`${keyPrefix}limiter`)
    .exec();
  for (const [error] of replies ?? []) if (error) throw error;
  const [fields, used, ttlMs] = (replies ?? []).map(([, reply]) => reply);
  const [concurrency, max, duration, maxLenEvents] = (fields as (string | null)[]).map(toNumber);
  return {
    globalConcurrency: concurrency ?? null,
    rateLimit: max && duration ? { max, durationMs: duration } : null,
    limitedForMs: limitedForMs(max ?? null, toNumber(used as string | null), Number(ttlMs)),
    maxLenEvents: maxLenEvents ?? null,
  };
}

/**
 * How much longer a limiter holds a queue. Pure.
 *
 * @param max the limit in the hash; null: none
 * @param used what the limiter has counted in this window; null: there is no window
 */
export function limitedForMs(
  max: number | null,
  used: number | null,
  ttlMs: number,
): number | null {
  if (used === null || ttlMs <= 0) return 0;
  if (max !== null) return used >= max ? ttlMs : 0;
  return used >= HELD_BY_HAND ? ttlMs : null;
}

function toNumber(text: string | null): number | null {
  const number = text === null ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}
