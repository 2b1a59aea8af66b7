import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis({
    // No CLIENT command at all, as on some managed servers.
    aclLines: ['user app on >secret ~* &* +@all -client'],
  });
});
afterAll(() => server.stop());

const ready = (coordinator: Awaited<ReturnType<typeof startCoordinator>>): Promise<unknown> =>
  until(() => coordinator.operations.health.ready().status === 'ready', { what: 'all waiting' });

test('one job to each of 60 idle queues at once: all run, none waits for a block to end', async () => {
  const coordinator = await startCoordinator(server);
  const ran = new Set<string>();
  const names = Array.from({ length: 60 }, (_, i) => `burst-${i}`);
  for (const name of names) coordinator.process(name, async (job) => void ran.add(job.queueName));
  await ready(coordinator);
  await Promise.all(names.map((name) => coordinator.queue(name).add('job', {})));
  await until(() => ran.size === names.length, { timeoutMs: 3_000, what: 'all jobs' });
});

test('a queue added while the socket blocks is waited for at once', async () => {
  const coordinator = await startCoordinator(server);
  coordinator.process('first', async () => {});
  await ready(coordinator);
  const ran: string[] = [];
  coordinator.process('second', async (job) => void ran.push(job.queueName));
  await ready(coordinator);
  await coordinator.queue('second').add('job', {});
  await until(() => ran.length === 1, { timeoutMs: 2_000, what: 'the job of the second queue' });
});

test('a marker popped for nobody goes back, and another process takes the job', async () => {
  const busy = await startCoordinator(server);
  const idle = await startCoordinator(server);
  const ran: string[] = [];
  let release!: () => void;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  busy.process('handover', async () => {
    ran.push('busy');
    await held;
  });
  await ready(busy);
  await busy.queue('handover').add('one', {});
  await until(() => ran.length === 1, { what: 'the first job' });
  idle.process('handover', async () => void ran.push('idle'));
  await ready(idle);
  // The busy process still has the key armed for a moment, and no free worker.
  await busy.queue('handover').add('two', {});
  await until(() => ran.includes('idle'), { timeoutMs: 2_000, what: 'the idle process' });
  release();
});

test('several workers of one queue in one process are woken one job each', async () => {
  const coordinator = await startCoordinator(server);
  const running = new Set<string>();
  let release!: () => void;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  for (let i = 0; i < 3; i += 1)
    coordinator.process('crowd', async (job) => {
      running.add(job.id!);
      await held;
    });
  await ready(coordinator);
  await coordinator.queue('crowd').addBulk([1, 2, 3].map((n) => ({ name: 'job', data: { n } })));
  await until(() => running.size === 3, { timeoutMs: 3_000, what: 'three jobs side by side' });
  release();
});

test('waiting needs no CLIENT command', async () => {
  const url = server.url.replace('redis://', 'redis://app:secret@');
  const coordinator = await startCoordinator({ url });
  const ran: string[] = [];
  coordinator.process('no-client', async (job) => void ran.push(job.id!));
  await ready(coordinator);
  coordinator.process('no-client-2', async (job) => void ran.push(job.id!));
  await ready(coordinator);
  await coordinator.queue('no-client-2').add('job', {});
  await until(() => ran.length === 1, { timeoutMs: 3_000, what: 'the job' });
});

test('a pause interrupts the wait and resume goes on', async () => {
  const coordinator = await startCoordinator(server);
  const ran: string[] = [];
  coordinator.process('paused', async (job) => void ran.push(job.name));
  await ready(coordinator);
  const queue = coordinator.queue('paused');
  await queue.pause();
  await queue.add('later', {});
  expect((await coordinator.getQueueStats('paused')).isPaused).toBe(true);
  expect(ran).toEqual([]);
  await queue.resume();
  await until(() => ran.length === 1, { what: 'the job after resume' });
});

test('poke keys do not pile up in Redis', async () => {
  const admin = createClient(server);
  await until(async () => {
    const [, keys] = await admin.scan(0, 'MATCH', 'coordinator:poke:*', 'COUNT', 10_000);
    const lives = await Promise.all(keys.map((key) => admin.pttl(key)));
    return lives.every((ttl) => ttl !== -1);
  });
});

test('a delayed job of a paused queue moves to waiting when it is due, not when the next idle look is', async () => {
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue('paused-delayed');
  await queue.pause();
  coordinator.process('paused-delayed', async () => {});
  await until(() => coordinator.operations.health.ready().status === 'ready');
  const { id } = await queue.add('job', {}, { delay: 1_300 });
  const isWaiting = async () => (await queue.getJobState(id!)) !== 'delayed';
  await until(isWaiting, { timeoutMs: 3_500, what: 'the job is due' });
});
