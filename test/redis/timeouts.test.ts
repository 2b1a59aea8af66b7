/** Jobs that take too long: told to stop, given up when they do not, and ended where they can be. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineQueue } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDeferred } from '../../src/base/deferred.ts';
import { nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
const dir = mkdtempSync(join(tmpdir(), 'drover-timeouts-'));
beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

test('a processor that follows its signal fails with the reason, and the next attempt may succeed', async () => {
  const coordinator = await startCoordinator(server);
  const queue = defineQueue('obedient', { job: { timeoutMs: 200, attempts: 2, backoff: 0 } });
  const reasons: unknown[] = [];
  coordinator.process(queue, (job, { signal }) => {
    if (job.attemptsMade === 1) return 'second time';
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason);
        reject(new Error('connection closed'));
      });
    });
  });
  const failed = nextEvent(coordinator, 'job.failed');
  const { id } = await coordinator.queue(queue).add('job', {});
  expect(await failed).toMatchObject({
    ...{ attempt: 1, final: false },
    message: 'took longer than 200ms, and stopped then',
  });
  expect(reasons).toEqual([expect.objectContaining({ code: 'JOB_TIMED_OUT' })]);
  const job = await until(async () => {
    const found = await coordinator.queue(queue).getJob(id!);
    return (await found?.isCompleted()) && found;
  });
  expect(job.opts).not.toHaveProperty('timeoutMs');
});

test('one that does not stop gives its slot free, fails truthfully, and its late result is ignored', async () => {
  const coordinator = await startCoordinator(server);
  const queue = defineQueue('deaf', { job: { timeoutMs: 200, attempts: 1 } });
  const stuck = createDeferred<string>();
  coordinator.process(queue, (job) => (job.name === 'stuck' ? stuck.promise : 'done'), {
    timeoutGraceMs: 100,
  });
  const abandoned = nextEvent(coordinator, 'job.abandoned');
  const ignored = nextEvent(coordinator, 'result.ignored');
  const { id } = await coordinator.queue(queue).add('stuck', {});
  const next = await coordinator.queue(queue).add('next', {});
  expect(await abandoned).toMatchObject({ jobId: id, timeoutMs: 200, graceMs: 100 });
  await until(async () => (await coordinator.queue(queue).getJob(next.id!))?.isCompleted(), {
    what: 'the next job in the same slot',
  });
  stuck.resolve('late');
  expect(await ignored).toMatchObject({ jobId: id, outcome: 'returned' });
  const job = await coordinator.queue(queue).getJob(id!);
  expect(await job?.isFailed()).toBe(true);
  expect(job?.failedReason).toMatch(
    /^took longer than 200ms, and did not stop within the 100ms .* may still be running/,
  );
});

test('with many jobs at once each has its own time', async () => {
  const coordinator = await startCoordinator(server);
  const queue = defineQueue('many', { job: { timeoutMs: 300, attempts: 1 } });
  coordinator.process(
    queue,
    (job, { signal }) =>
      job.name === 'quick'
        ? 'done'
        : new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          }),
    50,
  );
  await coordinator
    .queue(queue)
    .addBulk(
      Array.from({ length: 100 }, (_, i) => ({ name: i % 4 === 0 ? 'slow' : 'quick', data: {} })),
    );
  await until(async () => {
    const { counts } = await coordinator.getQueueStats(queue);
    return counts.completed === 75 && counts.failed === 25;
  });
});

test.each([
  ['a child process', false],
  ['a worker thread', true],
])(
  '%s that cannot be interrupted is ended, and a fresh one takes its place',
  async (_, threads) => {
    const file = join(dir, `spin-${threads}.cjs`);
    writeFileSync(
      file,
      `const { threadId } = require('node:worker_threads');
     module.exports = async (job) => {
       await job.updateProgress({ pid: process.pid, threadId });
       if (job.name === 'spin') for (;;);
       return { pid: process.pid, threadId };
     };`,
    );
    const coordinator = await startCoordinator(server);
    const queue = defineQueue(`spin-${threads}`, { job: { timeoutMs: 1_500, attempts: 1 } });
    coordinator.process(queue, file, { useWorkerThreads: threads, timeoutGraceMs: 100 });
    const failed = nextEvent(coordinator, 'job.failed');
    const { id } = await coordinator.queue(queue).add('spin', {});
    const next = await coordinator.queue(queue).add('next', {});
    expect(await failed).toMatchObject({
      jobId: id,
      message: expect.stringMatching(/^took longer than 1.5s, .*: it was ended$/),
    });
    const spun = (await coordinator.queue(queue).getJob(id!))?.progress as Place;
    const done = await until(async () => {
      const job = await coordinator.queue(queue).getJob(next.id!);
      return (await job?.isCompleted()) && (job?.progress as Place);
    });
    expect(done).not.toEqual(spun);
    // The process is gone, not only unused.
    if (!threads) await until(() => !isAlive(spun.pid), { what: 'the end of the child' });
    expect(coordinator.workers.workers[0]?.active).toBe(0);
  },
);

interface Place {
  readonly pid: number;
  readonly threadId: number;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
