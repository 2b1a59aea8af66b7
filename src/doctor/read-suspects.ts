/**
 * Walks through a bounded sample of keys for what may be wrong: hashes that may be jobs of no list, and locks.
 */
import type { Redis } from 'ioredis';
import { labelOfKey } from './queue-keys.ts';
import type { Reading } from './reading.ts';
import { tolerant } from './tolerant.ts';

/** What to look at in one queue. */
export interface Suspects {
  readonly ids: readonly string[];
  readonly locks: readonly string[];
}

const STEPS = 40;
const STEP = 500;
const PER_QUEUE = 500;
const LOCK = ':lock';
/** Keys of a queue that are no jobs. */
const PARTS =
  /^(?:wait|active|paused|prioritized|delayed|waiting-children|completed|failed|stalled|stalled-check|meta|id|pc|events|marker|limiter|repeat|de:.*|metrics:.*|repeat:[^:]*)$/;

/** Label → suspects, and whether all keys were walked through. */
export function readSuspects(
  redis: Redis,
  queueKeys: ReadonlyMap<string, string>,
): Promise<
  Reading<{ readonly byQueue: ReadonlyMap<string, Suspects>; readonly isComplete: boolean }>
> {
  return tolerant('SCAN', async () => {
    const byQueue = new Map<string, { ids: string[]; locks: string[] }>();
    let cursor = '0';
    for (let step = 0; step < STEPS; step += 1) {
      const [next, keys] = await redis.scan(cursor, 'COUNT', STEP);
      for (const key of keys) note(key, queueKeys, byQueue);
      cursor = next;
      if (cursor === '0') break;
    }
    return { byQueue, isComplete: cursor === '0' };
  });
}

function note(
  key: string,
  queueKeys: ReadonlyMap<string, string>,
  byQueue: Map<string, { ids: string[]; locks: string[] }>,
): void {
  const label = labelOfKey(key, queueKeys);
  if (label === undefined) return;
  const rest = key.slice(queueKeys.get(label)!.length);
  if (PARTS.test(rest)) return;
  const found = byQueue.get(label) ?? { ids: [], locks: [] };
  byQueue.set(label, found);
  if (rest.endsWith(LOCK)) {
    if (found.locks.length < PER_QUEUE) found.locks.push(rest.slice(0, -LOCK.length));
  } else if (
    !/:(?:logs|dependencies|processed|failed|unsuccessful|progress)$/.test(rest) &&
    found.ids.length < PER_QUEUE
  )
    found.ids.push(rest);
}
