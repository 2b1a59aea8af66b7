/**
 * How many clients a server has once their number no longer changes.
 *
 * Sides open sockets one after the other and some of them late, so a single look counts too few.
 */
import { monotonicMs, sleep } from './clock.ts';
import type { PrivateRedis } from './redis.ts';

/** A count that has not changed for so long is final. */
const STEADY_MS = 1_000;
const STEADY_TIMEOUT_MS = 20_000;
const LOOK_MS = 50;

/** Waits until the count is steady and returns it. */
export async function steadyClients(redis: PrivateRedis): Promise<number> {
  const end = monotonicMs() + STEADY_TIMEOUT_MS;
  let count = await redis.clients();
  let since = monotonicMs();
  while (monotonicMs() - since < STEADY_MS) {
    if (monotonicMs() > end) throw new Error('the number of sockets keeps changing');
    await sleep(LOOK_MS);
    const now = await redis.clients();
    if (now !== count) since = monotonicMs();
    count = now;
  }
  return count;
}
