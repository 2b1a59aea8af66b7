/**
 * Reads pools as they stand in Redis: for operators, and for scalers outside.
 *
 * What the leader and the processes have written is told as it is; what is not there or cannot be read is null.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { PoolMode, PoolSettings } from '../workers/pool-settings.ts';
import { parseShares } from './inheritance.ts';
import { parseSettings } from './parse-settings.ts';
import { type Pin, parsePin } from './pins.ts';

/** One pool. */
export interface PoolRecord {
  readonly queue: string;
  readonly min: number;
  readonly max: number;
  readonly mode: PoolMode;
  /** Wanted slots in the fleet; null before anybody has decided. */
  readonly target: number | null;
  /** Open slots in the fleet, as the leader last wrote them. */
  readonly current: number | null;
  /** What would be the target if the pool were scaled; null when that is not worked out. */
  readonly recommended: number | null;
  /** Process → its slots. */
  readonly shares: Readonly<Record<string, number>>;
  /** Why, in words; null before anybody has decided. */
  readonly reason: string | null;
  /** Why the target does not follow; null while it does. */
  readonly frozenFor: string | null;
  readonly pin: Pin | null;
  readonly epoch: number | null;
  readonly rev: number | null;
  /** When the leader last wrote it, epoch ms of the server. */
  readonly writtenAt: number | null;
}

/** How many slots a pool has and should have. */
export interface PoolSize
  extends Pick<PoolRecord, 'min' | 'max' | 'target' | 'current' | 'frozenFor'> {
  /** Its settings as a process has left them; undefined when they cannot be read. */
  readonly settings: PoolSettings | undefined;
}

/** Fields of a pool that tell its size. */
export const POOL_SIZE_FIELDS: readonly string[] = [
  ...['settings', 'minWorkers', 'maxWorkers', 'currentWorkers', 'targetWorkers', 'frozen'],
];

const MOST_POOLS = 1_000;
const FIELDS = [
  ...POOL_SIZE_FIELDS,
  ...['mode', 'recommended', 'shares', 'reason', 'epoch', 'rev', 'at'],
];

/** The pools of these queues, in their order; undefined where no process has had one. */
export async function readPools(
  redis: Redis,
  keys: Keys,
  queues: readonly string[],
): Promise<(PoolRecord | undefined)[]> {
  if (queues.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const queue of queues) pipeline.hmget(keys.pool(queue), ...FIELDS).get(keys.pin(queue));
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error) throw error;
  return queues.map((queue, i) =>
    toRecord(
      queue,
      replies[i * 2]![1] as (string | null)[],
      replies[i * 2 + 1]![1] as string | null,
    ),
  );
}

/** Queues with a pool, by name. */
export async function poolNames(redis: Redis, keys: Keys): Promise<string[]> {
  return (await redis.zrevrange(keys.pools(), 0, MOST_POOLS - 1)).sort();
}

/** The size, from the fields of a pool; undefined where no process has had one. */
export function toPoolSize(
  fields: Readonly<Partial<Record<string, string>>>,
): PoolSize | undefined {
  const settings = fields.settings ? parseSettings(fields.settings) : undefined;
  const max = settings?.max ?? countOf(fields.maxWorkers);
  if (max === null) return undefined;
  return {
    ...{ settings, max, min: settings?.min ?? countOf(fields.minWorkers) ?? 0 },
    target: countOf(fields.targetWorkers),
    current: countOf(fields.currentWorkers),
    frozenFor: fields.frozen || null,
  };
}

function toRecord(
  queue: string,
  values: readonly (string | null)[],
  pin: string | null,
): PoolRecord | undefined {
  const fields = Object.fromEntries(FIELDS.map((name, i) => [name, values[i] ?? '']));
  const size = toPoolSize(fields);
  if (!size) return undefined;
  const { settings, ...rest } = size;
  const { mode } = fields;
  return {
    ...{ queue, ...rest },
    mode: settings?.mode ?? (mode === 'recommend' || mode === 'off' ? mode : 'auto'),
    recommended: countOf(fields.recommended),
    shares: Object.fromEntries(parseShares(fields.shares || undefined)),
    reason: fields.reason || null,
    pin: parsePin(pin),
    epoch: countOf(fields.epoch),
    rev: countOf(fields.rev),
    writtenAt: countOf(fields.at),
  };
}

function countOf(text: string | undefined): number | null {
  const count = Number(text);
  return text && Number.isSafeInteger(count) && count >= 0 ? count : null;
}
