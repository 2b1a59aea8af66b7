/** Locks that run out while Redis is away are taken again; nothing runs twice because of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Coordinator } from 'drover';
import { beforeEach, expect, test } from 'vitest';
import { createClient, nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const LOCK_MS = 1_000;
const HOW = {
  concurrency: 4,
  lockDuration: LOCK_MS,
  lockRenewTime: 400,
  stalledInterval: 300,
};

let server: RedisServer;

beforeEach(async () => {
  server = await startRedis();
  return () => server.stop();
});

/** Two processes' worth of workers whose jobs end when they are told to. */
async function startFleet() {
  const starts: string[] = [];
  const ends: (() => void)[] = [];
  const fleet: Coordinator[] = [];
  for (let i = 0; i < 2; i += 1) {
    const coordinator = await startCoordinator(server);
    coordinator.process(
      'locks',
      async (job) => {
        starts.push(job.id!);
        await new Promise<void>((end) => ends.push(end));
      },
      HOW,
    );
    fleet.push(coordinator);
  }
  const queue = fleet[0]!.queue('locks');
  const jobs = Array.from({ length: 8 }, (_, i) => ({
    name: 'long',
    data: {},
    opts: { jobId: `job-${i}`, removeOnComplete: false },
  }));
  await queue.addBulk(jobs);
  await until(() => starts.length === 8, { what: 'eight running jobs' });
  const endAll = (): void => {
    for (const end of ends.splice(0)) end();
  };
  const finished = () =>
    until(async () => (await queue.getCompletedCount()) === 8, {
      timeoutMs: 20_000,
      what: 'eight completed jobs',
    });
  return { fleet, queue, starts, endAll, finished };
}

/** An outage that is longer than the lock can only be made by letting time pass. */
const longerThanTheLock = (): Promise<void> => sleep(2 * LOCK_MS);

test.each(['killed', 'frozen'] as const)(
  'Redis %s for longer than the lock: every job runs once',
  async (how) => {
    const { queue, starts, endAll, finished } = await startFleet();
    if (how === 'killed') await server.kill();
    else server.freeze();
    await longerThanTheLock();
    if (how === 'killed') await server.restart();
    else server.thaw();
    const look = createClient(server);
    await until(async () => (await look.keys('bull:locks:*:lock')).length === 8, {
      what: 'all locks to be held again',
    });
    // Long enough for several scans of both workers.
    await until(async () => (await look.exists('bull:locks:stalled-check')) === 1, {
      what: 'a scan after the outage',
      timeoutMs: 20_000,
    });
    expect(starts).toHaveLength(8);
    endAll();
    await finished();
    expect(starts).toHaveLength(8);
    expect(await queue.getFailedCount()).toBe(0);
  },
);

test('jobs that end while Redis is away for longer than the lock are acknowledged, not run again', async () => {
  const { starts, endAll, finished } = await startFleet();
  await server.kill();
  endAll();
  await longerThanTheLock();
  await server.restart();
  await finished();
  expect(starts).toHaveLength(8);
});

test('a lock that somebody else has meanwhile is left to them', async () => {
  const { fleet, queue, starts } = await startFleet();
  const look = createClient(server);
  const lockKey = 'bull:locks:job-3:lock';
  const mine = await look.get(lockKey);
  await look.set(lockKey, 'another-worker', 'PX', 60_000);
  const [worker] = fleet.flatMap((each) => each.workers.get('locks'));
  await new Promise((resolve) => {
    for (const each of fleet.flatMap((one) => one.workers.get('locks')))
      each.once('lockRenewalFailed', resolve);
  });
  expect(await look.get(lockKey)).toBe('another-worker');
  expect(mine).not.toBe('another-worker');
  expect(worker).toBeDefined();
  expect(starts).toHaveLength(8);
  await queue.pause();
});

test('a job that another worker has fetched since does not get its lock back', async () => {
  const { fleet } = await startFleet();
  const look = createClient(server);
  // As if it had stalled, been fetched again, and that worker had died.
  await look.multi().hincrby('bull:locks:job-5', 'ats', 1).del('bull:locks:job-5:lock').exec();
  const failed = await new Promise<string[]>((resolve) => {
    for (const each of fleet.flatMap((one) => one.workers.get('locks')))
      each.once('lockRenewalFailed', resolve);
  });
  expect(failed).toEqual(['job-5']);
  expect(await look.exists('bull:locks:job-5:lock')).toBe(0);
});

test('acknowledgements that are refused for longer than the lock end in one run', async () => {
  const { fleet, starts, endAll, finished } = await startFleet();
  const look = createClient(server);
  await look.config('SET', 'min-replicas-to-write', '1');
  const retried = nextEvent(fleet[0]!, 'ack.retried');
  endAll();
  expect((await retried).reason).toBe('NOREPLICAS');
  await longerThanTheLock();
  await look.config('SET', 'min-replicas-to-write', '0');
  await finished();
  expect(starts).toHaveLength(8);
});

test("the guard of a stalled scan is gone when the same worker comes again: no scan is refused by its own", async () => {
  const coordinator = await startCoordinator(server);
  const admin = createClient(server);
  coordinator.process('guarded', async () => {}, { stalledInterval: 1_000 });
  const left: number[] = [];
  await until(async () => {
    left.push(await admin.pttl('bull:guarded:stalled-check'));
    return Math.max(...left) > 0;
  });
  expect(Math.max(...left)).toBeLessThanOrEqual(900);
});
