/** How much of its lock a job has left whenever it might end: so long can its ack be repeated. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test('at any moment of a long job at least 25 s of its lock are left, without a word from the user', async () => {
  const coordinator = await startCoordinator(server);
  const admin = createClient(server);
  const left: number[] = [];
  let renewals = 0;
  let isOver = false;
  coordinator.process('long', async (job) => {
    // Across two renewals every age of the lock has been seen.
    await until(
      async () => {
        left.push(await admin.pttl(`bull:long:${job.id}:lock`));
        return renewals === 2;
      },
      { timeoutMs: 20_000, what: 'two renewals' },
    );
    isOver = true;
  });
  coordinator.workers.get('long')[0]!.on('locksRenewed', () => {
    renewals += 1;
  });
  await coordinator.queue('long').add('job', {});
  await until(() => isOver, { timeoutMs: 25_000, what: 'the end of the job' });
  expect(Math.min(...left)).toBeGreaterThanOrEqual(25_000);
  expect(Math.max(...left)).toBeLessThanOrEqual(30_000);
});

test("a user's own lock and limits are kept", async () => {
  const coordinator = await startCoordinator(server);
  coordinator.process('own', async () => {}, { lockDuration: 5_000, maxStalledCount: 1 });
  expect(coordinator.workers.get('own')[0]!.opts).toMatchObject({
    ...{ lockDuration: 5_000, lockRenewTime: 2_500 },
    ...{ maxStalledCount: 1, stalledInterval: 10_000 },
  });
});
