/** Leaders of pools as real processes: frozen, killed, and with a Redis that dies under them. */
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { readDecisions } from '../../src/pools/decisions.ts';
import { startApp } from '../support/child-app.ts';
import { createClient } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { announcePool, keys, readPool } from './pool-fleet.ts';

const LEADER = fileURLToPath(new URL('../chaos/pool-leader.mjs', import.meta.url));
const LEASE_MS = 600;
const QUEUES = ['photos', 'mails', 'reports', 'exports'];

function startLeader(server: { url: string }, host: string) {
  const env = { REDIS_URL: server.url, HOST_NAME: host, LEASE_MS: String(LEASE_MS) };
  const app = startApp(LEADER, { env });
  onTestFinished(() => app[Symbol.asyncDispose]());
  return app;
}

/** Pins other targets until it is stopped, so that every round has something to decide. */
function changeTargets(redis: Redis): { stop(): Promise<void> } {
  let isOver = false;
  const running = (async () => {
    for (let i = 0; !isOver; i += 1) {
      const slots = 1 + (i % 19);
      const pins = QUEUES.map((queue) => redis.set(keys.pin(queue), JSON.stringify({ slots })));
      await Promise.all(pins).catch(() => {}); // Redis is killed, too.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    async stop() {
      isOver = true;
      await running;
    },
  };
}

/** The process that leads at this moment. */
async function leaderOf<T>(redis: Redis, leaders: ReadonlyMap<string, T>): Promise<[string, T]> {
  return until(
    async () => {
      const host = (await redis.get(keys.lease('fleet')))?.split(':')[0] ?? '';
      const leader = leaders.get(host);
      return leader && ([host, leader] as [string, T]);
    },
    { what: 'a leader' },
  );
}

test('frozen and killed leaders, and a Redis that is killed: never two for one epoch, and no revision twice', {
  timeout: 90_000,
}, async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = createClient(server);
  for (const queue of QUEUES) await announcePool(redis, queue, { mode: 'off' });
  const apps: ReturnType<typeof startLeader>[] = [];
  const start = (host: string) => {
    const app = startLeader(server, host);
    apps.push(app);
    return app;
  };
  const leaders = new Map(['a', 'b', 'c'].map((host) => [host, start(host)]));
  for (const leader of leaders.values()) await leader.line('up', 20_000);
  const changes = changeTargets(redis);
  const epochOf = async (): Promise<number> => Number(await redis.get(keys.scalingEpoch('photos')));
  const revOf = async (): Promise<number> => Number((await readPool(redis, 'photos')).rev ?? 0);
  for (let turn = 0; turn < 9; turn += 1) {
    const [host, leader] = await leaderOf(redis, leaders);
    const epoch = await until(epochOf, { what: 'a claim' });
    const rev = await revOf();
    await until(async () => (await revOf()) > rev + 10, { what: 'some decisions' });
    if (turn === 4) {
      await server.kill();
      await server.restart();
      continue;
    }
    if (turn % 3 === 2) {
      leader.kill('SIGKILL');
      leaders.set(host, start(host));
    } else leader.kill('SIGSTOP');
    await until(async () => (await epochOf()) > epoch, {
      what: 'another leader',
      timeoutMs: 20_000,
    });
    if (turn % 3 !== 2) leader.kill('SIGCONT');
  }
  await changes.stop();
  const lastOf = async (queue: string) =>
    (await readDecisions(redis, keys, { queue, limit: 1 }))[0]!;
  for (const queue of QUEUES) {
    const isTold = async (): Promise<boolean> => {
      const [{ target, rev }, last] = [await readPool(redis, queue), await lastOf(queue)];
      return target === last.to && rev === String(last.rev);
    };
    await until(isTold, { what: 'the pool to be what was decided last' });
  }
  const decisions = (await readDecisions(redis, keys, { limit: 1_500 })).toReversed();
  expect(new Set(decisions.map(({ epoch }) => epoch)).size).toBeGreaterThan(3);
  for (const queue of QUEUES) {
    const own = decisions.filter((each) => each.queue === queue);
    expect(own.length).toBeGreaterThan(50);
    expect(own).toEqual(own.toSorted((a, b) => a.epoch - b.epoch || a.rev - b.rev));
    expect(new Set(own.map(({ rev }) => rev)).size).toBe(own.length);
  }
  // One that is not overtaken while it is frozen may say the same twice.
  const led = apps.flatMap(({ output }) => [
    ...new Set(output.filter((line) => line.startsWith('leads'))),
  ]);
  expect(led.length).toBeGreaterThan(5);
  expect(new Set(led).size).toBe(led.length);
});
