/** What metrics hear of as events: jobs that take too long, and jobs that are cancelled. */
import { defineQueue } from 'drover';
import { beforeEach, expect, test } from 'vitest';
import { nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeEach(async () => {
  server = await startRedis();
  return () => server.stop();
});

/** Until it is told to stop. */
const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

test('a job that takes too long is announced once, and so is its failure', async () => {
  const coordinator = await startCoordinator(server);
  const slow = defineQueue('slow', { job: { attempts: 1, timeoutMs: 50 } });
  const told: unknown[] = [];
  coordinator.on('job.timed-out', (event) => told.push(event));
  const failed = nextEvent(coordinator, 'job.failed');
  coordinator.process(slow, (_job, { signal }) => forever(signal));
  const { id } = await coordinator.queue(slow).add('x', {});
  await failed;
  expect(told).toEqual([{ queue: 'slow', jobId: id, jobName: 'x', timeoutMs: 50 }]);
});

test('a job that is cancelled is announced once, however often it is', async () => {
  const coordinator = await startCoordinator(server);
  const told: unknown[] = [];
  coordinator.on('job.cancelled', (event) => told.push(event));
  let isRunning = false;
  coordinator.process('cancel', (_job, { signal }) => {
    isRunning = true;
    return forever(signal);
  });
  const failed = nextEvent(coordinator, 'job.failed');
  const { id } = await coordinator.queue('cancel').add('x', {}, { attempts: 1 });
  await until(() => isRunning, { what: 'the job to run' });
  const [worker] = coordinator.workers.get('cancel');
  expect(worker?.cancelJob('another')).toBe(false);
  worker?.cancelJob(id!);
  worker?.cancelAllJobs();
  await failed;
  expect(told).toEqual([{ queue: 'cancel', jobId: id, jobName: 'x' }]);
});
