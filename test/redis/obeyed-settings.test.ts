/** What operators set for a queue that runs no Drover: its workers obey, and BullMQ's own Queue reads the same. */
import { Worker } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { startCoordinator } from '../support/coordinators.ts';
import { shareRedis } from '../support/shared-redis.ts';
import { until } from '../support/until.ts';
import { callerOf, plainQueue } from './operate-queues.ts';

const queue = 'mails';
const { server } = await shareRedis();

/** A queue, a worker with five slots whose jobs end when they are told, and the console. */
async function setUp() {
  const mails = plainQueue(server, queue);
  await mails.add('first', {});
  const connection = { host: server.host, port: server.port };
  const running = new Map<string, () => void>();
  const worker = new Worker(
    queue,
    ({ id }) => new Promise<void>((resolve) => void running.set(id!, resolve)),
    { connection, concurrency: 5, drainDelay: 1 },
  );
  worker.on('error', () => {});
  onTestFinished(() => worker.close(true));
  let started = 0;
  worker.on('active', () => {
    started += 1;
  });
  await until(() => started === 1);
  const endAll = (): void => {
    for (const [id, end] of running) {
      running.delete(id);
      end();
    }
  };
  const add = (count: number) =>
    mails.addBulk(Array.from({ length: count }, () => ({ name: 'job', data: {} })));
  const ann = callerOf(await startCoordinator(server, { metrics: false }));
  const view = () => ann.call('queues.get', { queue });
  return { mails, worker, started: () => started, endAll, add, ann, view };
}

test('a pause with a reason', async () => {
  const { mails, started, endAll, add, ann, view } = await setUp();
  const paused = await ann.call('queues.pause', { queue, reason: 'bad deploy' });
  expect(paused).toMatchObject({ isPaused: true, pausedFor: 'bad deploy', workersFrom: 'derived' });
  await add(3);
  endAll();
  await until(async () => (await view()).counts.completed === 1);
  expect(await view()).toMatchObject({ isPaused: true, counts: { waiting: 3, active: 0 } });
  expect(await mails.isPaused()).toBe(true);
  expect(await mails.getWaitingCount()).toBe(3);
  expect(started()).toBe(1);
  expect(await ann.call('queues.resume', { queue })).toMatchObject({ isPaused: false });
  await until(() => started() === 4);
  expect(await mails.isPaused()).toBe(false);
});

test('a rate limit', async () => {
  const { mails, started, endAll, add, ann, view } = await setUp();
  endAll();
  await until(async () => (await view()).counts.completed === 1);
  await ann.call('queues.limit', { queue, max: 2, duration: '3s' });
  expect(await mails.getGlobalRateLimit()).toEqual({ max: 2, duration: 3_000 });
  await add(5);
  await until(() => started() === 3);
  const limited = await until(async () => {
    const seen = await view();
    return (seen.limitedForMs ?? 0) > 0 && seen;
  });
  expect(limited).toMatchObject({
    ...{ rateLimit: { max: 2, durationMs: 3_000 }, counts: { waiting: 3, active: 2 } },
  });
  const ttlMs = await mails.getRateLimitTtl();
  expect(ttlMs).toBeGreaterThan(0);
  expect(ttlMs).toBeLessThanOrEqual(limited.limitedForMs!);
  expect(await ann.call('queues.unlimit', { queue })).toMatchObject({ rateLimit: null });
  expect(await mails.getGlobalRateLimit()).toBeNull();
  endAll();
  await until(() => started() === 6);
});

test('global concurrency', async () => {
  const { mails, started, endAll, add, ann, view } = await setUp();
  await ann.call('queues.concurrency', { queue, concurrency: 2 });
  expect(await mails.getGlobalConcurrency()).toBe(2);
  await add(4);
  await until(() => started() === 2);
  expect(await view()).toMatchObject({
    ...{ globalConcurrency: 2, counts: { active: 2, waiting: 3 } },
  });
  expect((await mails.getMeta()).concurrency).toBe(2);
  endAll();
  await until(() => started() === 4);
  expect(await view()).toMatchObject({ counts: { active: 2, waiting: 1, completed: 2 } });
  await ann.call('queues.concurrency', { queue, concurrency: null });
  expect(await mails.getGlobalConcurrency()).toBeNull();
  await until(async () => (await view()).counts.active === 3);
});
