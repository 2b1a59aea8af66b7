/** Everything beside the jobs, wired as users get it: a coordinator counts, judges and keeps without being asked. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const LATER = { timeoutMs: 25_000 };

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test('jobs are measured, their queue is judged, and both are in Redis', {
  timeout: 60_000,
}, async () => {
  const coordinator = await startCoordinator(server);
  coordinator.process('measured', async (job) => {
    if (job.name === 'bad') throw new Error('no');
  });
  const queue = coordinator.queue('measured');
  await queue.addBulk(Array.from({ length: 30 }, () => ({ name: 'good', data: {} })));
  await queue.add('bad', {}, { attempts: 2, backoff: 0 });
  const { metrics } = coordinator.operations;
  await until(async () => (await metrics.summary('measured', 300_000)).counts?.dead === 1, {
    ...LATER,
    what: 'the figures',
  });
  const figures = await metrics.summary('measured', 300_000);
  expect(figures).toMatchObject({
    source: 'measured',
    counts: { completed: 30, failed: 2, retried: 1, dead: 1, stalled: 0, timedOut: 0 },
    wait: { count: 31 },
    run: { count: 30 },
  });
  expect((await metrics.summary('measured', 300_000, 'good')).counts).toMatchObject({
    completed: 30,
    dead: 0,
  });
  const redis = createClient(server);
  const read = () => redis.hgetall('coordinator:queues:measured:health');
  await until(async () => (await read()).status !== undefined, { ...LATER, what: 'a verdict' });
  const health = await read();
  expect(Math.abs(Number(health.lastCheck) - Date.now())).toBeLessThan(60_000);
  expect(['healthy', 'degraded', 'unhealthy']).toContain(health.status);
  expect(await metrics.backlog('measured')).toMatchObject({ waiting: 0, reason: 'empty' });
});

test('what fails for good is a group, and the group is replayed', { timeout: 60_000 }, async () => {
  const coordinator = await startCoordinator(server);
  let isMended = false;
  coordinator.process('mended', async (job) => {
    if (!isMended) throw new TypeError(`no room for ${job.id} on disk 4711`);
  });
  const queue = coordinator.queue('mended');
  const jobs = Array.from({ length: 20 }, () => ({ name: 'job', data: {}, opts: { attempts: 1 } }));
  await queue.addBulk(jobs);
  const { deadLetters } = coordinator;
  await until(async () => (await deadLetters.groups({ queue: 'mended' }))[0]?.count === 20);
  const [group, ...others] = await deadLetters.groups({ queue: 'mended' });
  expect(others).toEqual([]);
  expect(group).toMatchObject({ type: 'TypeError', state: 'open' });
  isMended = true;
  const selection = { queue: 'mended', group: group!.fingerprint };
  const { id } = await deadLetters.replay(selection, { actor: 'ann' });
  await until(async () => (await deadLetters.bulkAction(id)).state === 'done', {
    ...LATER,
    what: 'the end of the replay',
  });
  await until(async () => (await coordinator.getQueueStats('mended')).counts.completed === 20);
  expect((await coordinator.getQueueStats('mended')).counts.failed).toBe(0);
});

test('another process leads as soon as the leader has stopped', { timeout: 60_000 }, async () => {
  await using own = await startRedis();
  const redis = createClient(own);
  const first = createCoordinator(own);
  await first.start();
  await until(() => redis.get('coordinator:lease:fleet'), { ...LATER, what: 'a leader' });
  const epoch = Number(await redis.get('coordinator:lease:fleet:epoch'));
  await startCoordinator(own);
  await first.stop();
  await until(
    async () =>
      (await redis.get('coordinator:lease:fleet')) !== null &&
      Number(await redis.get('coordinator:lease:fleet:epoch')) > epoch,
    { timeoutMs: 8_000, what: 'the next leader' },
  );
});

test('what is switched off writes nothing', { timeout: 60_000 }, async () => {
  await using own = await startRedis();
  const coordinator = await startCoordinator(own, { metrics: false, deadLetters: false });
  coordinator.process('silent', async () => {
    throw new Error('no');
  });
  await coordinator.queue('silent').add('job', {}, { attempts: 1 });
  await until(async () => (await coordinator.getQueueStats('silent')).counts.failed === 1);
  const redis = createClient(own);
  await until(() => redis.exists('coordinator:queues:silent:health'), LATER);
  expect(await redis.keys('coordinator:deadletter*')).toEqual([]);
  expect(await redis.keys('coordinator:groups*')).toEqual([]);
  expect(await redis.keys('coordinator:metrics:silent:[0-9]*')).toEqual([]);
});

test('a last write of figures happens when the process stops', async () => {
  await using own = await startRedis();
  const coordinator = createCoordinator(own);
  let ran = 0;
  coordinator.process('last', async () => {
    ran += 1;
  });
  await coordinator.start();
  await coordinator.queue('last').add('job', {});
  await until(() => ran === 1);
  await coordinator.stop();
  const parts = await createClient(own).keys('coordinator:metrics:last:[0-9]*');
  expect(parts.length).toBeGreaterThan(0);
});
