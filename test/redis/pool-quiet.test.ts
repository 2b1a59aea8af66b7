/** A pool without slots takes no job, loses none, and goes on within milliseconds. */
import { setImmediate } from 'node:timers/promises';
import type { Coordinator, PoolOptions } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DroverBackend } from '../../src/backend/drover-backend.ts';
import { createDeferred } from '../../src/base/deferred.ts';
import { createClient, nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { takePool } from '../support/take-pool.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const POOL: PoolOptions = { min: 0, max: 10 };

async function startPool(queue: string, pool: PoolOptions = POOL, coordinator?: Coordinator) {
  const own = coordinator ?? (await startCoordinator(server));
  const started: string[] = [];
  const held = createDeferred<void>();
  own.process(
    queue,
    async (job) => {
      started.push(job.name);
      if (job.name === 'long') await held.promise;
    },
    { pool },
  );
  const local = takePool(own, queue);
  const view = () => own.workers.workers.find((each) => each.queue === queue);
  const idle = (): Promise<unknown> => until(() => view()?.isWaiting, { what: 'an idle worker' });
  const add = (name: string) => own.queue(queue).add(name, {});
  const stats = () => own.getQueueStats(queue);
  const release = (): void => held.resolve();
  return { coordinator: own, pool: local, started, idle, add, stats, view, release };
}

/** Another process with one plain worker on the queue, which tells what it ran. */
async function startOther(queue: string) {
  const other = await startCoordinator(server);
  const ran: string[] = [];
  other.process(queue, async (job) => void ran.push(job.name));
  await until(() => other.workers.workers[0]?.isWaiting, { what: 'the other process' });
  return { other, ran };
}

function markersOf(queue: string): () => Promise<string[]> {
  const client = createClient(server);
  return () => client.zrange(`bull:${queue}:marker`, '0', '-1');
}

/** Long enough for a fetch and its job: both take a round trip less than this. */
async function turns(coordinator: Coordinator, queue: string): Promise<void> {
  for (let i = 0; i < 10; i += 1) await coordinator.queue(queue).getJobCounts('waiting');
}

test('with min 0 it is quiet until it is told, and ready all the same', async () => {
  const { coordinator, pool, started, add, view } = await startPool('start-quiet');
  expect(pool.slots).toBe(0);
  await add('1');
  await turns(coordinator, 'start-quiet');
  expect(started).toEqual([]);
  expect(view()).toMatchObject({ slots: 0, active: 0, isWaiting: false, isPaused: false });
  expect(coordinator.operations.health.ready()).toMatchObject({
    status: 'ready',
    queues: [{ queue: 'start-quiet', reason: 'quiet: its pool has no slots here' }],
  });
  pool.setSlots(1);
  await until(() => started.length === 1, { timeoutMs: 1_000, what: 'the job' });
});

test('an idle pool that goes quiet takes no job added later, and another process does, at once', async () => {
  const { coordinator, pool, started, idle, add } = await startPool('quiet', { min: 1, max: 5 });
  await idle();
  const { ran } = await startOther('quiet');
  pool.setSlots(0);
  for (const name of ['1', '2', '3']) {
    await add(name);
    await until(() => ran.includes(name), { timeoutMs: 1_000, what: 'the other process' });
  }
  await turns(coordinator, 'quiet');
  expect(started).toEqual([]);
});

test('the last job of a pool that went quiet brings no other one along', async () => {
  const { coordinator, pool, started, add, stats, release } = await startPool('last');
  pool.setSlots(1);
  await add('long');
  await until(() => started.length === 1);
  await add('next');
  pool.setSlots(0);
  release();
  await until(async () => (await stats()).counts.completed === 1);
  await turns(coordinator, 'last');
  expect(started).toEqual(['long']);
  expect((await stats()).counts).toMatchObject({ waiting: 1, active: 0 });
  const { ran } = await startOther('last');
  await until(() => ran.length === 1, { timeoutMs: 1_000, what: 'the job elsewhere' });
});

test('neither does a failed one, with or without another attempt', async () => {
  const coordinator = await startCoordinator(server);
  const started: string[] = [];
  const held = createDeferred<void>();
  coordinator.process(
    'last-failed',
    async (job) => {
      started.push(job.name);
      if (job.name === 'next') return;
      await held.promise;
      throw new Error('no');
    },
    { pool: { min: 1, max: 5 } },
  );
  const pool = takePool(coordinator, 'last-failed');
  pool.setSlots(2);
  const queue = coordinator.queue('last-failed');
  await queue.add('dead', {}, { attempts: 1 });
  await queue.add('delayed', {}, { attempts: 2, backoff: 60_000 });
  await until(() => started.length === 2);
  await queue.addBulk([1, 2].map(() => ({ name: 'next', data: {} })));
  pool.setSlots(0);
  held.resolve();
  await until(async () => (await queue.getJobCounts('failed', 'delayed')).delayed === 1);
  await until(async () => (await queue.getFailedCount()) === 1);
  await turns(coordinator, 'last-failed');
  expect(started).toHaveLength(2);
  expect(await queue.getWaitingCount()).toBe(2);
});

test('it goes on whichever comes first, the job or the slot', async () => {
  const { pool, started, idle, add } = await startPool('wake');
  pool.setSlots(1);
  await idle();
  for (let round = 0; round < 5; round += 1) {
    pool.setSlots(0);
    const before = started.length;
    if (round % 2 === 0) {
      await add('job');
      pool.setSlots(2);
    } else {
      pool.setSlots(2);
      await add('job');
    }
    await until(() => started.length === before + 1, { timeoutMs: 1_000, what: `round ${round}` });
  }
});

test('a delayed job that is due while it is quiet runs when it is open', async () => {
  const { coordinator, pool, started, idle } = await startPool('due');
  pool.setSlots(1);
  await idle();
  const markers = markersOf('due');
  const { id } = await coordinator.queue('due').add('job', {}, { delay: 1_500 });
  // This worker has taken its marker, and waits for the time now.
  await until(async () => (await markers()).length === 0, { what: 'no marker' });
  await idle();
  pool.setSlots(0);
  await until(async () => (await markers()).length === 1, {
    ...{ timeoutMs: 1_000, intervalMs: 5 },
    what: 'the marker to be back',
  });
  const { ran } = await startOther('due');
  await until(() => ran.length === 1, { timeoutMs: 3_000, what: `job ${id} elsewhere` });
  pool.setSlots(1);
  await coordinator.queue('due').add('here', {}, { delay: 50 });
  await until(() => ran.length + started.length === 2);
});

test('another worker of the same process gets the jobs of a pool that went quiet', async () => {
  const { coordinator, pool, started, idle, add } = await startPool('neighbour', POOL);
  pool.setSlots(1);
  await idle();
  const ran: string[] = [];
  coordinator.process('neighbour', async (job) => void ran.push(job.name));
  await until(() => coordinator.workers.workers.every(({ lastFetchAt }) => lastFetchAt > 0));
  pool.setSlots(0);
  for (const name of ['1', '2', '3']) {
    await add(name);
    await until(() => ran.includes(name), { timeoutMs: 1_000, what: 'the neighbour' });
  }
  expect(started).toEqual([]);
});

test('while Redis is away it goes quiet, and stays so when Redis is back', async () => {
  // With less, a kill may lose what was added just before.
  const own = await startRedis({ config: { appendfsync: 'always' } });
  const coordinator = await startCoordinator(own, { whenDown: 'wait' });
  const { pool, started, add, stats } = await startPool('away', POOL, coordinator);
  const status = () => coordinator.operations.health.redis().status;
  await add('1');
  await own.kill();
  await until(() => status() !== 'healthy', { what: 'the outage' });
  pool.setSlots(3);
  await setImmediate(); // Its fetch is held until Redis is back.
  pool.setSlots(0);
  await own.restart();
  await until(() => status() === 'healthy', { what: 'the return' });
  await turns(coordinator, 'away');
  expect(started).toEqual([]);
  await own.kill();
  pool.setSlots(2);
  await own.restart();
  await add('2');
  await until(async () => (await stats()).counts.completed === 2, { what: 'both jobs' });
  expect(started.sort()).toEqual(['1', '2']);
  await coordinator.stop({ timeoutMs: 1_000 });
  await own.stop();
});

test.each(['pause', 'pause without waiting'])(
  'who paused a worker stays its master: %s',
  async (how) => {
    const queue = `mastered-${how === 'pause'}`;
    const { coordinator, pool, started, idle, add } = await startPool(queue);
    pool.setSlots(1);
    await idle();
    const worker = coordinator.workers.get(queue)[0]!;
    const resumed: string[] = [];
    worker.on('resumed', () => resumed.push('resumed'));
    pool.setSlots(0);
    await turns(coordinator, queue);
    await worker.pause(how !== 'pause');
    await add('1');
    for (const slots of [3, 0, 1, 2]) pool.setSlots(slots);
    await turns(coordinator, queue);
    expect(started).toEqual([]);
    expect(worker.isPaused()).toBe(true);
    expect(resumed).toEqual([]);
    pool.setSlots(0);
    await worker.resume();
    await turns(coordinator, queue);
    expect(started).toEqual([]);
    pool.setSlots(2);
    await until(() => started.length === 1, { timeoutMs: 1_000, what: 'the job' });
    expect(resumed).toEqual(['resumed']);
  },
);

test('a quiet pool and one that is shrinking stop at once, and hand back what can be handed back', async () => {
  const coordinator = await startCoordinator(server);
  const quiet = await startPool('stop-quiet', POOL, coordinator);
  await until(() => quiet.view());
  coordinator.process(
    'stop-shrinking',
    (_job, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    { pool: { min: 1, max: 5 } },
  );
  const shrinking = takePool(coordinator, 'stop-shrinking');
  shrinking.setSlots(3);
  const queue = coordinator.queue('stop-shrinking');
  await queue.addBulk([1, 2, 3].map(() => ({ name: 'job', data: {}, opts: { attempts: 1 } })));
  await until(() => shrinking.active === 3);
  shrinking.setSlots(1);
  const stopped = nextEvent(coordinator, 'coordinator.stopped');
  await coordinator.stop({ timeoutMs: 1_000 });
  expect(await stopped).toMatchObject({ unfinished: 0, handedBack: 3 });
  expect(shrinking.figures).toMatchObject({ started: 3, ended: 3, returned: 3, runs: 0 });
  shrinking.setSlots(2); // Harmless.
  const other = await startCoordinator(server);
  expect((await other.getQueueStats('stop-shrinking')).counts).toMatchObject({ waiting: 3 });
});

test('a worker that was replaced hands its slots on, none too', async () => {
  const coordinator = await startCoordinator(server, { readyWithinMs: 300 });
  const { pool, started, idle, add, view } = await startPool('rebuilt', POOL, coordinator);
  pool.setSlots(3);
  await idle();
  const worker = coordinator.workers.get('rebuilt')[0]!;
  (worker as unknown as Record<string, unknown>).waitForRateLimit = () =>
    Promise.reject(new Error('the loop is broken'));
  await add('ends the wait');
  const rebuilt = (times: number): Promise<unknown> =>
    until(
      () => {
        coordinator.workers.watch();
        return view()?.rebuilds === times;
      },
      { timeoutMs: 20_000, what: `worker ${times + 1}` },
    );
  await rebuilt(1);
  expect(coordinator.workers.get('rebuilt')[0]!.concurrency).toBe(3);
  expect(view()).toMatchObject({ slots: 3 });
  const counted = pool.figures.started;
  pool.setSlots(0);
  const second = coordinator.workers.get('rebuilt')[0]!;
  expect(second).not.toBe(worker);
  // Its loop is ended from outside, as by a fault.
  await second.pause();
  (second as unknown as Record<string, unknown>).paused = false;
  await rebuilt(2);
  const third = coordinator.workers.get('rebuilt')[0]!.getBackend() as unknown as DroverBackend;
  expect(third.intake.isQuiet).toBe(true);
  await add('waits');
  await turns(coordinator, 'rebuilt');
  expect(started).toHaveLength(counted);
  pool.setSlots(2);
  await until(() => started.includes('waits'), { timeoutMs: 1_000, what: 'the job' });
  expect(pool.figures.started).toBe(counted + 1);
});

test('the watchdog replaces a stuck worker, and lets a quiet one be', async () => {
  const coordinator = await startCoordinator(server, { readyWithinMs: 300 });
  const { view } = await startPool('left', POOL, coordinator);
  coordinator.process('stuck', async () => {});
  const stuck = coordinator.workers.get('stuck')[0]!.getBackend();
  (stuck as unknown as Record<string, unknown>).waitForJob = () => new Promise(() => {});
  const rebuilds = (queue: string) =>
    coordinator.workers.workers.find((each) => each.queue === queue)?.rebuilds;
  await until(
    () => {
      coordinator.workers.watch();
      return rebuilds('stuck') === 1;
    },
    { timeoutMs: 25_000, what: 'the stuck one to be replaced' },
  );
  expect(rebuilds('left')).toBe(0);
  expect(view()).toMatchObject({ slots: 0 });
});
