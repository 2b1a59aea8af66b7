/** A worker that is connected and does not fetch is replaced, and its jobs with it are safe. */
import type { Coordinator } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDeferred } from '../../src/base/deferred.ts';
import { createClient, nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const start = (): Promise<Coordinator> => startCoordinator(server, { readyWithinMs: 500 });
const never = (): Promise<never> => new Promise(() => {});

type Breakable = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** The parts of a queue's worker that a test breaks. */
function partsOf(coordinator: Coordinator, queue: string) {
  const worker = coordinator.workers.get(queue)[0]!;
  return {
    worker: worker as unknown as Breakable,
    backend: worker.getBackend() as unknown as Breakable,
  };
}

/** Looks without waiting for the loop until the worker has been replaced. */
async function rebuilt(coordinator: Coordinator): Promise<void> {
  await until(
    () => {
      coordinator.workers.watch();
      return coordinator.workers.workers[0]!.rebuilds === 1;
    },
    { timeoutMs: 20_000, what: 'a new worker' },
  );
}

function isWaiting(coordinator: Coordinator): boolean {
  return coordinator.workers.workers[0]?.isWaiting === true;
}

test.each(['moveToActive', 'waitForJob'])(
  'when %s never settles, a new worker does the next job, and everybody can see it',
  async (member) => {
    const coordinator = await start();
    const name = `stuck-${member}`;
    coordinator.process(name, async () => 'done', 3);
    await until(() => isWaiting(coordinator), { what: 'an idle worker' });
    coordinator.workers.get(name)[0]!.concurrency = 2;
    partsOf(coordinator, name).backend[member] = never;
    const announced = nextEvent(coordinator, 'worker.rebuilt');
    const queue = coordinator.queue(name);
    // The first one may still be done; it ends the wait in which the worker was.
    await queue.addBulk([1, 2].map(() => ({ name: 'job', data: {} })));
    await until(() => !coordinator.operations.health.ready().queues[0]!.ready, {
      what: 'readiness to tell the truth',
    });
    // The coordinator's own loop looks, too.
    if (member === 'waitForJob') await rebuilt(coordinator);
    expect(await announced).toMatchObject({
      ...{ queue: name, rebuilds: 1 },
      reason: expect.stringContaining('although Redis is connected'),
    });
    await until(async () => (await coordinator.getQueueStats(name)).counts.completed === 2);
    expect(coordinator.workers.workers).toEqual([
      expect.objectContaining({ queue: name, rebuilds: 1, slots: 2 }),
    ]);
    await until(() => coordinator.operations.health.ready().status === 'ready');
    expect(coordinator.operations.health.ready().queues[0]).toMatchObject({ rebuilds: 1 });
  },
);

test('the workers of one processor are found among those of its queue, also the one that replaced it', async () => {
  const coordinator = await start();
  const first = async (): Promise<string> => 'first';
  const second = async (): Promise<string> => 'second';
  coordinator.process('shared', first).process('shared', second).process('another', first);
  await until(() => coordinator.workers.workers.every(({ isWaiting }) => isWaiting), {
    what: 'idle workers',
  });
  const [worker, ...others] = coordinator.workers.get('shared', first);
  expect(others).toEqual([]);
  expect(coordinator.workers.get('shared')).toHaveLength(2);
  expect(coordinator.workers.get('shared', second)).not.toContain(worker);
  expect(coordinator.workers.get('another', second)).toEqual([]);
  expect(coordinator.workers.get('shared', async () => 'first')).toEqual([]);
  (worker as unknown as Breakable).waitForRateLimit = () =>
    Promise.reject(new Error('the loop is broken'));
  await coordinator.queue('shared').addBulk([1, 2].map(() => ({ name: 'job', data: {} })));
  await rebuilt(coordinator);
  const [replaced, ...rest] = coordinator.workers.get('shared', first);
  expect(rest).toEqual([]);
  expect(replaced).toBeDefined();
  expect(replaced).not.toBe(worker);
});

test('when its loop has ended, a new worker goes on', async () => {
  const coordinator = await start();
  coordinator.process('ended', async () => 'done');
  await until(() => isWaiting(coordinator), { what: 'an idle worker' });
  partsOf(coordinator, 'ended').worker.waitForRateLimit = () =>
    Promise.reject(new Error('the loop is broken'));
  const announced = nextEvent(coordinator, 'worker.rebuilt');
  await rebuilt(coordinator);
  expect(await announced).toMatchObject({ reason: 'its loop has ended' });
  await coordinator.queue('ended').add('job', {});
  await until(async () => (await coordinator.getQueueStats('ended')).counts.completed === 1);
});

test('a job that runs in the old worker ends there, once, and listeners hear both', async () => {
  const coordinator = await start();
  const started: string[] = [];
  const long = createDeferred<void>();
  coordinator.process(
    'carried',
    async (job) => {
      started.push(job.name);
      if (job.name === 'long') await long.promise;
    },
    2,
  );
  const completed: string[] = [];
  const closed: string[] = [];
  const first = coordinator.workers.get('carried')[0]!;
  first.on('completed', ({ name }) => completed.push(name));
  first.on('closed', () => closed.push('closed'));
  const queue = coordinator.queue('carried');
  await queue.add('long', {});
  await until(() => started.length === 1 && isWaiting(coordinator), { what: 'the long job' });
  partsOf(coordinator, 'carried').backend.moveToActive = never;
  await queue.add('short', {});
  await rebuilt(coordinator);
  expect(coordinator.workers.get('carried')[0]).not.toBe(first);
  await until(() => completed.length === 1, { what: 'the short job' });
  long.resolve();
  await until(async () => (await coordinator.getQueueStats('carried')).counts.completed === 2);
  expect(completed).toEqual(['short', 'long']);
  expect(started).toEqual(['long', 'short']);
  expect(closed).toEqual([]);
});

test('a fetch of the old worker that settles late gives its job to the new one', async () => {
  const coordinator = await start();
  const ran: string[] = [];
  const long = createDeferred<void>();
  coordinator.process(
    'late',
    async (job) => {
      ran.push(job.name);
      if (job.name === 'long') await long.promise; // So that the old worker is not closed yet.
    },
    2,
  );
  const queue = coordinator.queue('late');
  await queue.add('long', {});
  await until(() => ran.length === 1 && isWaiting(coordinator), { what: 'the long job' });
  const { backend } = partsOf(coordinator, 'late');
  const fetch = backend.moveToActive!.bind(backend);
  const released = createDeferred<void>();
  backend.moveToActive = async (...args) => {
    const answer = await fetch(...args);
    await released.promise;
    return answer;
  };
  const { id } = await queue.add('first', {});
  await until(async () => (await (await queue.getJob(id!))?.getState()) === 'active', {
    what: 'the fetch',
  });
  await rebuilt(coordinator);
  expect(ran).toEqual(['long']);
  released.resolve();
  await until(() => ran.length === 2, { what: 'the first job' });
  expect(coordinator.workers.handedBack).toBe(1);
  expect(await queue.getJob(id!)).toMatchObject({ attemptsStarted: 2, stalledCounter: 0 });
  long.resolve();
});

test('a worker that was replaced leaves nothing behind, and stop does not wait for it', async () => {
  const coordinator = await start();
  coordinator.process('gone', async () => {});
  await until(() => isWaiting(coordinator), { what: 'an idle worker' });
  partsOf(coordinator, 'gone').backend.moveToActive = never;
  await coordinator.queue('gone').add('job', {});
  await rebuilt(coordinator);
  const stopped = nextEvent(coordinator, 'coordinator.stopped');
  await coordinator.stop();
  // Far below the 25 s that running jobs would have had.
  expect((await stopped).tookMs).toBeLessThan(10_000);
  const list = String(await createClient(server).client('LIST'));
  expect(list).not.toMatch(new RegExp(` name=drover:\\S+:${process.pid} `));
});

test('a worker whose ack Redis refuses is let be: it will be accepted later', async () => {
  const coordinator = await startCoordinator(server, { readyWithinMs: 1 });
  const admin = createClient(server);
  const running = createDeferred<void>();
  coordinator.process('refused', () => running.promise);
  await coordinator.queue('refused').add('job', {});
  await until(() => coordinator.workers.workers[0]?.active === 1, { what: 'the running job' });
  await admin.config('SET', 'min-replicas-to-write', '1');
  coordinator.on('ack.retried', () => coordinator.workers.watch());
  const retried = nextEvent(coordinator, 'ack.retried', ({ try: tries }) => tries === 6);
  running.resolve();
  await retried;
  await admin.config('SET', 'min-replicas-to-write', '0');
  await until(async () => (await coordinator.getQueueStats('refused')).counts.completed === 1);
  expect(coordinator.workers.workers[0]).toMatchObject({ rebuilds: 0 });
});
