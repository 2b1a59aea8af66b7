/**
 * Who paused a queue and why, which BullMQ does not keep.
 *
 * It is kept beside BullMQ's keys and must never say more than they do: it is shown only while the queue is paused, and
 * an entry of a queue that is not goes away when somebody looks. It is written after the pause and read before the
 * counts, so an entry that was there when the queue was not paused is of a pause that is over.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../../keys.ts';
import { isUnreadable } from '../../queues/queues-among.ts';

/** What is kept of a pause. */
export interface PauseReason {
  readonly by: string;
  readonly reason: string | null;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * KEYS 1 hash of reasons · ARGV 1 label, 2 the entry as it was read. Returns how many went. One step: somebody may pause
 * the queue anew in between, and that reason must stay.
 */
const FORGET_LUA = /* lua */ `
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0`;

/** Entries of queues, in their order, as they are stored. Where they may not be read there are none. */
export async function readReasons(
  redis: Redis,
  keys: Keys,
  labels: readonly string[],
): Promise<(string | null)[]> {
  if (labels.length === 0) return [];
  try {
    return await redis.hmget(keys.pauses(), ...labels);
  } catch (error) {
    if (isUnreadable(error)) return labels.map(() => null);
    throw error;
  }
}

/** Keeps a reason. Where Drover's keys may not be written there is none, and the queue is paused all the same. */
export async function keepReason(
  redis: Redis,
  keys: Keys,
  label: string,
  reason: PauseReason,
): Promise<void> {
  try {
    await redis.hset(keys.pauses(), label, JSON.stringify(reason));
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
}

/** Lets a reason go. @param stored only if it is still this one */
export async function forgetReason(
  redis: Redis,
  keys: Keys,
  label: string,
  stored?: string,
): Promise<void> {
  try {
    if (stored === undefined) await redis.hdel(keys.pauses(), label);
    else await redis.eval(FORGET_LUA, 1, keys.pauses(), label, stored);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
}

/** What a stored entry says; undefined for one that cannot be read. */
export function parseReason(stored: string | null | undefined): PauseReason | undefined {
  if (!stored) return undefined;
  try {
    const { by, reason, at } = JSON.parse(stored) as Partial<PauseReason>;
    if (typeof by !== 'string' || typeof at !== 'number') return undefined;
    return { by, reason: typeof reason === 'string' ? reason : null, at };
  } catch {
    return undefined; // A newer version's.
  }
}
