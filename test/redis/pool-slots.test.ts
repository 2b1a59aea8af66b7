/** The slots of a pool are opened and closed while it works, and no running job notices. */
import { DelayedError, WaitingError } from 'bullmq';
import type { Coordinator, PoolOptions } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDeferred, type Deferred } from '../../src/base/deferred.ts';
import { nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { takePool } from '../support/take-pool.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const POOL: PoolOptions = { min: 1, max: 20 };

/** A pool whose jobs run until they are told to end. */
async function startPool(queue: string, pool: PoolOptions = POOL) {
  const coordinator = await startCoordinator(server);
  const running: Deferred<void>[] = [];
  const started: string[] = [];
  coordinator.process(
    queue,
    async (job) => {
      started.push(job.name);
      const run = createDeferred<void>();
      running.push(run);
      await run.promise;
    },
    { pool },
  );
  const local = takePool(coordinator, queue);
  const end = (): void => running.shift()!.resolve();
  const add = (...names: string[]) =>
    coordinator.queue(queue).addBulk(names.map((name) => ({ name, data: {} })));
  const idle = (): Promise<unknown> =>
    until(() => coordinator.workers.workers[0]?.isWaiting, { what: 'an idle worker' });
  const completed = async () => (await coordinator.getQueueStats(queue)).counts.completed;
  return { coordinator, pool: local, started, running, end, add, idle, completed };
}

test('a pool starts with one slot, and more jobs run at once as soon as more are opened', async () => {
  const { pool, started, end, add, completed } = await startPool('raise');
  expect(pool).toMatchObject({ queue: 'raise', slots: 1, settings: { min: 1, max: 20 } });
  await add('1', '2', '3', '4');
  await until(() => started.length === 1, { what: 'the first job' });
  pool.setSlots(3);
  // None of them can have waited for the end of the first one.
  await until(() => started.length === 3, { what: 'the second and third job', timeoutMs: 2_000 });
  expect(pool.active).toBe(3);
  pool.setSlots(4);
  await until(() => started.length === 4, { what: 'the fourth job', timeoutMs: 2_000 });
  for (let job = 0; job < 4; job += 1) end();
  await until(async () => (await completed()) === 4);
});

test('an idle worker uses the slots that were opened meanwhile', async () => {
  const { pool, started, end, add, idle } = await startPool('raise-idle');
  await idle();
  for (const slots of [2, 5, 3]) pool.setSlots(slots);
  await add('1', '2', '3', '4');
  await until(() => started.length === 3, { timeoutMs: 2_000 });
  end();
  await until(() => started.length === 4);
});

test('with fewer slots no job is taken until enough have ended, and none is stopped', async () => {
  const { pool, started, end, add, completed } = await startPool('lower');
  pool.setSlots(4);
  await add('1', '2', '3', '4', '5', '6');
  await until(() => started.length === 4);
  pool.setSlots(2);
  for (const [ended, running] of [
    [1, 3],
    [2, 2],
  ]) {
    end();
    await until(async () => (await completed()) === ended);
    expect(pool).toMatchObject({ slots: 2, active: running });
    expect(started).toHaveLength(4);
  }
  end();
  await until(() => started.length === 5, { what: 'a job for a slot that is free again' });
  expect(pool.active).toBe(2);
});

test('a worker that waits for a job beside its running ones takes none for a slot that was closed', async () => {
  const { coordinator, pool, started, add, end, idle } = await startPool('lower-waiting');
  pool.setSlots(3);
  await add('1', '2');
  await until(() => started.length === 2);
  await idle();
  pool.setSlots(2);
  const other = await startCoordinator(server);
  const elsewhere: string[] = [];
  other.process('lower-waiting', async (job) => void elsewhere.push(job.name));
  await until(() => other.workers.workers[0]?.isWaiting);
  await add('3');
  await until(() => elsewhere.length === 1, { timeoutMs: 4_500, what: 'the job elsewhere' });
  expect(started).toEqual(['1', '2']);
  await other.stop();
  end();
  await add('4');
  await until(() => started.length === 3, { timeoutMs: 4_500, what: 'a job for the free slot' });
  expect(coordinator.workers.workers[0]).toMatchObject({ slots: 2, active: 2 });
});

test('the slots are in what others see of the worker, and are never more than one process may have', async () => {
  const { coordinator, pool } = await startPool('bounded', { min: 1, max: 100, concurrency: 7 });
  pool.setSlots(90);
  expect(pool.slots).toBe(7);
  expect(coordinator.workers.workers[0]).toMatchObject({ queue: 'bounded', slots: 7 });
  expect(coordinator.workers.heartbeat).toMatchObject({ bounded: { slots: 7, workers: 1 } });
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
  '%s slots are refused',
  async (slots) => {
    const { pool } = await startPool(`refused-${slots}`);
    expect(() => pool.setSlots(slots)).toThrow(
      /whole number of at least 0, got .* for queue "refused/,
    );
    expect(pool.slots).toBe(1);
  },
);

test('a second pool of a queue is refused, a second worker without one is not', async () => {
  const { coordinator } = await startPool('twice');
  const rejected = nextEvent(coordinator, 'processor.rejected');
  expect(coordinator.registerProcessor('twice', async () => {}, { pool: POOL })).toBe(false);
  expect(await rejected).toMatchObject({
    message: expect.stringContaining('queue "twice" has a pool in this process already'),
  });
  expect(coordinator.registerProcessor('twice', async () => {}, 2)).toBe(true);
  expect(coordinator.workers.pools.map(({ queue }) => queue)).toEqual(['twice']);
});

test('the figures tell what ran, what failed, what went back, and how long slots were busy', async () => {
  const coordinator: Coordinator = await startCoordinator(server);
  const long = createDeferred<void>();
  coordinator.process(
    'figures',
    async (job, { token }) => {
      if (job.name === 'bad') throw new Error('no');
      if (job.name === 'back' && job.attemptsStarted === 1) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (job.name === 'late' && job.attemptsStarted === 1) {
        await job.moveToDelayed(Date.now() + 10, token);
        throw new DelayedError();
      }
      if (job.name === 'long') await long.promise;
    },
    { pool: POOL },
  );
  const pool = takePool(coordinator, 'figures');
  pool.setSlots(3);
  const names = ['good', 'bad', 'back', 'late', 'long'];
  await coordinator
    .queue('figures')
    .addBulk(names.map((name) => ({ name, data: {}, opts: { attempts: 1 } })));
  await until(() => pool.figures.ended === 6 && pool.active === 1, {
    what: 'all but the long job',
  });
  // Two of the jobs were started twice.
  expect(pool.figures).toMatchObject({ started: 7, ended: 6, returned: 1, runs: 5 });
  const { busyMs, runMs } = pool.figures;
  await until(() => pool.figures.busyMs > busyMs + 20, { what: 'the running job to be counted' });
  expect(pool.figures.runMs).toBe(runMs);
  long.resolve();
  await until(() => pool.figures.ended === 7);
  const after = pool.figures;
  expect(after.runMs).toBeGreaterThan(runMs + 20);
  expect(after.busyMs).toBeGreaterThanOrEqual(after.runMs);
});
