/**
 * What the leader leaves of its sweeps, beside the policies of a queue, and how it is read: counts that only grow, when
 * it last looked, and how far the progress of old jobs is forgotten.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { RetentionPolicy } from '../queues/retention-options.ts';
import { FIRST_PLACE, type ProgressPlace } from './drop-progress.ts';
import { FINISHED, type FinishedState } from './policy.ts';
import { currentPolicy } from './settings.ts';

/** What went away. */
export interface Swept {
  completed: number;
  failed: number;
  /** Jobs whose progress was forgotten. */
  progress: number;
  events: number;
  /** Estimated, of jobs and events. */
  freedBytes: number;
}

/** Kinds of what goes away. */
export const SWEPT = ['completed', 'failed', 'progress', 'events', 'freedBytes'] as const;

/** How a queue is kept, and what its sweep has done so far. */
export interface RetentionRecord {
  readonly queue: string;
  /** What has no end in it is left out. */
  readonly policy: RetentionPolicy;
  readonly swept: Readonly<Swept>;
  /** Epoch ms on the server; null before the first round. */
  readonly roundAt: number | null;
  /** Bytes of the queue, as they were last measured; null without a budget. */
  readonly usedBytes: number | null;
  readonly isOverBudget: boolean;
  /** Why nothing is swept; null when it is. */
  readonly held: string | null;
}

/** A record as the sweep itself needs it. */
export interface SweepState {
  readonly policy: RetentionPolicy;
  readonly places: Readonly<Record<FinishedState, ProgressPlace>>;
  /** Somebody keeps the queue in a way that this version cannot read. */
  readonly isUnclear: boolean;
  readonly stale: readonly string[];
}

/** What a round leaves. */
export interface RoundEnd {
  readonly swept: Readonly<Swept>;
  readonly places: Readonly<Partial<Record<FinishedState, ProgressPlace>>>;
  readonly roundAt: number;
  readonly usedBytes: number | null;
  readonly isOverBudget: boolean;
  readonly held: string | null;
  readonly stale: readonly string[];
}

/**
 * KEYS 1 hash of the queue, 2 epoch of the lease · ARGV 1 our epoch, 2 how many counts, 3 how many fields to set, then
 * name and value of each, then fields that go. Returns 1, or 0 when somebody else leads or nobody defines the queue any
 * more. One step: the counts of two leaders in a moment of handover must not be mixed, and a hash that has run out must
 * not come back without an end. An HDEL comes first, if only of nothing: a full Redis lets scripts go on that have begun
 * with a write that takes no memory, and these few bytes say how far the sweep is that frees it.
 */
const RECORD_LUA = /* lua */ `
if tonumber(redis.call('GET', KEYS[2]) or 0) > tonumber(ARGV[1]) then return 0 end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HDEL', KEYS[1], '')
local at = 4
for _ = 1, tonumber(ARGV[2]) do
  redis.call('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for _ = 1, tonumber(ARGV[3]) do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for i = at, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
return 1`;

const PLACE_FIELDS: Readonly<Record<FinishedState, string>> = {
  completed: 'place:completed',
  failed: 'place:failed',
};

/** Nothing yet. */
export function nothingSwept(): Swept {
  return { completed: 0, failed: 0, progress: 0, events: 0, freedBytes: 0 };
}

/** What the sweep has to know; null when nobody defines the queue. */
export async function readState(
  redis: Redis,
  keys: Keys,
  label: string,
): Promise<SweepState | null> {
  const hash = await redis.hgetall(keys.retention(label));
  const { policy, isUnclear, stale } = currentPolicy(hash);
  if (!policy) return null;
  const places = Object.fromEntries(
    FINISHED.map((state) => [state, hash[PLACE_FIELDS[state]] ?? FIRST_PLACE]),
  ) as Record<FinishedState, ProgressPlace>;
  return { policy, places, isUnclear, stale };
}

/** Leaves what a round has done. False when it was refused: somebody else leads, or nobody defines the queue. */
export async function writeRound(
  redis: Redis,
  keys: Keys,
  { label, lease, epoch }: { label: string; lease: string; epoch: number },
  end: RoundEnd,
): Promise<boolean> {
  const counts = SWEPT.filter((kind) => end.swept[kind] > 0);
  const values: [string, string | number][] = [
    ...Object.entries(end.places).map(([state, place]): [string, string] => [
      PLACE_FIELDS[state as FinishedState],
      place,
    ]),
    ['roundAt', Math.floor(end.roundAt)],
    ['usedBytes', end.usedBytes ?? ''],
    ['isOverBudget', end.isOverBudget ? 1 : 0],
    ['held', end.held ?? ''],
  ];
  const answer = await redis.eval(
    RECORD_LUA,
    ...([2, keys.retention(label), keys.leaseEpoch(lease), epoch] as const),
    ...[counts.length, values.length],
    ...counts.flatMap((kind) => [kind, Math.round(end.swept[kind])]),
    ...values.flat(),
    ...end.stale,
  );
  return answer === 1;
}

/** How every queue is kept that somebody defines, by name. */
export async function readRetention(redis: Redis, keys: Keys): Promise<RetentionRecord[]> {
  const labels = (await redis.zrange(keys.retentions(), '0', '-1')).sort();
  const pipeline = redis.pipeline();
  for (const label of labels) pipeline.hgetall(keys.retention(label));
  const replies = (await pipeline.exec()) ?? [];
  return labels.flatMap((queue, i) => {
    const [error, hash] = replies[i] as [Error | null, Record<string, string>];
    if (error) throw error;
    const { policy } = currentPolicy(hash);
    return policy ? [toRecord(queue, policy, hash)] : [];
  });
}

function toRecord(
  queue: string,
  policy: RetentionPolicy,
  hash: Readonly<Record<string, string>>,
): RetentionRecord {
  const swept = Object.fromEntries(SWEPT.map((kind) => [kind, Number(hash[kind] ?? 0)]));
  return {
    ...{ queue, policy, swept: swept as unknown as Swept },
    roundAt: hash.roundAt ? Number(hash.roundAt) : null,
    usedBytes: hash.usedBytes ? Number(hash.usedBytes) : null,
    isOverBudget: hash.isOverBudget === '1',
    held: hash.held || null,
  };
}
