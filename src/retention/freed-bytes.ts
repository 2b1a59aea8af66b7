/**
 * What the sweep has freed of a queue so far, as it stands in what the leader leaves.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { RoundEnd, Swept } from './sweep-record.ts';

const FREED: keyof Swept = 'freedBytes';
const ROUND_AT: keyof RoundEnd = 'roundAt';

/** Null where no leader has swept it. */
export async function readFreedBytes(
  redis: Redis,
  keys: Keys,
  queue: string,
): Promise<number | null> {
  const [freed, roundAt] = await redis.hmget(keys.retention(queue), FREED, ROUND_AT);
  return roundAt ? Number(freed ?? 0) : null;
}
