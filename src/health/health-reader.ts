/**
 * Reads the verdicts that the leader keeps in Redis, and leaves there what this process promises of its queues.
 *
 * How old a verdict is shows in what is left of its lifetime, so no host's clock matters.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { HEALTH_TTL_MS, parseHealthHash, type QueueHealth } from './health-hash.ts';
import { type HealthPromises, isOutdated, writePromises } from './health-promises.ts';

/** A verdict as it was read. */
export interface ReadHealth {
  /** Null when nobody has judged the queue in the last five minutes. */
  readonly health: QueueHealth | null;
  /** How old the verdict was when it was read. */
  readonly ageMs: number;
  /** What was promised, as text. */
  readonly promises: string | undefined;
}

/**
 * KEYS 1 health hash · ARGV 1 promises, 2 lifetime in ms, for a hash that has none yet. Returns 1.
 * One step: a hash without a verdict must not stay for ever, and the age of a verdict must not change.
 */
const PROMISE_LUA = /* lua */ `
redis.call('HSET', KEYS[1], 'promises', ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`;

/** The verdicts of the queues with these labels, in one round trip. */
export async function readHealth(
  redis: Redis,
  keys: Keys,
  labels: readonly string[],
): Promise<Map<string, ReadHealth>> {
  const pipeline = redis.pipeline();
  for (const label of labels) pipeline.hgetall(keys.health(label)).pttl(keys.health(label));
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  return new Map(
    labels.map((label, i) => {
      const hash = replies[2 * i]![1] as Record<string, string>;
      const ageMs = Math.max(0, HEALTH_TTL_MS - Number(replies[2 * i + 1]![1]));
      return [label, { health: parseHealthHash(hash), ageMs, promises: hash.promises }];
    }),
  );
}

/** Leaves the promises that are not there yet, or were left long ago. */
export async function keepPromises(
  redis: Redis,
  keys: Keys,
  promises: ReadonlyMap<string, HealthPromises>,
  read: ReadonlyMap<string, ReadHealth>,
  now: number,
): Promise<void> {
  const pipeline = redis.pipeline();
  for (const [label, promise] of promises)
    if (isOutdated(read.get(label)?.promises, promise, now))
      pipeline.eval(PROMISE_LUA, 1, keys.health(label), writePromises(promise, now), HEALTH_TTL_MS);
  if (pipeline.length > 0) await pipeline.exec();
}
