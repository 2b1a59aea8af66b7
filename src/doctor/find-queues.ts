/**
 * Finds the queues of a Redis by a bounded SCAN.
 */
import type { Redis } from 'ioredis';
import { queueLabel } from '../keys.ts';
import type { Reading } from './reading.ts';
import { tolerant } from './tolerant.ts';

const STEPS = 400;
const STEP = 1_000;
const META = ':meta';

/** Labels, sorted, and whether all keys were walked through. */
export interface FoundQueues {
  readonly labels: readonly string[];
  readonly isComplete: boolean;
}

/** Looks for what BullMQ's queues have: a key that ends in `:meta`. @param ownPrefix of Drover's keys, which are no queues */
export function findQueues(redis: Redis, ownPrefix: string): Promise<Reading<FoundQueues>> {
  return tolerant('SCAN', async () => {
    const labels = new Set<string>();
    let cursor = '0';
    for (let step = 0; step < STEPS; step += 1) {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `*${META}`, 'COUNT', STEP);
      for (const key of keys) {
        const start = key.slice(0, -META.length);
        const colon = start.lastIndexOf(':');
        if (colon > 0 && !key.startsWith(ownPrefix))
          labels.add(queueLabel(start.slice(0, colon), start.slice(colon + 1)));
      }
      cursor = next;
      if (cursor === '0') break;
    }
    return { labels: [...labels].sort(), isComplete: cursor === '0' };
  });
}
