/**
 * Which of some keys are the hash of a queue, asked in one round trip. Keys under Drover's own prefix never are. It only
 * reads.
 */
import type { Redis } from 'ioredis';
import { isOwnKey, type Keys, queueLabel } from '../keys.ts';
import { isQueue, queueOfMetaKey, SIBLINGS, TELLING_FIELDS } from './is-queue.ts';

/** Labels of the queues; what cannot be read is none. Throws what else Redis throws: an outage tells nothing of a key. */
export async function queuesAmong(
  redis: Redis,
  own: Pick<Keys, 'prefix'>,
  metaKeys: readonly string[],
): Promise<string[]> {
  const possible = metaKeys.flatMap((key) => {
    const queue = isOwnKey(own, key) ? undefined : queueOfMetaKey(key);
    return queue ? [{ key, queue }] : [];
  });
  if (possible.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const { key } of possible) {
    const base = key.slice(0, -'meta'.length);
    pipeline.hmget(key, ...TELLING_FIELDS);
    pipeline.exists(...SIBLINGS.map((sibling) => `${base}${sibling}`));
  }
  const replies = (await pipeline.exec()) ?? [];
  return possible.flatMap(({ queue }, i) => {
    const [error, fields] = replies[2 * i] ?? [];
    if (error && !isUnreadable(error)) throw error;
    if (error || !fields) return [];
    const hasSiblings = Number(replies[2 * i + 1]?.[1] ?? 0) > 0;
    if (!isQueue(fields as (string | null)[], hasSiblings)) return [];
    return [queueLabel(queue.prefix, queue.name)];
  });
}

/** Whether a key is of another type, or this user of Redis may not read it. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error && /^(WRONGTYPE|NOPERM)\b/.test(error.message);
}
