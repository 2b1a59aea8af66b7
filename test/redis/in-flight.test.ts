import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createClient, createCoordinator, startCoordinator } from '../support/coordinators.ts';
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

const has =
  (...texts: string[]) =>
  (bytes: Buffer): boolean =>
    texts.every((text) => bytes.includes(text));

test('a fetch whose reply was lost: its job is found by its lock and runs once, at once', async () => {
  const coordinator = await startCoordinator(proxy);
  const starts: string[] = [];
  const isFetch = (bytes: Buffer): boolean =>
    bytes.includes('lost-fetch:limiter') && !bytes.includes('lost-fetch:completed');
  coordinator.process('lost-fetch', async (job) => void starts.push(job.id!));
  await until(() => coordinator.operations.health.ready().status === 'ready');
  const cut = proxy.cutReply({ after: isFetch });
  await coordinator
    .queue('lost-fetch')
    .add('job', {})
    .catch(() => {});
  await cut;
  // Far below the lock (30 s) and the stalled scan (30 s) that would otherwise bring it back.
  await until(() => starts.length === 1, { timeoutMs: 5_000, what: 'the job' });
  await until(async () => (await coordinator.getQueueStats('lost-fetch')).counts.completed === 1);
  expect(starts).toHaveLength(1);
});

test('a job that is being looked for when Redis goes away for longer than a read may take is found later', async () => {
  const coordinator = await startCoordinator(proxy, { addTimeoutMs: 100 });
  const starts: string[] = [];
  coordinator.process('lost-twice', async (job) => void starts.push(job.id!));
  await until(() => coordinator.operations.health.ready().status === 'ready');
  const isFetch = (bytes: Buffer): boolean =>
    bytes.includes('lost-twice:limiter') && !bytes.includes('lost-twice:completed');
  const producer = await startCoordinator(server);
  const cut = proxy.cutReply({ after: isFetch });
  await producer.queue('lost-twice').add('job', {}, { jobId: 'the-lost-one' });
  await cut;
  await proxy.cutReply({ after: has('hgetall', 'lost-twice:the-lost-one') });
  proxy.mode = 'refuse';
  const isAway = (): boolean => !coordinator.getRedisHealth().redis.connected;
  await until(isAway, { what: 'the loss' });
  await expect(coordinator.queue('lost-twice').getWaitingCount()).rejects.toThrow(); // A read's time is over.
  proxy.mode = 'pass';
  await until(() => starts.length === 1, { timeoutMs: 5_000, what: 'the job' });
});

test('an acknowledgement whose reply was lost: the job is done once, and the next one goes on', async () => {
  const coordinator = await startCoordinator(proxy);
  const starts: string[] = [];
  const completed: string[] = [];
  const queue = coordinator.queue('lost-ack');
  await queue.addBulk(['a', 'b', 'c'].map((name) => ({ name, data: {} })));
  const cut = proxy.cutReply({ after: has('result-of-a') });
  coordinator.process('lost-ack', async (job) => {
    starts.push(job.name);
    return `result-of-${job.name}`;
  });
  coordinator.on('worker.error', ({ message }) => completed.push(message));
  await cut;
  await until(() => starts.length === 3, { timeoutMs: 5_000, what: 'all three jobs' });
  await until(async () => (await coordinator.getQueueStats('lost-ack')).counts.completed === 3);
  expect(starts).toEqual(['a', 'b', 'c']);
  expect(completed).toEqual([]);
});

test('an add whose reply was lost is unknown to its caller and is not sent twice', async () => {
  const coordinator = await startCoordinator(proxy);
  const queue = coordinator.queue('lost-add');
  await queue.add('first', {});
  const cut = proxy.cutReply({ after: has('the-lost-one') });
  const add = queue.add('second', { text: 'the-lost-one' });
  await expect(add).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: true });
  await cut;
  const counts = await queue.getJobCounts('waiting');
  expect(counts).toEqual({ waiting: 2 });
});

test('a read whose reply was lost is simply repeated', async () => {
  const coordinator = await startCoordinator(proxy);
  const queue = coordinator.queue('lost-read');
  const job = await queue.add('job', {});
  const cut = proxy.cutReply({ after: has('lost-read:meta', 'HGETALL'.toLowerCase()) });
  expect(await queue.getMeta()).toMatchObject({});
  await cut;
  expect(await queue.getJobState(job.id!)).toBe('waiting');
});

test('nothing is left hanging when the connection breaks under many calls', async () => {
  const coordinator = await startCoordinator(proxy);
  const queue = coordinator.queue('storm');
  await queue.add('warm-up', {});
  const calls = Array.from({ length: 200 }, (_, i) =>
    i % 2 ? queue.add('job', { i }) : queue.getJobCounts(),
  );
  proxy.cut();
  const outcomes = await Promise.allSettled(calls);
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
  );
  expect(new Set(failures).size).toBeLessThanOrEqual(1);
  expect(failures.every((code) => code === 'OUTCOME_UNKNOWN')).toBe(true);
  const accepted = outcomes.filter((o, i) => i % 2 && o.status === 'fulfilled').length;
  const waiting = await queue.getJobCountByTypes('waiting');
  expect(waiting).toBeGreaterThanOrEqual(accepted + 1);
});

test('a flow whose scripts Redis has forgotten is added whole', async () => {
  const coordinator = await startCoordinator(server);
  const flow = {
    name: 'parent',
    queueName: 'flow',
    children: [{ name: 'child', queueName: 'flow' }],
  };
  await coordinator.flows.add(flow);
  await createClient(server).script('FLUSH');
  const { job } = await coordinator.flows.add(flow);
  const stored = await coordinator.flows.getFlow({ queueName: 'flow', id: job.id! });
  expect(stored?.children).toHaveLength(1);
});

test('after a half-open socket everything goes on, within the socket timeout', {
  timeout: 45_000,
}, async () => {
  const coordinator = createCoordinator(proxy, { addTimeoutMs: '30s' });
  const ran: string[] = [];
  coordinator.process('half-open', async (job) => void ran.push(job.name));
  await coordinator.start();
  await until(() => coordinator.operations.health.ready().status === 'ready');
  proxy.mode = 'blackhole';
  const silentSince = performance.now();
  const add = coordinator
    .queue('half-open')
    .add('through-the-hole', {})
    .catch((error) => error);
  await until(() => !coordinator.getRedisHealth().redis.connected, {
    timeoutMs: 25_000,
    what: 'the silence to be noticed',
  });
  expect(performance.now() - silentSince).toBeLessThan(21_000);
  await add;
  await until(async () => {
    await coordinator.queue('half-open').add('after', {});
    return true;
  });
  await until(() => ran.includes('after'), { timeoutMs: 20_000, what: 'the job after' });
});
