/** What a row of the overview tells: verdict, waits, pool, dead letters, trend and pause, of whoever works on the queue. */
import { Queue } from 'bullmq';
import { type Coordinator, defineQueue } from 'drover';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import { createKeys } from '../../src/keys.ts';
import { packRecord } from '../../src/metrics/packed-record.ts';
import { WindowRecord } from '../../src/metrics/window-record.ts';
import type {
  LiveEvent,
  OverviewDelta,
  OverviewRow,
} from '../../src/operations/live/live-views.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startMonitor } from '../support/monitor.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const MINUTE_MS = 60_000;
const keys = createKeys('coordinator');
const reader: Principal = {
  ...{ kind: 'token', id: 'reader', name: 'reader' },
  grants: [{ may: ['operator'] }],
};

async function rowOf(coordinator: Coordinator, queue: string): Promise<OverviewRow> {
  const { queues } = await coordinator.control.call('overview.get', {}, { principal: reader });
  return queues.find((row) => row.queue === queue)!;
}

/** Waits until a row is as `isIt` asks. */
function rowWhen(
  coordinator: Coordinator,
  queue: string,
  isIt: (row: OverviewRow) => boolean,
): Promise<OverviewRow> {
  return until(
    async () => {
      const row = await rowOf(coordinator, queue);
      return row !== undefined && isIt(row) && row;
    },
    { timeoutMs: 40_000 },
  );
}

/** A minute in which Drover's workers completed so many jobs, each after so long a wait. */
function minute(completed: number, waitMs: number): Buffer {
  const record = new WindowRecord();
  Object.assign(record, { minutes: 1, slotMs: MINUTE_MS });
  const tally = record.tally('job');
  Object.assign(tally, { completed, started: completed });
  for (let i = 0; i < completed; i += 1) tally.wait.add(waitMs);
  return packRecord(record);
}

test('a queue that the leader judges tells why it is not well, how long jobs wait, and its pool', async () => {
  const redis = createClient(server);
  const now = Math.floor(Date.now() / MINUTE_MS);
  const minutes = keys.minutes('judged');
  const ended = new Map([
    [29, 7],
    [4, 40],
    [3, 50],
    [2, 60],
  ]);
  for (const [ago, jobs] of ended) await redis.hset(minutes, `${now - ago}`, minute(jobs, 3_000));
  await redis.zadd(keys.deadLetters('judged'), 1, 'a', 2, 'b');
  const coordinator = await startCoordinator(server);
  const queue = defineQueue('judged', { objectives: { waitP95: '1s' } });
  coordinator.process(queue, async () => {}, { pool: { min: 1, max: 4 } });
  const row = await rowWhen(
    coordinator,
    'judged',
    ({ health, pool }) => health !== null && typeof pool?.current === 'number',
  );
  expect(row).toMatchObject({
    ...{ health: 'unhealthy', waitObjectiveMs: 1_000, deadLetters: 2, pausedFor: null },
    pool: { min: 1, max: 4, current: 1, target: 1, frozenFor: null },
  });
  expect(row.reasons).toEqual([
    expect.stringMatching(/^jobs waited too long 20 times as often as the objective allows/),
    expect.stringMatching(/^5 of 100 jobs waited longer than 3 s in the last [56] min: 1 s are/),
  ]);
  expect(row.waitP95Ms).toBeGreaterThan(2_900);
  expect(row.waitP95Ms).toBeLessThan(3_100);
  expect(row.healthSince).toBeGreaterThan(now * MINUTE_MS);
  expect(row.trend).toHaveLength(30);
  expect(row.trend.filter((jobs) => jobs !== null && jobs > 0).slice(-3)).toEqual([40, 50, 60]);

  const call = { principal: reader };
  await coordinator.control.call('queues.pause', { queue: 'judged', reason: 'a bad deploy' }, call);
  const paused = await rowWhen(coordinator, 'judged', ({ isPaused }) => isPaused);
  expect(paused.pausedFor).toBe('a bad deploy');
}, 60_000);

