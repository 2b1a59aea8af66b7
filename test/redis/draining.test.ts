/** A drain ends the workers and nothing else; the stop after it ends the rest, both within one deadline. */
import type { Coordinator } from 'drover';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createDeferred } from '../../src/base/deferred.ts';
import { sleep } from '../../src/base/wait.ts';
import {
  createClient,
  createCoordinator,
  nextEvent,
  startCoordinator,
} from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Hears how often it is told that a stop begins. */
function hearStopping(coordinator: Coordinator): number[] {
  const deadlines: number[] = [];
  coordinator.on('coordinator.stopping', ({ deadlineMs }) => void deadlines.push(deadlineMs));
  return deadlines;
}

const isReady = (coordinator: Coordinator): boolean =>
  coordinator.operations.health.ready().status === 'ready';

async function untilActive(coordinator: Coordinator, jobs: number): Promise<void> {
  await until(() => coordinator.workers.active === jobs, { what: `${jobs} running jobs` });
}

test('while it drains, running jobs and everybody else still add jobs, and faces are not stopped', async () => {
  const coordinator = await startCoordinator(server);
  const running = createDeferred<void>();
  const order: string[] = [];
  coordinator.attach({ name: 'page', stop: () => void order.push('face') });
  coordinator.process('adds', async () => {
    await running.promise;
    await coordinator.queue('added').add('by the job', {});
  });
  const events = coordinator.queueEvents('added');
  events.on('waiting', () => order.push('heard'));
  await events.waitUntilReady();
  const queue = coordinator.queue('adds');
  await queue.addBulk(['first', 'second'].map((name) => ({ name, data: {} })));
  await untilActive(coordinator, 1);

  const stopping = hearStopping(coordinator);
  const draining = coordinator.drain();
  expect(isReady(coordinator)).toBe(false);
  await coordinator.queue('added').add('by a request', {});
  running.resolve();
  expect(await draining).toBe(0);
  await coordinator.queue('added').add('after the drain', {});
  await until(() => order.filter((each) => each === 'heard').length === 3, { what: 'the events' });
  expect(order).not.toContain('face');
  expect((await coordinator.getQueueStats('added')).counts.waiting).toBe(3);
  expect((await coordinator.getQueueStats('adds')).counts).toMatchObject({
    ...{ waiting: 1, active: 0, completed: 1 },
  });

  coordinator.on('coordinator.stopped', () => order.push('stopped'));
  await coordinator.stop();
  expect(order.slice(3)).toEqual(['face', 'stopped']);
  expect(stopping).toHaveLength(1);
  await expect(coordinator.getQueueStats('adds')).rejects.toMatchObject({ code: 'STOPPED' });
  const list = String(await createClient(server).client('LIST'));
  expect(list).not.toMatch(new RegExp(` name=drover:\\S+:${process.pid} `));
});

test('it tells how many jobs still ran, and the stop how many do by then', async () => {
  const coordinator = await startCoordinator(server);
  const runs = [createDeferred<void>(), createDeferred<void>()];
  coordinator.process('slow', (job) => runs[Number(job.name)]!.promise, 2);
  await coordinator.queue('slow').addBulk(['0', '1'].map((name) => ({ name, data: {} })));
  await untilActive(coordinator, 2);
  expect(await coordinator.drain({ timeoutMs: 100 })).toBe(2);
  runs[0]!.resolve();
  await until(async () => (await coordinator.getQueueStats('slow')).counts.completed === 1);
  const stopped = nextEvent(coordinator, 'coordinator.stopped');
  await coordinator.stop();
  expect(await stopped).toMatchObject({ unfinished: 1 });
  runs[1]!.resolve();
});

test('jobs that can be stopped are back in their queue when the drain has ended', async () => {
  const coordinator = await startCoordinator(server);
  coordinator.process('handed-back', (_job, { signal }) => {
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  });
  await coordinator.queue('handed-back').add('job', {});
  await untilActive(coordinator, 1);
  expect(await coordinator.drain({ timeoutMs: 400 })).toBe(0);
  expect((await coordinator.getQueueStats('handed-back')).counts).toMatchObject({
    ...{ waiting: 1, active: 0, failed: 0 },
  });
});

test('drains and stops in any order and any number come to the same end', async () => {
  const twice = await startCoordinator(server);
  const heard = hearStopping(twice);
  expect(await Promise.all([twice.drain(), twice.drain()])).toEqual([0, 0]);
  await Promise.all([twice.stop(), twice.stop(), twice.drain()]);
  expect(await twice.drain()).toBe(0);
  await twice.start();
  expect(heard).toHaveLength(1);

  const stoppedFirst = await startCoordinator(server);
  const faces = createDeferred<void>();
  stoppedFirst.attach({ name: 'page', stop: () => faces.promise });
  const stopping = stoppedFirst.stop();
  const draining = stoppedFirst.drain();
  faces.resolve();
  expect(await draining).toBe(0);
  await stopping;

  const together = await startCoordinator(server);
  await Promise.all([together.drain(), together.stop()]);
});

