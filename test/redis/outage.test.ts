/** What an add and a read do while Redis is away, silent or refusing: bounded, and never sent twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CoordinatorError, defineQueue } from 'drover';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import {
  createClient,
  createCoordinator,
  nextEvent,
  startCoordinator,
} from '../support/coordinators.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
let proxy: TcpProxy;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(async () => {
  proxy = await startProxy({ target: server });
});
afterEach(() => proxy.close());

async function lose(coordinator: Awaited<ReturnType<typeof startCoordinator>>): Promise<void> {
  proxy.mode = 'refuse';
  proxy.cut();
  await until(() => !coordinator.getRedisHealth().redis.connected, { what: 'the loss' });
}

/** Until the test ends, or sooner. */
async function refuseWrites(admin: ReturnType<typeof createClient>): Promise<void> {
  onTestFinished(async () => void (await admin.config('SET', 'min-replicas-to-write', '0')));
  await admin.config('SET', 'min-replicas-to-write', '1');
}

test('with "fail" adds, flows, bulks and reads are refused in time, and never carried out later', async () => {
  const coordinator = await startCoordinator(proxy, { addTimeoutMs: 100 });
  const queue = coordinator.queue('fail');
  await queue.add('before', {});
  await lose(coordinator);
  const calls = [
    queue.add('a', {}),
    queue.addBulk([{ name: 'b', data: {} }]),
    queue.addBulk(Array.from({ length: 600 }, () => ({ name: 'c', data: {} }))),
    queue.add('large', { text: 'x'.repeat(300_000) }),
    coordinator.flows.add({ name: 'd', queueName: 'fail' }),
    queue.getJobCounts(),
    queue.getJobs(['waiting']),
    queue.pause(),
    coordinator.getAllQueueStats(),
  ];
  for (const call of await Promise.allSettled(calls))
    expect(call).toMatchObject({ status: 'rejected', reason: { code: 'QUEUE_UNAVAILABLE' } });
  proxy.mode = 'pass';
  await until(() => coordinator.getRedisHealth().redis.connected, { what: 'the return' });
  expect(await queue.getJobCounts('waiting')).toEqual({ waiting: 1 });
  expect(await queue.isPaused()).toBe(false);
});

test('with "wait" an add is carried out when Redis is back, once', async () => {
  const coordinator = await startCoordinator(proxy);
  const queue = coordinator.queue(defineQueue('wait', { whenDown: 'wait' }));
  await queue.add('before', {});
  await lose(coordinator);
  const add = queue.add('during', {});
  proxy.mode = 'pass';
  expect((await add).name).toBe('during');
  expect(await queue.getJobCounts('waiting')).toEqual({ waiting: 2 });
});

test('an add that was sent into silence is unknown, a read is unavailable', async () => {
  const coordinator = await startCoordinator(proxy, { addTimeoutMs: 200 });
  const queue = coordinator.queue('silence');
  await queue.add('before', {});
  proxy.mode = 'silence';
  await expect(queue.add('sent', {})).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  await expect(queue.getJobCounts()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
});

test('a small batch is bounded while the bulk socket is open, too', async () => {
  const coordinator = await startCoordinator(proxy, { addTimeoutMs: 200 });
  const queue = coordinator.queue('beside-bulk');
  await queue.getJobs();
  proxy.mode = 'silence';
  const batch = queue.addBulk([{ name: 'sent', data: {} }]);
  await expect(batch).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
});

test('a refusal that passes is waited out, one that stays is told with its word', async () => {
  const coordinator = await startCoordinator(server, { addTimeoutMs: 300 });
  const queue = coordinator.queue('refused');
  const admin = createClient(server);
  await refuseWrites(admin);
  // Now and then the time is up just while a repetition is under way: then nobody can know, and it says so.
  const refused = await until(async () => {
    const error = await queue.add('no', {}).catch((reason: CoordinatorError) => reason);
    return error instanceof CoordinatorError && error.code !== 'OUTCOME_UNKNOWN' && error;
  });
  expect(refused).toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    message: expect.stringContaining('NOREPLICAS'),
  });
  const passing = queue.add('yes', {});
  await admin.config('SET', 'min-replicas-to-write', '0');
  expect((await passing).name).toBe('yes');
  expect(await queue.getJobCounts('waiting')).toEqual({ waiting: 1 });
});

