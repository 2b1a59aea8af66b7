/**
 * Worker pools of several processes while their leader is suspended or killed and while Redis restarts: at no time do
 * two lead, never are there more slots than the pool may have, and scaling hurts no job.
 */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { type ChildApp, startApp } from '../support/child-app.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { createRandom } from './harness/random-numbers.ts';
import { POOL_WORKER, pinAtRandom } from './harness/random-pins.ts';

const MAX = 6;
const QUEUE = 'pooled';
/** Longer than a lease lives. */
const SUSPENDED_MS = 15_000;

test('25 random scalings under load hurt no job', { timeout: 180_000 }, async () => {
  await using server = await startRedis();
  const redis = createClient(server);
  const operator = await startCoordinator(server);
  const random = createRandom(3).number;
  const outcome = await pinAtRandom({ server, redis, operator, scalings: 25, random });
  expect(outcome.broken).toEqual([]);
  expect(outcome.down).toBeGreaterThan(5);
  expect(outcome.belowRunning).toBeGreaterThan(2);
});

test('the leader is suspended and goes on, the next one is killed, Redis restarts: one leads at a time', {
  timeout: 240_000,
}, async () => {
  await using server = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
  const redis = createClient(server);
  const fleet = Array.from({ length: 3 }, () => startWorker(server));
  await Promise.all(fleet.map((each) => each.line('up')));
  const slots = watchSlots(redis);
  const load = keepUneven(server);

  const first = await nextLeader(redis, fleet, undefined);
  await decided(redis, 2);
  first.kill('SIGSTOP');
  await sleep(SUSPENDED_MS);
  const second = await nextLeader(redis, fleet, first);
  first.kill('SIGCONT');
  await decided(redis, 3);
  expect((await nextLeader(redis, fleet, undefined)).pid).toBe(second.pid);

  second.kill('SIGKILL');
  await second.exited;
  await nextLeader(redis, fleet, second);
  await decided(redis, 2);

  await server.kill();
  await server.restart();
  await decided(redis, 2);
  await load.stop();

  const all = await decisions(redis);
  const leaders = new Map<string, Set<string>>();
  for (const { epoch, by } of all) leaders.set(epoch!, (leaders.get(epoch!) ?? new Set()).add(by!));
  expect([...leaders.values()].every(({ size }) => size === 1)).toBe(true);
  expect(leaders.size).toBeGreaterThan(2);
  const order = all.map(({ epoch, rev }) => [Number(epoch), Number(rev)] as const);
  for (const [i, [epoch, rev]] of order.slice(1).entries()) {
    expect(epoch).toBeGreaterThanOrEqual(order[i]![0]);
    expect(rev).toBeGreaterThan(order[i]![1]);
  }
  expect(Math.max(...(await slots.stop()))).toBeLessThanOrEqual(MAX);
});

function startWorker(server: RedisServer): ChildApp {
  const pool = JSON.stringify({ min: 1, max: MAX, waitP95: '1s' });
  const app = startApp(POOL_WORKER, { env: { REDIS_URL: server.url, POOL: pool } });
  onTestFinished(() => app[Symbol.asyncDispose]());
  return app;
}

/** Who leads, once it is another one than `before`. */
async function nextLeader(
  redis: Redis,
  fleet: readonly ChildApp[],
  before: ChildApp | undefined,
): Promise<ChildApp> {
  let leader: ChildApp | undefined;
  const look = async (): Promise<boolean> => {
    const token = (await redis.get('coordinator:lease:fleet')) ?? '';
    leader = fleet.find(({ pid }) => token.split(':').includes(String(pid)));
    return leader !== undefined && leader !== before;
  };
  await until(look, { timeoutMs: 30_000, what: 'a leader' });
  return leader!;
}

/** So many decisions more than now. */
async function decided(redis: Redis, more: number): Promise<void> {
  const before = (await decisions(redis)).length;
  await until(async () => (await decisions(redis)).length >= before + more, {
    timeoutMs: 40_000,
    what: `${more} decisions more than ${before}`,
  });
}

async function decisions(redis: Redis): Promise<Record<string, string>[]> {
  const entries = await redis.xrange('coordinator:decisions', '-', '+');
  return entries.map(([, fields]) =>
    Object.fromEntries(fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1]!]] : []))),
  );
}

/** Now much work, now none, so that there is something to decide. */
function keepUneven(server: RedisServer): { stop(): Promise<void> } {
  const queue = new Queue(QUEUE, { connection: { host: server.host, port: server.port } });
  queue.on('error', () => {});
  let isOver = false;
  const run = async (): Promise<void> => {
    while (!isOver) {
      const jobs = Array.from({ length: 30 }, () => ({ name: 'work', data: { ms: 300 } }));
      await queue.addBulk(jobs).catch(() => {}); // Redis is being restarted.
      await sleep(10_000);
    }
  };
  const running = run();
  return {
    stop: async () => {
      isOver = true;
      await running;
      await queue.close();
    },
  };
}

/** Every sum of the slots that the living processes say they have open. */
function watchSlots(redis: Redis): { stop(): Promise<readonly number[]> } {
  const sums: number[] = [];
  let isOver = false;
  const run = async (): Promise<void> => {
    while (!isOver) {
      const [[seconds], beats] = await Promise.all([
        redis.time(),
        redis.hvals('coordinator:pools:beats'),
      ]);
      const living = beats.filter((beat) => parseInt(beat, 10) > (Number(seconds) - 4) * 1_000);
      sums.push(living.reduce((sum, text) => sum + slotsOf(text), 0));
      await sleep(100);
    }
  };
  const running = run();
  return {
    stop: async () => {
      isOver = true;
      await running;
      return sums;
    },
  };
}

function slotsOf(beat: string): number {
  const { pools } = JSON.parse(beat.slice(beat.indexOf(' ') + 1)) as {
    pools: Record<string, { slots: number }>;
  };
  return pools[QUEUE]?.slots ?? 0;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
