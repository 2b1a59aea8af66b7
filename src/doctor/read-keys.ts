/**
 * Looks at a sample of all keys: how many belong to no queue.
 *
 * A bounded SCAN, without any other command: walks through at most so many keys, from wherever SCAN begins.
 */
import type { Redis } from 'ioredis';
import type { Reading } from './reading.ts';
import type { KeysSeen } from './sample.ts';
import { tolerant } from './tolerant.ts';

const STEPS = 20;
const STEP = 500;

/** @param starts what keys of queues and of Drover begin with */
export function readKeys(redis: Redis, starts: readonly string[]): Promise<Reading<KeysSeen>> {
  return tolerant('SCAN', async () => {
    let cursor = '0';
    let looked = 0;
    const foreign: string[] = [];
    let count = 0;
    for (let step = 0; step < STEPS; step += 1) {
      const [next, keys] = await redis.scan(cursor, 'COUNT', STEP);
      looked += keys.length;
      for (const key of keys) {
        if (starts.some((start) => key.startsWith(start))) continue;
        count += 1;
        if (foreign.length < 3) foreign.push(JSON.stringify(key.slice(0, 40)));
      }
      cursor = next;
      if (cursor === '0') break;
    }
    return { looked, foreign: count, foreignExamples: foreign, isComplete: cursor === '0' };
  });
}
