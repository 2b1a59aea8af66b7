/**
 * Gives a rate-limit counter that has no end one. BullMQ sets the end in the step that makes the counter, so one without
 * comes from a restore or from somebody's PERSIST, and would hold the queue for ever.
 */
import type { Redis } from 'ioredis';
import { AGES_MS } from '../config/ages.ts';

/**
 * KEYS 1 counter · ARGV 1 its end, ms from now. Returns nothing. One step: since it was looked at, BullMQ may have made
 * the counter anew with an end of its own, which must not be put off.
 */
const END_LUA = /* lua */ `
if redis.call('PTTL', KEYS[1]) == -1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end`;

/** Does it. */
export async function endLimiter(redis: Redis, counter: string): Promise<void> {
  await redis.eval(END_LUA, 1, counter, AGES_MS.rateLimitCounters);
}
