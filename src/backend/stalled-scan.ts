/**
 * When jobs without a lock may be taken for abandoned.
 *
 * After an outage longer than the lock, the jobs of every living worker are without one until it has renewed
 * them. So a scan waits until Redis has been answering for a while, and one that was sent before Redis froze
 * does nothing when it is carried out afterwards.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { orAborted, sleep } from '../base/wait.ts';
import type { Companion } from '../redis/companions.ts';
import type { Connection } from '../redis/connection.ts';

/** Longer than a reconnect's longest pause (2 s) and the time between two renewals (2 s) together. */
const SETTLED_MS = 5_000;
/** How late a scan may be carried out. */
const LATE_MS = 1_000;

/**
 * Resolves when a scan may be sent; with false when `interrupted` was aborted first.
 *
 * @param renewMs BullMQ's `lockRenewTime`: it looks at its locks every half of it
 */
export async function whenSettled(
  connection: Connection,
  renewMs: number,
  interrupted: AbortSignal,
  clock: Clock = systemClock,
): Promise<boolean> {
  const settledMs = SETTLED_MS + Math.max(0, renewMs / 2 - 2_000);
  for (;;) {
    if ((await orAborted(connection.client, interrupted)) === 'aborted') return false;
    const leftMs = settledMs - connection.steadyMs;
    if (leftMs <= 0) return true;
    await sleep(leftMs, { signal: interrupted, clock, background: true });
  }
}

/** Until when a scan may be carried out, in the server's time. */
export function scanDeadline(serverNow: number | undefined): number {
  return serverNow === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(serverNow) + LATE_MS;
}

/**
 * ARGV 4 ms between two scans (BullMQ's own) · the last: latest server time in ms. Returns the ids of stalled
 * jobs; none when it is too late.
 *
 * BullMQ's guard against two scans at once lives exactly as long as a worker waits for its next scan, and Redis
 * keeps a key through its last millisecond: measured, every eighth scan of a lone worker was refused by its own
 * guard, and a dead worker's jobs lay still for two intervals. So the guard lives for nine tenths of one.
 */
export const SCAN_IN_TIME: Companion = {
  script: 'moveStalledJobsToWait',
  name: 'in-time',
  ownKeys: 9,
  extraKeys: 0,
  lua: /* lua */ `
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[#ARGV]) then return {} end
ARGV[4] = math.ceil(ARGV[4] * 0.9)
return bullmq(KEYS, ARGV)`,
};
