/** Processors: registered one by one, with a context, in this process or in others. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineQueue } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createClient,
  createCoordinator,
  nextEvent,
  startCoordinator,
} from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
const dir = mkdtempSync(join(tmpdir(), 'drover-processors-'));
beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

test('a registration that cannot be made is announced and harms no other', async () => {
  const coordinator = createCoordinator(server);
  const rejected = nextEvent(coordinator, 'processor.rejected');
  expect(coordinator.registerProcessor('bad', async () => {}, 0)).toBe(false);
  expect(coordinator.registerProcessor('no:colon', async () => {})).toBe(false);
  expect(coordinator.registerProcessor('missing', join(dir, 'no-such-file.js'))).toBe(true);
  expect(coordinator.registerProcessor('good', async () => {}, 5)).toBe(true);
  await coordinator.start();
  expect(await rejected).toMatchObject({ queue: 'bad', message: expect.stringContaining('got 0') });
  await until(() =>
    coordinator.operations.health.ready().queues.some((q) => q.queue === 'good' && q.ready),
  );
  const ready = coordinator.operations.health.ready();
  expect(ready.status).toBe('not-ready');
  const failing = ready.queues.filter((queue) => !queue.ready).map(({ queue }) => queue);
  expect(failing.sort()).toEqual(['bad', 'missing', 'no:colon']);
});

test('a processor gets its job and a context: token, signal, log, progress, logger', async () => {
  const lines: [object, string][] = [];
  const write = (fields: object, message: string): void => void lines.push([fields, message]);
  const coordinator = await startCoordinator(server, {
    logger: { info: write, warn: write, error: write, debug: write },
  });
  let seen: { token: string; isSignal: boolean } | undefined;
  coordinator.process('context', async (_job, { token, signal, log, progress, logger }) => {
    seen = { token, isSignal: signal instanceof AbortSignal };
    await log('half way');
    await progress({ percent: 50 });
    logger.info({ extra: 1 }, 'a line of my own');
  });
  const queue = coordinator.queue('context');
  const { id } = await queue.add('job', {});
  await until(async () => (await queue.getJob(id!))?.isCompleted(), { what: 'the job' });
  expect(seen).toEqual({ token: expect.stringMatching(/.{8,}/), isSignal: true });
  expect((await queue.getJobLogs(id!)).logs).toEqual(['half way']);
  expect((await queue.getJob(id!))?.progress).toEqual({ percent: 50 });
  const own = lines.find(([, message]) => message === 'a line of my own');
  expect(own?.[0]).toMatchObject({
    queue: 'context',
    jobId: id,
    jobName: 'job',
    attempt: 1,
    extra: 1,
  });
});

test('cancelling a job aborts its signal', async () => {
  const coordinator = await startCoordinator(server);
  const aborted: unknown[] = [];
  coordinator.process(
    'cancel',
    (_job, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push(signal.reason);
          reject(new Error('cancelled'));
        });
      }),
  );
  const failed = nextEvent(coordinator, 'job.failed');
  const { id } = await coordinator.queue('cancel').add('job', {}, { attempts: 1 });
  await until(() => coordinator.workers.get('cancel')[0]?.cancelJob(id!, 'not wanted'), {
    what: 'the job to run',
  });
  expect(await failed).toMatchObject({ jobId: id, final: true });
  expect(aborted).toHaveLength(1);
});

test.each([
  ['a worker thread', true],
  ['a child process', false],
])('a processor in a file runs in %s', async (_where, useWorkerThreads) => {
  const file = join(dir, `file-${useWorkerThreads}.cjs`);
  writeFileSync(
    file,
    `const { isMainThread } = require('node:worker_threads');
     module.exports = async (job) => ({ pid: process.pid, isMainThread, name: job.name });`,
  );
  const coordinator = await startCoordinator(server);
  const name = `file-${useWorkerThreads}`;
  coordinator.process(name, file, { useWorkerThreads, concurrency: 2 });
  const queue = coordinator.queue(name);
  const { id } = await queue.add('job', {});
  const job = await until(async () => {
    const found = await queue.getJob(id!);
    return (await found?.isCompleted()) && queue.getJob(id!);
  });
  const { pid, isMainThread } = (job as { returnvalue: { pid: number; isMainThread: boolean } })
    .returnvalue;
  expect(pid === process.pid).toBe(useWorkerThreads);
  expect(isMainThread).toBe(!useWorkerThreads);
  await until(() => coordinator.workers.workers[0]?.active === 0);
});

test('a rate limiter holds', async () => {
  const coordinator = await startCoordinator(server);
  const startedAt: number[] = [];
  coordinator.process('limited', async () => void startedAt.push(performance.now()), {
    concurrency: 10,
    limiter: { max: 2, duration: 400 },
  });
  await coordinator
    .queue('limited')
    .addBulk(Array.from({ length: 5 }, () => ({ name: 'job', data: {} })));
  await until(() => startedAt.length === 5, { what: 'five jobs' });
  // Two a window: the fifth starts in the third window. A lower bound; nothing here can be too slow.
  expect(startedAt[4]! - startedAt[0]!).toBeGreaterThan(600);
});

test('a web-only process adds jobs and runs none', async () => {
  const web = await startCoordinator(server, { backgroundJobs: false });
  const ran: string[] = [];
  expect(web.registerProcessor('web', async () => void ran.push('web'))).toBe(false);
  expect(web.workers.workers).toEqual([]);
  await web.queue('web').add('job', {});
  const worker = await startCoordinator(server);
  worker.process('web', async () => void ran.push('worker'));
  await until(() => ran.length === 1);
  expect(ran).toEqual(['worker']);
});

test('a web-only process gives the jobs of a flow what their queues define', async () => {
  const web = await startCoordinator(server, { backgroundJobs: false });
  web.process(defineQueue('web-child', { job: { attempts: 7 } }), async () => {});
  const { job } = await web.flows.add({ name: 'child', queueName: 'web-child', data: {} });
  expect(job.opts.attempts).toBe(7);
});

test('a failure is announced with its attempt, and as final on the last one', async () => {
  const coordinator = await startCoordinator(server);
  const failures: { attempt: number; final: boolean }[] = [];
  coordinator.on('job.failed', ({ attempt, final }) => failures.push({ attempt, final }));
  coordinator.process('failing', async () => {
    throw new Error('no');
  });
  await coordinator.queue('failing').add('job', {}, { attempts: 2, backoff: 0 });
  await until(() => failures.length === 2);
  expect(failures).toEqual([
    { attempt: 1, final: false },
    { attempt: 2, final: true },
  ]);
});

test('two coordinators of one process both count, and each takes back its own', async () => {
  const first = createCoordinator(server, { coordinatorPrefix: 'pair' });
  const second = createCoordinator(server, { coordinatorPrefix: 'pair' });
  first.process('paired', async () => {}, 2);
  second.process('paired', async () => {}, 3);
  await Promise.all([first.start(), second.start()]);
  await until(async () => (await first.getQueueStats('paired')).workers === 2);
  expect(await first.getQueueStats('paired')).toMatchObject({ workers: 2, slots: 5 });
  await second.stop();
  expect(await first.getQueueStats('paired')).toMatchObject({ workers: 1, slots: 2 });
});

test('each process says in Redis that it lives, answers "workers" with it, and takes it back on stop', async () => {
  const coordinator = createCoordinator(server, { coordinatorPrefix: 'beat' });
  coordinator.process('beating', async () => {}, 4);
  await coordinator.start();
  await coordinator.queue('beating').add('job', {});
  const admin = createClient(server);
  const [key] = await until(async () => {
    const keys = await admin.keys('beat:hosts:*');
    return keys.length === 1 && keys;
  });
  await until(async () => (await coordinator.getQueueStats('beating')).slots === 4, {
    what: 'the heartbeat',
  });
  expect(await coordinator.getQueueStats('beating')).toMatchObject({ workers: 1, slots: 4 });
  expect(await admin.hgetall(key!)).toMatchObject({
    pid: String(process.pid),
    slots: '4',
    activeJobs: expect.stringMatching(/^[01]$/),
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    ip: expect.stringMatching(/\d/),
  });
  const ttl = await admin.pttl(key!);
  expect(ttl).toBeGreaterThan(280_000);
  expect(ttl).toBeLessThanOrEqual(300_000);
  await coordinator.stop();
  expect(await admin.keys('beat:hosts*')).toEqual([]);
});
