/**
 * Gives jobs that ended in the future the end that they can have had at the latest: now.
 *
 * A finished job has the time of the host it ran on. From a host whose clock is ahead it would be kept for as long as
 * that clock is ahead, in front of all others, and nobody would see why. Only its place in BullMQ's set changes.
 */
import type { Redis } from 'ioredis';
import { timed } from './busy-time.ts';

/** Clocks of hosts may differ by this. */
export const AHEAD_MS: number = 5 * 60_000;

/**
 * KEYS 1 set of finished jobs · ARGV 1 ms that a clock may be ahead, 2 most jobs. Returns how many there were. One step,
 * by the server's time: a job that has just gone must not come back.
 */
const RE_DATE_LUA = /* lua */ `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local after = string.format('(%.0f', now + tonumber(ARGV[1]))
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], after, '+inf', 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], string.format('%.0f', now), id) end
return #ids`;

/** Does one batch; says how many it moved. */
export async function reDate(
  redis: Redis,
  set: string,
  size: number,
): Promise<{ readonly moved: number; readonly busyMs: number }> {
  const { reply, busyMs } = await timed<number>(redis, (pipeline) =>
    pipeline.eval(RE_DATE_LUA, 1, set, AHEAD_MS, size),
  );
  return { moved: reply, busyMs };
}
