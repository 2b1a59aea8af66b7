/** Processes are told something through the control surface, and may end before they answer. */
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createKeys } from '../../src/keys.ts';
import { type ChildApp, startApp } from '../support/child-app.ts';
import { startCoordinator } from '../support/coordinators.ts';
import { shareRedis } from '../support/shared-redis.ts';
import { until } from '../support/until.ts';
import { callerOf } from './operate-queues.ts';

const WORKER = fileURLToPath(new URL('./fleet-worker.mjs', import.meta.url));
const keys = createKeys('coordinator');
const LONG = { timeout: 40_000 };
const LATER = { timeoutMs: 20_000 };
const { server, redis } = await shareRedis();

async function startWorker(env: Record<string, string> = {}): Promise<ChildApp> {
  const app = startApp(WORKER, { env: { REDIS_URL: server.url, ...env } });
  onTestFinished(() => app[Symbol.asyncDispose]());
  await app.line('up');
  return app;
}

async function startConsole(app: ChildApp) {
  const coordinator = await startCoordinator(server, { metrics: false });
  const ann = callerOf(coordinator);
  const own = async () => (await ann.call('workers.list', {})).find(({ pid }) => pid === app.pid);
  const { id } = await until(own, { ...LATER, what: 'a heartbeat' });
  return { coordinator, ann, own, id };
}

/** Resolves when the order is there, of which there was none before. */
async function ordered(): Promise<void> {
  await until(async () => (await redis.xlen(keys.orders())) > 0, { intervalMs: 1 });
}

test('a pin opens slots in a process elsewhere, and no more of them', LONG, async () => {
  const app = await startWorker({ POOL: '{"min":1,"max":4,"concurrency":4}' });
  const { ann, coordinator } = await startConsole(app);
  const queue = 'jobs';
  const jobs = coordinator.queue(queue);
  await until(async () => (await ann.call('pools.list', {})).length === 1, LATER);
  const pin = await ann.call('pools.pin', { queue, slots: 3, for: '1h', reason: 'sale' });
  expect(pin).toMatchObject({ slots: 3, by: 'token:ann', reason: 'sale' });
  await until(async () => (await ann.call('pools.get', { queue })).target === 3, LATER);
  await jobs.addBulk(Array.from({ length: 6 }, () => ({ name: 'job', data: { how: 'honours' } })));
  await until(async () => (await jobs.getActiveCount()) === 3, LATER);
  expect(await ann.call('pools.get', { queue })).toMatchObject({ target: 3, pin });
  expect(await ann.call('pools.scale', { queue })).toEqual({ value: 3 });
  expect((await ann.call('pools.decisions', { queue, limit: 1 }))[0]).toMatchObject({ to: 3 });
  expect(await jobs.getActiveCount()).toBe(3);
  expect(await ann.call('pools.unpin', { queue })).toEqual({ removed: true });
  await until(async () => (await jobs.getActiveCount()) === 4, LATER);
});

test(
  'of a process that ends between the order and its answer nothing is claimed',
  LONG,
  async () => {
    const apps = [await startWorker(), await startWorker({ QUEUES: 'others' })] as const;
    const { ann, coordinator, id } = await startConsole(apps[0]);
    const { id: other } = await startConsole(apps[1]);
    await coordinator.queue('jobs').add('job', { how: 'honours' }, { jobId: 'left' });
    await apps[0].line('started left');
    for (const app of apps) app.kill('SIGSTOP');
    const quieted = ann.call('workers.quiet', { worker: id, reason: 'deploy' });
    const cancelled = ann.call('jobs.cancel', { queue: 'jobs', job: 'left' });
    const stopped = ann.call('workers.quiet', { worker: other });
    stopped.catch(() => {});
    await ordered();
    await until(async () => (await redis.hlen(keys.workerFlags())) === 2, { intervalMs: 1 });
    for (const app of apps) app.kill('SIGKILL');
    // As a process that ends in order leaves.
    await redis.del(keys.host(other));
    expect(await quieted).toMatchObject({
      isQuiet: false,
      quietBy: 'token:ann',
      quietFor: 'deploy',
    });
    expect(await cancelled).toMatchObject({ outcome: 'asked' });
    await expect(stopped).rejects.toMatchObject({ code: 'NOT_FOUND' });
  },
);

test('a process that stood still does what it was told when it goes on', LONG, async () => {
  const app = await startWorker();
  const { ann, own, id } = await startConsole(app);
  app.kill('SIGSTOP');
  expect(await ann.call('workers.quiet', { worker: id })).toMatchObject({ isQuiet: false });
  app.kill('SIGCONT');
  await app.line('quiet by token:ann');
  await until(async () => (await own())?.isQuiet, LATER);
  expect(await ann.call('workers.resume', { worker: id })).toMatchObject({ isQuiet: false });
  await app.line('resumed');
});