test('a worker whose fetch is refused holds, says so once, and goes on by itself', async () => {
  const coordinator = await startCoordinator(server);
  const admin = createClient(server);
  const ran: string[] = [];
  const errors: string[] = [];
  coordinator.on('worker.error', ({ message }) => errors.push(message));
  const held = nextEvent(coordinator, 'fetch.held');
  coordinator.process('held', async (job) => void ran.push(job.name));
  await until(() => coordinator.operations.health.ready().status === 'ready');
  await coordinator.queue('held').add('first', {});
  await until(() => ran.length === 1);
  // A job that is there while writes are refused: only then does the fetch write, and is refused.
  const worker = coordinator.workers.get('held')[0]!;
  await worker.pause();
  await coordinator.queue('held').add('second', {});
  await refuseWrites(admin);
  worker.resume();
  expect(await held).toMatchObject({ queue: 'held', reason: 'NOREPLICAS' });
  const resumed = nextEvent(coordinator, 'fetch.resumed');
  await admin.config('SET', 'min-replicas-to-write', '0');
  expect(await resumed).toMatchObject({ queue: 'held' });
  await until(() => ran.length === 2);
  expect(errors).toEqual([]);
});

test('an acknowledgement that is refused for a while is repeated: the job runs once', async () => {
  const coordinator = await startCoordinator(server);
  const admin = createClient(server);
  let runs = 0;
  const retried = nextEvent(coordinator, 'ack.retried');
  coordinator.process('ack', async () => {
    runs += 1;
    await admin.config('SET', 'min-replicas-to-write', '1');
  });
  const queue = coordinator.queue('ack');
  const { id } = await queue.add('job', {});
  expect(await retried).toMatchObject({ jobId: id, reason: 'NOREPLICAS' });
  await admin.config('SET', 'min-replicas-to-write', '0');
  await until(async () => (await queue.getJobState(id!)) === 'completed', { what: 'the ack' });
  expect(runs).toBe(1);
});

test('a Redis that evicts keys counts as unavailable with the remedy, until it is mended', async () => {
  const evicting = await startRedis({ config: { 'maxmemory-policy': 'allkeys-lru' } });
  const coordinator = await startCoordinator(evicting, { addTimeoutMs: 100 });
  const remedy = expect.stringContaining('CONFIG SET maxmemory-policy noeviction');
  await until(() => coordinator.getRedisHealth().redis.error?.includes('evicts'));
  expect(coordinator.getRedisHealth()).toMatchObject({
    status: 'unhealthy',
    redis: { error: remedy },
  });
  await expect(coordinator.queue('evicted').add('job', {})).rejects.toMatchObject({
    message: remedy,
  });
  await createClient(evicting).config('SET', 'maxmemory-policy', 'noeviction');
  await until(() => coordinator.getRedisHealth().redis.connected, { what: 'the recovery' });
  expect((await coordinator.queue('evicted').add('job', {})).name).toBe('job');
  await coordinator.stop();
  await evicting.stop();
});

test('with allowEviction it is used, with a warning', async () => {
  const evicting = await startRedis({ config: { 'maxmemory-policy': 'allkeys-lru' } });
  const coordinator = createCoordinator(evicting, { allowEviction: true });
  const warned = nextEvent(coordinator, 'redis.warned');
  await coordinator.start();
  expect(await warned).toMatchObject({ finding: 'eviction' });
  await coordinator.queue('evicted').add('job', {});
  await coordinator.stop();
  await evicting.stop();
});

test('a flow that waits for Redis and then hears nothing is told as soon as an add is', async () => {
  const coordinator = await startCoordinator(proxy, { addTimeoutMs: 1_500 });
  await coordinator.queue('flow-parents').add('x', {});
  await lose(coordinator);
  const codes: string[] = [];
  const note = (error: { code: string }): void => void codes.push(error.code);
  const flow = { name: 'parent', queueName: 'flow-parents' };
  const adding = [
    coordinator.flows.add(flow).catch(note),
    coordinator.queue('flow-parents').add('x', {}).catch(note),
  ];
  coordinator.on('connection.ready', () => {
    proxy.mode = 'silence';
  });
  proxy.mode = 'pass';
  await Promise.race(adding);
  // Their times began a moment apart; a flow that waited twice would take 1,500 ms more.
  await Promise.race([Promise.all(adding), sleep(1_000)]);
  expect(codes).toEqual(['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN']);
});