test('a queue that nobody judges tells what ended in each minute by the jobs that are kept', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const redis = createClient(own);
  const plain = new Queue('plain', { connection: redis });
  onTestFinished(() => plain.close());
  await plain.add('job', {});
  const now = Math.floor(Date.now() / MINUTE_MS);
  const at = (ago: number, second: number): number => (now - ago) * MINUTE_MS + second * 1_000;
  await redis.zadd('bull:plain:completed', at(6, 0), '1', at(4, 1), '2', at(4, 59), '3');
  await redis.zadd('bull:plain:failed', at(3, 30), '4');
  const coordinator = await startCoordinator(own, { readOnly: true });
  const row = await rowWhen(coordinator, 'plain', ({ trend }) =>
    trend.some((jobs) => jobs !== null),
  );
  expect(row).toMatchObject({
    ...{ health: null, reasons: [], healthSince: null, waitP95Ms: null, waitObjectiveMs: null },
    ...{ deadLetters: 0, pool: null, pausedFor: null },
  });
  expect(row.trend).toHaveLength(30);
  const from = row.trend.findIndex((jobs) => jobs !== null);
  // The minute of the oldest job may have had others, that are no longer kept.
  expect(row.trend.slice(from, from + 4)).toEqual([0, 2, 1, 0]);
  expect(row.trend.slice(from).length).toBeGreaterThanOrEqual(4);
}, 30_000);

test('where a right is missing the rest is told, and what may not be read is null', async () => {
  const own = await startRedis({ aclLines: ['user default on nopass ~bull:* &* +@all'] });
  onTestFinished(() => own.stop());
  const queue = new Queue('plain', { connection: createClient({ url: own.adminUrl }) });
  onTestFinished(() => queue.close());
  await queue.add('job', {});
  await queue.pause();
  const coordinator = await startCoordinator(own, { readOnly: true });
  const row = await rowWhen(coordinator, 'plain', ({ counts }) => counts.waiting === 1);
  expect(row).toMatchObject({
    ...{ isPaused: true, pausedFor: null, deadLetters: null, pool: null, health: null },
    ...{ reasons: [], healthSince: null, waitP95Ms: null, waitObjectiveMs: null, slots: null },
  });
}, 30_000);

test('200 queues with all of that cost ten viewers one command a second, and quiet rows are sent once', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const redis = createClient(own);
  const filling = redis.pipeline();
  const now = Date.now();
  for (let i = 0; i < 200; i += 1) {
    filling.hset(`bull:many-${i}:meta`, 'opts.maxLenEvents', 1_000);
    filling.zadd(`bull:many-${i}:completed`, now - 600_000, '1', now - 90_000, '2');
  }
  await filling.exec();
  const coordinator = await startCoordinator(own, { readOnly: true });
  await until(
    async () => {
      const principal = reader;
      const view = await coordinator.control.call('overview.get', {}, { principal });
      return view.isComplete && view.queues.length === 200;
    },
    { timeoutMs: 20_000 },
  );
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const deltas: LiveEvent[][] = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const call = { principal: reader, signal: ending.signal };
      const stream = await coordinator.control.call('overview.watch', {}, call);
      const events: LiveEvent[] = [];
      void (async () => {
        for await (const event of stream) events.push(event);
      })();
      return events;
    }),
  );
  await until(() => deltas.every((events) => events.length >= 3), { timeoutMs: 20_000 });
  const seen = await startMonitor(own);
  const startedAt = performance.now();
  const before = Math.max(...deltas.map((events) => events.length));
  await until(() => deltas.every((events) => events.length >= before + 10), { timeoutMs: 40_000 });
  const seconds = Math.max(...deltas.map((events) => events.length)) - before;
  const sent = seen.filter(({ from }) => from !== 'lua');
  // Whatever else this process sends included.
  expect(sent.length / ((performance.now() - startedAt) / 1_000)).toBeLessThanOrEqual(5);
  const looks = sent.filter(({ command }) => command === 'eval');
  expect(looks.length).toBeGreaterThanOrEqual(9);
  expect(looks.length).toBeLessThanOrEqual(seconds + 2);
  const rows = deltas[0]!.flatMap(({ event, data }) =>
    event === 'delta' ? (data as OverviewDelta).queues : [],
  );
  // At most each has become one minute older, once or twice while the test ran.
  expect(rows.length).toBeLessThanOrEqual(400);
}, 90_000);
