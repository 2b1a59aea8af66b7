/** What a job that fails carries along: its attempts, and what was thrown. */
import { UnrecoverableError } from 'bullmq';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

test('every attempt that is tried again is kept with host, version, duration and reason', async () => {
  const coordinator = await startCoordinator(server, { version: '1.2.3' });
  coordinator.process('attempts', async (job) => {
    if (job.attemptsMade < 2) throw new Error(`not yet, attempt ${job.attemptsMade + 1}`);
  });
  const queue = coordinator.queue('attempts');
  const { id } = await queue.add('job', {}, { attempts: 3, backoff: { type: 'fixed', delay: 1 } });
  await until(async () => (await coordinator.getQueueStats('attempts')).counts.completed === 1);
  const fields = await createClient(server).hgetall(`bull:attempts:${id}`);
  const attempts = [fields['da:1'], fields['da:2']].map((json) => JSON.parse(json!));
  expect(attempts).toMatchObject([
    { attempt: 1, version: '1.2.3', reason: 'not yet, attempt 1' },
    { attempt: 2, version: '1.2.3', reason: 'not yet, attempt 2' },
  ]);
  for (const { host, startedAt, ms } of attempts) {
    expect(host).not.toBe('');
    expect(Math.abs(startedAt - Date.now())).toBeLessThan(60_000);
    expect(ms).toBeGreaterThanOrEqual(0);
  }
});

test('an immediate retry is kept as well, a job that its processor moves is none', async () => {
  const coordinator = await startCoordinator(server);
  coordinator.process('moved', async (job, { token }) => {
    if (job.name === 'retried' && job.attemptsMade === 0) throw new Error('once');
    if (job.name === 'put off' && job.attemptsStarted === 1) {
      await job.moveToDelayed(Date.now() + 1, token);
      const { DelayedError } = await import('bullmq');
      throw new DelayedError();
    }
  });
  const queue = coordinator.queue('moved');
  const retried = await queue.add('retried', {}, { attempts: 2, backoff: 0 });
  const putOff = await queue.add('put off', {});
  await until(async () => (await coordinator.getQueueStats('moved')).counts.completed === 2);
  const redis = createClient(server);
  expect(await redis.hget(`bull:moved:${retried.id}`, 'da:1')).toContain('once');
  expect(await redis.hkeys(`bull:moved:${putOff.id}`)).not.toContain('da:1');
});

test('a thrown string is the reason', async () => {
  const coordinator = await startCoordinator(server);
  coordinator.process('thrown', () => {
    throw 'no room on the disk';
  });
  const queue = coordinator.queue('thrown');
  const { id } = await queue.add('job', {}, { attempts: 1 });
  await until(async () => (await coordinator.getQueueStats('thrown')).counts.failed === 1);
  expect((await queue.getJob(id!))?.failedReason).toBe('no room on the disk');
});

test('an UnrecoverableError is still one', async () => {
  const coordinator = await startCoordinator(server);
  coordinator.process('final', () => {
    throw new UnrecoverableError('never');
  });
  await coordinator.queue('final').add('job', {}, { attempts: 5 });
  await until(async () => (await coordinator.getQueueStats('final')).counts.failed === 1);
});
