/** What operators see of queues and do with them, on plain BullMQ and on Drover's own. */
import type { Queue } from 'bullmq';
import type { Coordinator } from 'drover';
import { expect, test } from 'vitest';
import { createKeys } from '../../src/keys.ts';
import type { ActionCaller } from '../../src/operations/actions.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';
import type { QueueRow } from '../../src/operations/queues/queue-views.ts';
import { createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { startRedis } from '../support/redis-server.ts';
import { shareRedis } from '../support/shared-redis.ts';
import { until } from '../support/until.ts';
import { callerOf, plainQueue, plainWorker } from './operate-queues.ts';

const keys = createKeys('coordinator');
const { server, redis } = await shareRedis();

/** The console over whatever is in Redis. */
async function startConsole(): Promise<{ coordinator: Coordinator; ann: ActionCaller }> {
  const coordinator = await startCoordinator(server, { metrics: false });
  return { coordinator, ann: callerOf(coordinator) };
}

async function addJobs(queue: Queue, count: number, options: object = {}): Promise<void> {
  const jobs = Array.from({ length: count }, () => ({ name: 'job', data: {}, opts: options }));
  await queue.addBulk(jobs);
}

const names = (rows: readonly QueueRow[]): string[] => rows.map(({ queue }) => queue);

test('queues without any Drover are listed with counts, and where the number of workers comes from', async () => {
  const mails = plainQueue(server, 'mails', { prefix: 'eu' });
  await addJobs(mails, 3);
  await addJobs(mails, 2, { delay: 60_000 });
  await addJobs(mails, 1, { priority: 5 });
  await addJobs(plainQueue(server, 'photos'), 1);
  await plainWorker(server, 'photos');
  const coordinator = createCoordinator(server, { metrics: false });
  coordinator.process('own', async () => {});
  await coordinator.start();
  await coordinator.queue('own').waitUntilReady();
  const ann = callerOf(coordinator);
  await until(async () => (await ann.call('queues.get', { queue: 'own' })).workers === 1);
  await until(async () => (await ann.call('queues.get', { queue: 'photos' })).counts.active === 1);
  const page = await ann.call('queues.list', {});
  expect(page).toMatchObject({ next: null, isComplete: true, discoveredAt: expect.any(Number) });
  expect(names(page.rows)).toEqual(['eu:mails', 'own', 'photos']);
  expect(page.rows[0]).toMatchObject({
    ...{ queue: 'eu:mails', prefix: 'eu', name: 'mails', isPaused: false, pausedBy: null },
    counts: { waiting: 3, delayed: 2, prioritized: 1, active: 0, completed: 0, failed: 0 },
    ...{ workers: 0, workersFrom: 'derived', bullVersion: expect.stringContaining('bullmq:') },
    oldestWaitingMs: expect.any(Number),
  });
  expect(page.rows[1]).toMatchObject({ workers: 1, workersFrom: 'measured' });
  expect(page.rows[2]).toMatchObject({ workers: 1, workersFrom: 'derived' });
  for (const [name, view] of [
    ['queues.list', page],
    ['queues.get', await ann.call('queues.get', { queue: 'eu:mails' })],
  ] as const)
    expect(HANDLERS[name]!.output.parse(view)).toEqual(view);
});

test('without the right to list clients the number of workers is not known', async () => {
  await using limited = await startRedis({
    aclLines: ['user default on nopass ~* &* +@all -client|list'],
  });
  await addJobs(plainQueue(limited, 'mails'), 1);
  const coordinator = await startCoordinator(limited, { metrics: false });
  const [row] = (await callerOf(coordinator).call('queues.list', {})).rows;
  expect(row).toMatchObject({ workers: null, workersFrom: 'absent' });
});

test('a page takes one round trip for all its queues', async () => {
  for (let i = 0; i < 60; i += 1) await addJobs(plainQueue(server, `q${i}`), 1);
  await using proxy = await startProxy({ target: server });
  const coordinator = await startCoordinator(proxy, { metrics: false, addTimeoutMs: 10_000 });
  const ann = callerOf(coordinator);
  await ann.call('queues.list', {});
  proxy.delay(500);
  const startedAt = performance.now();
  expect((await ann.call('queues.list', {})).rows).toHaveLength(60);
  // A round trip takes a second.
  expect(performance.now() - startedAt).toBeLessThan(1_900);
});

test('pages follow each other by name and by what waits, filtered by a pattern', async () => {
  for (const [name, count] of [
    ['a1', 1],
    ['a2', 3],
    ['a3', 2],
    ['a4', 3],
    ['b1', 9],
  ] as const)
    await addJobs(plainQueue(server, name), count);
  const { ann } = await startConsole();
  const all = async (sort: 'name' | 'waiting' | 'oldest'): Promise<string[]> => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ann.call('queues.list', {
        ...{ match: 'a*', sort, limit: 3 },
        ...(cursor !== undefined && { cursor }),
      });
      found.push(...names(page.rows));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return found;
  };
  expect(await all('name')).toEqual(['a1', 'a2', 'a3', 'a4']);
  expect(await all('waiting')).toEqual(['a2', 'a4', 'a3', 'a1']);
  expect(await all('oldest')).toEqual(['a1', 'a2', 'a3', 'a4']);
  await expect(ann.call('queues.list', { cursor: 'nonsense' })).rejects.toMatchObject({
    ...{ code: 'INPUT_INVALID', pointer: '/cursor' },
  });
});