test('a coordinator that is drained before its start takes no jobs, and its queues still do', async () => {
  const coordinator = createCoordinator(server);
  const started: unknown[] = [];
  coordinator.on('coordinator.started', (payload) => started.push(payload));
  coordinator.process('never', async () => {});
  expect(await coordinator.drain()).toBe(0);
  await coordinator.start();
  await coordinator.queue('never').add('job', {});
  expect((await coordinator.getQueueStats('never')).counts.waiting).toBe(1);
  await coordinator.stop();
  expect(started).toEqual([]);
});

test('a processor that is registered after the drain takes no jobs', async () => {
  const coordinator = await startCoordinator(server);
  await coordinator.drain();
  coordinator.process('too-late', async () => {});
  await coordinator.start();
  await coordinator.queue('too-late').add('job', {});
  expect(coordinator.workers.workers).toEqual([]);
  expect((await coordinator.getQueueStats('too-late')).counts.waiting).toBe(1);
});

test.each(['frozen', 'killed'] as const)(
  'with Redis %s, a drain and the stop after it end within the 2 s that they have together',
  async (how) => {
    await using own = await startRedis();
    // With a deadline of its own, the stop would wait for the stuck face until adds have been given up.
    const coordinator = await startCoordinator(own, { addTimeoutMs: '20s' });
    const running = createDeferred<void>();
    coordinator.process('gone', () => running.promise);
    coordinator.process('idle', async () => {});
    await coordinator.queueEvents('gone').waitUntilReady();
    coordinator.attach({ name: 'stuck', stop: () => new Promise(() => {}) });
    await coordinator.queue('gone').add('job', {});
    await untilActive(coordinator, 1);
    if (how === 'frozen') own.freeze();
    else {
      await own.kill();
      await until(() => !coordinator.getRedisHealth().redis.connected, { what: 'the loss' });
    }
    const stopped = nextEvent(coordinator, 'coordinator.stopped');
    expect(await coordinator.drain({ timeoutMs: 2_000 })).toBe(1);
    await coordinator.stop();
    const { unfinished, tookMs } = await stopped;
    expect(unfinished).toBe(1);
    expect(tookMs).toBeLessThan(10_000);
    running.resolve();
    if (how === 'frozen') own.thaw();
  },
);

test('a stop with less time than the drain under way has ends by its own deadline', async () => {
  const coordinator = await startCoordinator(server);
  const running = createDeferred<void>();
  coordinator.process('shorter', () => running.promise);
  await coordinator.queue('shorter').add('job', {});
  await untilActive(coordinator, 1);
  void coordinator.drain({ timeoutMs: 600_000 });
  const stopped = nextEvent(coordinator, 'coordinator.stopped');
  await coordinator.stop({ timeoutMs: 200 });
  expect(await stopped).toMatchObject({ unfinished: 1 });
  running.resolve();
});

/** A coordinator with a job that never ends in time, and a face that still asks Redis when it is stopped. */
async function withSlowFace(queue: string) {
  const coordinator = await startCoordinator(server);
  const running = createDeferred<void>();
  onTestFinished(() => running.resolve());
  coordinator.process(queue, () => running.promise);
  await coordinator.queue(queue).add('job', {});
  await untilActive(coordinator, 1);
  let hasAnswered = false;
  coordinator.attach({
    name: 'page',
    async stop() {
      for (let asked = 0; asked < 10; asked += 1) await coordinator.getQueueStats(queue);
      hasAnswered = true;
    },
  });
  return { coordinator, hasAnswered: () => hasAnswered };
}

test('a drain that its jobs use up leaves a part of the time to what comes after it', async () => {
  const { coordinator, hasAnswered } = await withSlowFace('all-of-it');
  const order: string[] = [];
  const ends = sleep(1_900).then(() => order.push('the deadline is near'));
  const draining = coordinator.drain({ timeoutMs: 2_000 }).then(() => order.push('drained'));
  await Promise.race([ends, draining]);
  expect(order).toEqual(['drained']);
  await coordinator.stop();
  expect(hasAnswered()).toBe(true);
});

test('a stop that comes after the deadline still lets faces answer', async () => {
  const { coordinator, hasAnswered } = await withSlowFace('long-ago');
  const begunAt = systemClock.monotonic();
  await coordinator.drain({ timeoutMs: 500 });
  await until(() => systemClock.monotonic() - begunAt > 500, { what: 'the deadline' });
  await coordinator.stop();
  expect(hasAnswered()).toBe(true);
});

test('what is registered after the drain is refused and told', async () => {
  const coordinator = await startCoordinator(server);
  await coordinator.drain();
  const told = nextEvent(coordinator, 'processor.rejected');
  expect(coordinator.registerProcessor('late', () => {})).toBe(false);
  expect(await told).toMatchObject({
    queue: 'late',
    message: expect.stringContaining('nothing runs the jobs of "late" here any more'),
  });
});
