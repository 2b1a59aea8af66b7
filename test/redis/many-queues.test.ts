/** More queues than are looked at in one command: none is left out silently, and the cost stays bounded. */
import type { Coordinator } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveEvent } from '../../src/operations/live/live-views.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type Seen, startMonitor } from '../support/monitor.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { callerOf } from './operate-queues.ts';

const QUEUES = 1_200;
const nameOf = (i: number): string => `q${String(i).padStart(4, '0')}`;
const LAST = nameOf(QUEUES - 1);
const BROKEN = nameOf(700);

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Queues of plain BullMQ's with a job each; a key of one is none of BullMQ's. */
async function makeQueues(): Promise<void> {
  const pipeline = createClient(server).pipeline();
  for (let i = 0; i < QUEUES; i += 1) {
    pipeline.hset(`bull:${nameOf(i)}:meta`, 'version', 'bullmq:6.7.0');
    if (nameOf(i) === BROKEN) pipeline.set(`bull:${BROKEN}:wait`, 'what is this');
    else pipeline.lpush(`bull:${nameOf(i)}:wait`, 'job');
  }
  await pipeline.exec();
}

function looksOf(seen: readonly Seen[]): number {
  return seen.filter(({ from, text }) => from !== 'lua' && /HEXISTS.*ZCOUNT/.test(text)).length;
}

const startConsole = (): Promise<Coordinator> => startCoordinator(server, { metrics: false });

test('of 1,200 queues each is shown or named, once and live, at a command a second', async () => {
  await makeQueues();
  const redis = createClient(server);
  const ann = callerOf(await startConsole());
  const seen = await startMonitor(server);
  const view = await ann.call('overview.get', {});
  expect(view).toMatchObject({ uncounted: [BROKEN], isComplete: true, problem: null });
  expect(view.queues).toHaveLength(QUEUES - 1);
  expect(view.totals.waiting).toBe(QUEUES - 1);
  expect(view.oldestRowAt).toBeLessThanOrEqual(view.takenAt!);
  const looks = Math.ceil(QUEUES / 250);
  await until(() => looksOf(seen) >= looks);
  expect(looksOf(seen)).toBe(looks);

  const stream = (await ann.call('overview.watch', {}))[Symbol.asyncIterator]();
  await redis.lpush(`bull:${LAST}:wait`, 'another');
  await redis.hset('bull:q-new:meta', 'version', 'bullmq:6.7.0');
  const before = looksOf(seen);
  let rounds = 0;
  for (let isSeen = false; !isSeen; ) {
    const event = (await stream.next()).value as LiveEvent;
    if (event.event !== 'delta') continue;
    rounds += 1;
    isSeen = event.data.queues.some((row) => row.queue === LAST && row.counts.waiting === 2);
  }
  await stream.return!();
  expect(rounds).toBeLessThanOrEqual(6);
  expect(looksOf(seen) - before).toBeLessThanOrEqual(rounds + 1);
}, 30_000);

test('pages of the list and the memory of queues name what they leave out', async () => {
  await makeQueues();
  const ann = callerOf(await startConsole());
  await until(async () => (await ann.call('queues.list', { limit: 1 })).isComplete);
  const rows: string[] = [];
  const uncounted: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await ann.call('queues.list', { limit: 500, ...(cursor && { cursor }) });
    rows.push(...page.rows.map(({ queue }) => queue));
    uncounted.push(...page.uncounted);
    cursor = page.next;
  }
  expect(rows.filter((queue) => /^q\d/.test(queue))).toHaveLength(QUEUES - 1);
  expect(uncounted).toEqual([BROKEN]);
  expect(await ann.call('queues.list', { sort: 'waiting', limit: 1 })).toMatchObject({
    uncounted: [BROKEN],
  });
  await createClient(server).lpush(`bull:${LAST}:wait`, 'most', 'of', 'all');
  const memory = await ann.call('redis.memory', { limit: 1 });
  expect(memory.rows).toMatchObject([{ queue: LAST }]);
  expect(memory.unverified.at(-1)).toMatch(/^11\d\d queues with fewer jobs were not looked at$/);
}, 30_000);
