/** The leader and the processes together: what waits opens slots, wherever they are, and what is gone closes them. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { EventBus } from '../../src/events.ts';
import { type MemberPool, PoolMember } from '../../src/pools/pool-member.ts';
import { clientMaker } from '../../src/redis/create-client.ts';
import { Hub } from '../../src/redis/hub.ts';
import { resolvePool } from '../../src/workers/pool-options.ts';
import { createClient } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { connect, createLeader, fill, keys, readPool } from './pool-fleet.ts';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  redis = createClient(server);
  await redis.flushall();
});

/** A process with one pool of `photos`. */
async function createProcess(
  host: string,
  options: Partial<Parameters<typeof resolvePool>[0]> = {},
  version: string | null = null,
) {
  const settings = resolvePool({ min: 1, max: 8, ...options }, { isFile: false });
  let slots = Math.min(1, settings.min);
  const figures = { started: 0, ended: 0, returned: 0, busyMs: 0, runs: 0, runMs: 0 };
  const pool: MemberPool = {
    ...{
      queue: 'photos',
      settings,
      active: 0,
      isPaused: false,
      figures: { ...figures, runMsSquared: 0 },
    },
    get slots() {
      return slots;
    },
    setSlots(wanted) {
      slots = wanted;
    },
  };
  const bus = new EventBus();
  const hub = new Hub({
    ...{ app: 'pools', host, pid: 1, allowEviction: true, keys, announce: bus.announce },
    createClient: clientMaker({ options: { host: server.host, port: server.port } }),
    reconnect: { minDelayMs: 10, maxDelayMs: 50, maxAttempts: Number.POSITIVE_INFINITY },
  });
  const calm = { elapsedMs: 1_000, loopUtilisation: 0.1, loopDelayP99Ms: 1, cpuRatio: 0.1 };
  const memory = { memoryRatio: 0.1, memoryLimitBytes: 1e9, rssBytes: 1e8 };
  const member = new PoolMember({
    ...{ hub, keys, bus, host, version, id: () => `${host}:1`, workers: { pools: [pool] } },
    pressure: { look: async () => ({ ...calm, ...memory }), stop: () => {} },
  });
  hub.open();
  await hub.command.client;
  onTestFinished(() => hub.close());
  return { member, pool };
}

const leader = async (name = 'leader') => createLeader(name, await connect(server));

test('what waits opens slots in all processes, at once; a killed one leaves its slots to the others', async () => {
  const [a, b] = [await createProcess('a'), await createProcess('b')];
  const { rounds, events } = await leader();
  for (const { member } of [a, b]) await member.round();
  await rounds();
  await fill(redis, 'photos', 50);
  await rounds();
  // By the bell of the decision, not by the next beat.
  await until(() => a.pool.slots === 4 && b.pool.slots === 4, { what: 'four slots each' });
  expect(await readPool(redis, 'photos')).toMatchObject({ target: 8, decidedBy: 'max' });
  await until(
    async () => {
      await b.member.round();
      await rounds();
      return b.pool.slots === 8;
    },
    { what: 'all slots in b' },
  );
  // It was only slow: named no longer, it opens none, and gets its part when it is heard again.
  await a.member.round();
  expect(a.pool.slots).toBe(0);
  await rounds();
  await b.member.round();
  await a.member.round();
  expect(a.pool.slots + b.pool.slots).toBe(8);
  expect(events.map(({ name }) => name)).not.toContain('pool.superseded');
});

test('an empty pool is quiet, and wakes with the first job', async () => {
  const { member, pool } = await createProcess('a', { min: 0, idleAfter: '1s' });
  const { rounds, clock } = await leader();
  const pass = async (): Promise<void> => {
    await clock.pass(4_000);
    await member.round();
    await rounds();
  };
  await member.round();
  await rounds();
  await fill(redis, 'photos', 3);
  await rounds();
  await until(() => pool.slots > 0, { what: 'a slot' });
  await fill(redis, 'photos', 0);
  for (let i = 0; i < 5; i += 1) await pass();
  await until(() => pool.slots === 0, { what: 'no slot' });
  expect(await readPool(redis, 'photos')).toMatchObject({ target: 0 });
  await fill(redis, 'photos', 1);
  await rounds();
  await until(() => pool.slots > 0, { what: 'a slot again' });
});

test('the next leader changes nothing that is right', async () => {
  const { member, pool } = await createProcess('a');
  const first = await leader('first');
  await member.round();
  await fill(redis, 'photos', 50);
  await first.rounds(2);
  await until(() => pool.slots === 8, { what: 'all slots' });
  const before = await redis.xlen(keys.decisions());
  await first.scaler.stop();
  await first.lease.release();
  const second = await leader('second');
  for (let i = 0; i < 3; i += 1) {
    await member.round();
    await second.rounds();
  }
  expect(pool.slots).toBe(8);
  expect(await redis.xlen(keys.decisions())).toBe(before);
});

test('while a version is rolled out slots go to the new one, and none is lost on the way', async () => {
  const old = await createProcess('old', {}, '1');
  const { rounds } = await leader();
  await old.member.round();
  await fill(redis, 'photos', 50);
  await rounds();
  await until(() => old.pool.slots === 8, { what: 'all slots in the old one' });
  const fresh = await createProcess('new', {}, '2');
  for (let i = 0; i < 3; i += 1) {
    await old.member.round();
    await fresh.member.round();
    await rounds();
  }
  await until(() => fresh.pool.slots === 8 && old.pool.slots === 0, { what: 'all in the new one' });
  await old.member.leave();
  await rounds();
  expect((await readPool(redis, 'photos')).shares).toMatchObject({ 'new:1': 8, 'old:1': 0 });
});
