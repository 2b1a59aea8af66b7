/**
 * Keeps in Redis what a leader has learned of its queues, so that the next one goes on from there.
 *
 * Written behind the same fence as targets: a leader that slept must not put its old memory over a newer one.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import type { Shares } from './process-beat.ts';

const QUEUES_PER_SCRIPT = 50;
/** What was learned longer ago says nothing any more. */
const KEPT_MS = 3_600_000;
/** A memory is some kilobytes; what is longer is none. */
const LONGEST_MEMORY = 64_000;
/** Shares are some forty characters for each process: more than are listened to. */
const LONGEST_SHARES = 1_000_000;

/**
 * KEYS per queue: the epoch beside its lock, its memory · ARGV 1 epoch of the leader, 2 lifetime in ms, 3 … a memory each.
 * Returns how many were kept. One step: a leader whose time ends in between must not write.
 */
const SAVE_LUA = /* lua */ `
local kept = 0
for i = 1, #KEYS, 2 do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('SET', KEYS[i + 1], ARGV[(i + 1) / 2 + 2], 'PX', ARGV[2])
    kept = kept + 1
  end
end
return kept`;

/** Keeps a text for each queue. */
export async function saveMemories(
  redis: Redis,
  keys: Keys,
  epoch: number,
  memories: readonly { readonly queue: string; readonly text: string }[],
): Promise<void> {
  if (memories.length === 0) return;
  const pipeline = redis.pipeline();
  for (let start = 0; start < memories.length; start += QUEUES_PER_SCRIPT) {
    const slice = memories.slice(start, start + QUEUES_PER_SCRIPT);
    const names = slice.flatMap(({ queue }) => [
      keys.scalingEpoch(queue),
      keys.scalingMemory(queue),
    ]);
    const texts = slice.map(({ text }) => text);
    pipeline.eval(SAVE_LUA, names.length, ...names, epoch, KEPT_MS, ...texts);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}

/** What a leader before has left of a queue. */
export interface Inheritance {
  /** As text; undefined when there is none. */
  readonly memory: string | undefined;
  /** Process → its slots, as they were published last. */
  readonly shares: ReadonlyMap<string, number>;
}

/** What is there of each queue, in their order. */
export async function readInheritance(
  redis: Redis,
  keys: Keys,
  queues: readonly string[],
): Promise<Inheritance[]> {
  if (queues.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const queue of queues)
    pipeline.get(keys.scalingMemory(queue)).hget(keys.pool(queue), 'shares');
  const replies = (await pipeline.exec()) ?? [];
  const textAt = (i: number, longest: number): string | undefined => {
    const text = replies[i]?.[1];
    return typeof text === 'string' && text.length <= longest ? text : undefined;
  };
  return queues.map((_, i) => ({
    memory: textAt(i * 2, LONGEST_MEMORY),
    shares: parseShares(textAt(i * 2 + 1, LONGEST_SHARES)),
  }));
}

/** Shares as they are stored; none when they cannot be read. */
export function parseShares(text: string | undefined): ReadonlyMap<string, number> {
  try {
    const stored: unknown = JSON.parse(text ?? '{}');
    if (typeof stored !== 'object' || stored === null) return new Map();
    return new Map(
      Object.entries(stored).filter(([, slots]) => Number.isSafeInteger(slots) && slots >= 0),
    );
  } catch {
    return new Map();
  }
}

/** The shares of one queue as they are stored. */
export function sharesText(shares: Shares, queue: string): string {
  return JSON.stringify(Object.fromEntries(shares.get(queue) ?? []));
}
