/** Flags of processes that were killed go away, those of processes that may come back stay. */
import { expect, test } from 'vitest';
import { FakeClock } from '../../src/base/fake-clock.ts';
import { createKeys } from '../../src/keys.ts';
import { StaleFlags } from '../../src/operations/fleet/stale-flags.ts';
import { shareRedis } from '../support/shared-redis.ts';
import { openHub } from './open-hub.ts';

const HOUR = 3_600_000;
const keys = createKeys('coordinator');
const { server, redis } = await shareRedis();
const flags = async (): Promise<string[]> => (await redis.hkeys(keys.workerFlags())).sort();

async function lead() {
  const { command } = openHub(server);
  await command.client;
  const clock = new FakeClock();
  const lease = { isHeld: true };
  const stale = new StaleFlags({ command, keys, lease, clock });
  return { stale, clock, lease };
}

test('a flag goes when its process has had no heartbeat for an hour, whatever the clocks say', async () => {
  await redis.hset(keys.workerFlags(), 'killed:1', '{}', 'lives:2', '{}', 'returns:3', '{}');
  await redis.hset(keys.host('lives:2'), 'token', 'x');
  const { stale, clock } = await lead();
  await stale.round();
  await clock.pass(HOUR / 2);
  clock.jump(30 * HOUR);
  await redis.hset(keys.host('returns:3'), 'token', 'x');
  await stale.round();
  expect(await flags()).toEqual(['killed:1', 'lives:2', 'returns:3']);
  await redis.del(keys.host('returns:3'));
  await stale.round();
  await clock.pass(HOUR / 2);
  await stale.round();
  expect(await flags()).toEqual(['lives:2', 'returns:3']);
});

test('only the leader drops flags, and a new one waits anew', async () => {
  await redis.hset(keys.workerFlags(), 'killed:1', '{}');
  const { stale, clock, lease } = await lead();
  await stale.round();
  lease.isHeld = false;
  await clock.pass(2 * HOUR);
  await stale.round();
  lease.isHeld = true;
  await stale.round();
  expect(await flags()).toEqual(['killed:1']);
  await clock.pass(HOUR);
  await stale.round();
  expect(await flags()).toEqual([]);
});
