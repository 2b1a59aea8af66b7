/**
 * The queues whose payloads may refer to bodies, as processes have told them, and when one of them is forgotten.
 *
 * A queue is forgotten when nobody has told of it for 30 days and nothing of it is left: while it has jobs, bodies or
 * dictionaries, its prefix must be looked at.
 */
import { QueueKeys } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Keys, queueOfLabel } from '../keys.ts';

const KEPT_MS = 30 * 24 * 60 * 60_000;
/** Looked at in one round. */
const MOST = 100;

/** Labels of all queues that were told. */
export function readPlaces(redis: Redis, keys: Keys): Promise<string[]> {
  return redis.zrange(keys.payloads(), '0', '-1');
}

/** What the keys of these queues begin with, each once. */
export function prefixesOf(labels: Iterable<string>): string[] {
  const prefixes = new Set<string>();
  for (const label of labels) prefixes.add(new QueueKeys(queueOfLabel(label).prefix).toKey('', ''));
  return [...prefixes].map((prefix) => prefix.slice(0, -1));
}

/** Forgets queues of which nothing is left. */
export async function forgetPlaces(redis: Redis, keys: Keys, now: number): Promise<void> {
  const before = now - KEPT_MS;
  const old = await redis.zrangebyscore(keys.payloads(), '-inf', before, 'LIMIT', 0, MOST);
  for (const label of old) {
    const { prefix, name } = queueOfLabel(label);
    const meta = new QueueKeys(prefix).toKey(name, 'meta');
    const left = await redis.exists(meta, keys.bodies(label), keys.dictionaries(label));
    // A process that tells of it at this moment does so again within a minute.
    if (left === 0) await redis.zrem(keys.payloads(), label);
  }
}