test('whoever may see some queues learns nothing of the others', async () => {
  for (const name of ['a1', 'a2', 'b1']) await addJobs(plainQueue(server, name), 1);
  const { coordinator } = await startConsole();
  const limited = callerOf(coordinator, [{ may: ['admin'], queues: ['a*'] }]);
  expect(names((await limited.call('queues.list', {})).rows)).toEqual(['a1', 'a2']);
  expect(names((await limited.call('queues.list', { match: 'b*' })).rows)).toEqual([]);
  for (const queue of ['b1', 'b-that-is-not-there'])
    await expect(limited.call('queues.get', { queue })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  await expect(limited.call('queues.get', { queue: 'a3' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('a pause tells who and why, until the queue is resumed by whomever', async () => {
  const mails = plainQueue(server, 'mails');
  await addJobs(mails, 1);
  const { ann } = await startConsole();
  const paused = await ann.call('queues.pause', { queue: 'mails', reason: 'bad deploy' });
  expect(paused).toMatchObject({ isPaused: true, pausedBy: 'token:ann', pausedFor: 'bad deploy' });
  expect(paused.pausedAt).toBeGreaterThan(Date.now() - 60_000);
  expect(await mails.isPaused()).toBe(true);
  expect((await mails.getMeta()).paused).toBe(true);
  // Plain BullMQ resumes it and knows nothing of reasons.
  await mails.resume();
  expect(await ann.call('queues.get', { queue: 'mails' })).toMatchObject({
    ...{ isPaused: false, pausedBy: null, pausedFor: null, pausedAt: null },
  });
  await until(async () => (await redis.hexists(keys.pauses(), 'mails')) === 0);
  await mails.pause();
  expect(await ann.call('queues.get', { queue: 'mails' })).toMatchObject({
    ...{ isPaused: true, pausedBy: null, pausedFor: null, pausedAt: null },
  });
  await ann.call('queues.pause', { queue: 'mails' });
  expect(await ann.call('queues.resume', { queue: 'mails' })).toMatchObject({ isPaused: false });
  expect(await redis.exists(keys.pauses())).toBe(0);
});

test('limits are those of BullMQ, for the whole fleet', async () => {
  const mails = plainQueue(server, 'mails');
  await addJobs(mails, 1);
  const { ann } = await startConsole();
  const queue = 'mails';
  expect(await ann.call('queues.limit', { queue, max: 10, duration: '1m' })).toMatchObject({
    ...{ rateLimit: { max: 10, durationMs: 60_000 }, limitedForMs: 0 },
  });
  expect(await mails.getGlobalRateLimit()).toEqual({ max: 10, duration: 60_000 });
  await redis.set('bull:mails:limiter', 10, 'PX', 60_000);
  expect((await ann.call('queues.get', { queue })).limitedForMs).toBeGreaterThan(50_000);
  expect(await ann.call('queues.unlimit', { queue })).toMatchObject({
    ...{ rateLimit: null, limitedForMs: null },
  });
  await mails.rateLimit(60_000);
  expect((await ann.call('queues.get', { queue })).limitedForMs).toBeGreaterThan(50_000);
  expect(await ann.call('queues.concurrency', { queue, concurrency: 3 })).toMatchObject({
    globalConcurrency: 3,
  });
  expect(await mails.getGlobalConcurrency()).toBe(3);
  expect(await ann.call('queues.concurrency', { queue, concurrency: null })).toMatchObject({
    globalConcurrency: null,
  });
});

test('bad input is refused with a pointer, and nothing is done', async () => {
  await addJobs(plainQueue(server, 'mails'), 1);
  const { ann } = await startConsole();
  const queue = 'mails';
  const bad: [Parameters<ActionCaller['call']>[0], object, string][] = [
    ['queues.list', { limit: 0 }, '/limit'],
    ['queues.list', { sort: 'size' }, '/sort'],
    ['queues.list', JSON.parse('{"__proto__":{"x":1}}'), '/__proto__'],
    ['queues.get', { queue: 'a\r\nFLUSHALL' }, '/queue'],
    ['queues.get', { queue: 'x'.repeat(10_000) }, '/queue'],
    ['queues.get', { queue: ['mails'] }, '/queue'],
    ['queues.limit', { queue, max: 0, duration: '1s' }, '/max'],
    ['queues.limit', { queue, max: 1e308, duration: '1s' }, '/max'],
    ['queues.limit', { queue, max: 1, duration: '30' }, '/duration'],
    ['queues.concurrency', { queue, concurrency: -1 }, '/concurrency'],
    ['queues.concurrency', { queue, concurrency: 'many' }, '/concurrency'],
    ['queues.clean', { queue, confirm: queue, state: 'active', olderThan: '1h' }, '/state'],
    ['queues.clean', { queue, confirm: queue, state: 'failed', olderThan: '' }, '/olderThan'],
    ['queues.pause', { queue, reason: '\u001b[2J' }, '/reason'],
    ['queues.pause', { queue: 'bull:mails' }, '/queue'],
  ];
  for (const [name, input, pointer] of bad)
    await expect(ann.call(name, input as never), `${name} ${pointer}`).rejects.toMatchObject({
      ...{ code: 'INPUT_INVALID', pointer },
    });
  for (const unknown of ['nobody', 'a:b:c', '*', '__proto__'])
    await expect(ann.call('queues.pause', { queue: unknown })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  expect(await ann.call('queues.get', { queue })).toMatchObject({
    isPaused: false,
    rateLimit: null,
  });
});

test('a key that only looks like a queue cannot be deleted as one', async () => {
  await redis.hset('shop:cart:meta', { version: '3' });
  await redis.set('shop:cart:events', 'theirs');
  const { ann } = await startConsole();
  const queue = 'shop:cart';
  await expect(
    ann.call('queues.obliterate', { queue, confirm: queue, force: true }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await redis.exists('shop:cart:meta', 'shop:cart:events')).toBe(2);
});

test('a queue with a key of the wrong type takes no other one with it', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await addJobs(plainQueue(server, name), 2);
  await redis.del('bull:c:wait');
  await redis.set('bull:c:wait', 'what is this');
  const { ann, coordinator } = await startConsole();
  const { rows, uncounted } = await ann.call('queues.list', { sort: 'waiting' });
  expect(uncounted).toEqual(['c']);
  expect(rows.map(({ queue, counts }) => [queue, counts.waiting])).toEqual([
    ...[
      ['a', 2],
      ['b', 2],
      ['d', 2],
      ['e', 2],
    ],
  ]);
  const refused = { code: 'STATE_CONFLICT' };
  await expect(ann.call('queues.get', { queue: 'c' })).rejects.toMatchObject(refused);
  for (const name of ['a', 'c']) coordinator.queue(name);
  expect((await coordinator.getAllQueueStats()).map(({ queue }) => queue)).toEqual(['a']);
  await expect(coordinator.getQueueStats('c')).rejects.toMatchObject(refused);
});

test('while Redis is away everything ends in time, and works when it is back', async () => {
  await addJobs(plainQueue(server, 'mails'), 1);
  const coordinator = await startCoordinator(server, { metrics: false, addTimeoutMs: 500 });
  const ann = callerOf(coordinator);
  const queue = 'mails';
  await ann.call('queues.list', {});
  await server.kill();
  const calls = [
    ann.call('queues.list', { sort: 'waiting' }),
    ann.call('queues.get', { queue }),
    ann.call('queues.pause', { queue }),
    ann.call('queues.empty', { queue, confirm: queue }),
    ann.call('queues.obliterate', { queue, confirm: queue }),
    ann.call('schedulers.list', { queue }),
  ];
  for (const call of await Promise.allSettled(calls))
    expect(call).toMatchObject({ status: 'rejected', reason: { code: 'QUEUE_UNAVAILABLE' } });
  await server.restart();
  const page = await until(() => ann.call('queues.list', { sort: 'waiting' }));
  expect(names(page.rows)).toEqual(['mails']);
});

test('a connection that breaks while Redis is asked does not make a queue unknown', async () => {
  await addJobs(plainQueue(server, 'mails'), 1);
  await using proxy = await startProxy({ target: server });
  const coordinator = await startCoordinator(proxy, { metrics: false, addTimeoutMs: 1_000 });
  const ann = callerOf(coordinator);
  await ann.call('queues.get', { queue: 'mails' });
  server.freeze();
  try {
    const asked = ann.call('queues.get', { queue: 'mails' });
    asked.catch(() => {});
    proxy.mode = 'refuse';
    setImmediate(() => proxy.cut());
    await expect(asked).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  } finally {
    server.thaw();
  }
});

test('a queue of an application that waits for Redis for ever is operated within the deadline', async () => {
  await addJobs(plainQueue(server, 'mails'), 1);
  const coordinator = await startCoordinator(server, {
    ...{ metrics: false, addTimeoutMs: 500, whenDown: 'wait' },
  });
  coordinator.queue('mails');
  const ann = callerOf(coordinator);
  await ann.call('queues.get', { queue: 'mails' });
  await server.kill();
  await expect(ann.call('queues.pause', { queue: 'mails' })).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
  });
});

test('two who pause and resume at once leave no reason without a pause', async () => {
  await addJobs(plainQueue(server, 'mails'), 1);
  const consoles = [await startConsole(), await startConsole()];
  const queue = 'mails';
  for (let round = 0; round < 20; round += 1)
    await Promise.all(
      consoles.flatMap(({ ann }) => [
        ann.call('queues.pause', { queue, reason: `${round}` }),
        ann.call('queues.resume', { queue }),
      ]),
    );
  await consoles[0]!.ann.call('queues.resume', { queue });
  await until(async () => {
    await consoles[0]!.ann.call('queues.get', { queue });
    return (await redis.exists(keys.pauses())) === 0;
  });
});

test('without Redis configured everything says so', async () => {
  const coordinator = createCoordinator({ url: '' }, { redisUrl: undefined as never });
  await coordinator.start();
  await expect(callerOf(coordinator).call('queues.list', {})).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
  });
});
