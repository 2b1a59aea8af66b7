/**
 * Reads what processes have said of themselves last, for whoever judges or shows it.
 *
 * How old a heartbeat is shows in what is left of its lifetime, so no host's clock matters.
 */
import type { Redis } from 'ioredis';
import { AGES_MS } from '../config/ages.ts';
import type { Keys } from '../keys.ts';
import { HEARTBEAT_FRESH_WITH_MS, type QueueHeartbeat } from '../queues/queue-stats.ts';

/** What one process has said. */
export interface ReadHeartbeat {
  readonly id: string;
  /** As they are stored. */
  readonly fields: Readonly<Record<string, string>>;
  readonly ageMs: number;
  /** Whether the process lives, as far as anybody can tell. */
  readonly isFresh: boolean;
}

/** Names of the processes that were heard last, at most so many, sorted. */
export async function readProcessIds(redis: Redis, keys: Keys, most: number): Promise<string[]> {
  return (await redis.zrevrange(keys.hosts(), 0, most - 1)).sort();
}

/** Heartbeats of these processes; without those that have none. */
export async function readHeartbeats(
  redis: Redis,
  keys: Keys,
  ids: readonly string[],
): Promise<ReadHeartbeat[]> {
  const pipeline = redis.pipeline();
  for (const id of ids) pipeline.hgetall(keys.host(id)).pttl(keys.host(id));
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  return ids.flatMap((id, i) => {
    const fields = replies[2 * i]![1] as Readonly<Record<string, string>>;
    const leftMs = replies[2 * i + 1]![1] as number;
    if (leftMs < 0) return [];
    const ageMs = AGES_MS.workerHeartbeats - leftMs;
    return [{ id, fields, ageMs, isFresh: leftMs >= HEARTBEAT_FRESH_WITH_MS }];
  });
}

/** What it says of its queues, by label; a figure that is missing or none is null. */
export function queuesIn({
  fields,
}: Pick<ReadHeartbeat, 'fields'>): ReadonlyMap<
  string,
  Record<keyof QueueHeartbeat, number | null>
> {
  const count = (value: unknown): number | null =>
    typeof value === 'number' && Number.isFinite(value) ? value : null;
  try {
    const queues = (JSON.parse(fields.queues ?? '{}') ?? {}) as Record<
      string,
      Partial<Record<keyof QueueHeartbeat, unknown>> | null
    >;
    return new Map(
      Object.entries(queues).map(([queue, beat]) => [
        queue,
        {
          ...{ workers: count(beat?.workers), slots: count(beat?.slots) },
          active: count(beat?.active),
        },
      ]),
    );
  } catch {
    return new Map(); // Another version's.
  }
}
