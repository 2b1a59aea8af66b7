/** Adds that resolve when a replica has them: what they promise, and that nobody else pays for it. */
import { type Coordinator, CoordinatorError, defineQueue } from 'drover';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const paid = defineQueue('paid', { durability: { replicas: 1, timeoutMs: 300 } });

/** A primary with a replica, which follows it through a proxy of its own. */
async function startPair() {
  const primary = await startRedis();
  const link = await startProxy({ target: primary });
  const replica = await startRedis();
  onTestFinished(async () => {
    await link.close();
    await replica.stop();
    await primary.stop();
  });
  const admin = createClient(primary);
  const copy = createClient(replica);
  await copy.replicaof('127.0.0.1', String(link.port));
  await until(async () => (await copy.info('replication')).includes('master_link_status:up'));
  // A replica that has just synchronised hears nothing before its first acknowledgement.
  await until(async () => (await admin.set('first', 1)) && (await admin.wait(1, 1_000)) === 1);
  return { primary, link, replica, admin, copy };
}

async function callsOf(redis: Redis, command: string): Promise<number> {
  const found = new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(
    await redis.info('commandstats'),
  );
  return Number(found?.[1] ?? 0);
}

/** What a replica that does not hear anything any more leads to. */
async function addUnheard(coordinator: Coordinator, jobId: string): Promise<CoordinatorError> {
  const error = await coordinator
    .queue(paid)
    .add('job', {}, { jobId })
    .catch((reason) => reason);
  expect(error).toBeInstanceOf(CoordinatorError);
  return error;
}

test('an add, a batch, a flow and a scheduler resolve when the replica has them', async () => {
  const { primary, copy } = await startPair();
  const coordinator = await startCoordinator(primary);
  const queue = coordinator.queue(paid);
  const { id } = await queue.add('job', {});
  expect(await copy.exists(`bull:paid:${id}`)).toBe(1);
  const batch = await queue.addBulk(Array.from({ length: 250 }, () => ({ name: 'job', data: {} })));
  expect(await copy.exists(...batch.map((job) => `bull:paid:${job.id}`))).toBe(250);
  const child = { name: 'child', queueName: 'paid', opts: { jobId: 'child' } };
  await coordinator.flows.add({ name: 'parent', queueName: 'cheap', children: [child] });
  expect(await copy.exists('bull:paid:child')).toBe(1);
  await coordinator.queues.upsertScheduler(paid, 'each-minute', { every: 60_000 });
  expect(await copy.zscore('bull:paid:repeat', 'each-minute')).toBeTruthy();
});

test('many adds share one WAIT, and queues without the demand have none', async () => {
  const { primary, admin } = await startPair();
  const coordinator = await startCoordinator(primary);
  await admin.config('RESETSTAT');
  await coordinator.queue('cheap').add('job', {});
  expect(await callsOf(admin, 'wait')).toBe(0);
  const queue = coordinator.queue(paid);
  await queue.add('first', {});
  await Promise.all(Array.from({ length: 500 }, () => queue.add('job', {})));
  expect(await callsOf(admin, 'wait')).toBeLessThan(50);
  expect(await queue.getJobCounts('waiting')).toEqual({ waiting: 501 });
});

test('without a replica in time it is told, the job is there once, and other queues do not wait', async () => {
  const { primary, replica, copy } = await startPair();
  const coordinator = await startCoordinator(primary);
  await coordinator.queue(paid).add('before', {});
  replica.freeze();
  const order: string[] = [];
  const adding = addUnheard(coordinator, 'unheard').finally(() => order.push('durable'));
  for (let i = 0; i < 10; i += 1) await coordinator.queue('cheap').add('job', {});
  order.push('cheap');
  expect(await adding).toMatchObject({
    code: 'NOT_REPLICATED',
    retryable: true,
    message: expect.stringMatching(/Job unheard of queue paid.*0 of 1 replicas.*300 ms/),
  });
  expect(order).toEqual(['cheap', 'durable']);
  replica.thaw();
  await coordinator.queue(paid).add('job', {}, { jobId: 'unheard' });
  expect(await copy.exists('bull:paid:unheard')).toBe(1);
  expect(await coordinator.queue(paid).getJobCounts('waiting')).toEqual({ waiting: 2 });
});

test('adds that come while others wait for a frozen replica are told in time, too', async () => {
  const { primary, replica } = await startPair();
  const coordinator = await startCoordinator(primary);
  await coordinator.queue(paid).add('before', {});
  replica.freeze();
  const errors: CoordinatorError[] = [];
  for (let i = 0; i < 5; i += 1) {
    errors.push(...(await Promise.all([1, 2, 3].map((n) => addUnheard(coordinator, `${i}-${n}`)))));
  }
  expect(errors.map(({ code }) => code)).toEqual(Array(15).fill('NOT_REPLICATED'));
  replica.thaw();
});

test('what was confirmed is on the replica that is promoted; what was not is told', async () => {
  const { primary, link, replica, copy } = await startPair();
  const front = await startProxy({ target: primary });
  onTestFinished(() => front.close());
  const coordinator = await startCoordinator(front, { addTimeoutMs: 2_000 });
  const confirmed: string[] = [];
  const refused: string[] = [];
  let isAdding = true;
  const adding = Array.from({ length: 5 }, async (_, lane) => {
    for (let i = 0; isAdding; i += 1) {
      const jobId = `${lane}-${i}`;
      await coordinator
        .queue(paid)
        .add('job', {}, { jobId })
        .then(
          () => confirmed.push(jobId),
          () => refused.push(jobId),
        );
    }
  });
  await until(() => confirmed.length > 300);
  link.mode = 'silence';
  await until(() => refused.length > 5, { what: 'adds that no replica has heard of' });
  await primary.kill();
  await copy.replicaof('NO', 'ONE');
  front.retarget(replica);
  const before = confirmed.length;
  isAdding = false;
  await Promise.all(adding);
  expect(before).toBeGreaterThan(300);
  const missing = await Promise.all(
    confirmed.map(async (jobId) => ((await copy.exists(`bull:paid:${jobId}`)) ? [] : [jobId])),
  );
  expect(missing.flat()).toEqual([]);
  const lost = await Promise.all(
    refused.map(async (jobId) => ((await copy.exists(`bull:paid:${jobId}`)) ? [] : [jobId])),
  );
  expect(lost.flat().length).toBeGreaterThan(0);
});

test('a server that refuses WAIT is told as what it is, and the add is not lost', async () => {
  const server: RedisServer = await startRedis({ aclLines: ['user app on >p ~* &* +@all -wait'] });
  onTestFinished(() => server.stop());
  const coordinator = await startCoordinator({ url: server.url.replace('://', '://app:p@') });
  expect(await addUnheard(coordinator, 'job')).toMatchObject({
    code: 'NOT_REPLICATED',
    message: expect.stringContaining("'wait' command"),
  });
  expect(await coordinator.queue(paid).getJobCounts('waiting')).toEqual({ waiting: 1 });
});
