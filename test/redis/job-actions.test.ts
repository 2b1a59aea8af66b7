/** Jobs, as operators see and change them one by one, through the gate, on plain BullMQ queues. */

import { FlowProducer, type Job, Queue, Worker } from 'bullmq';
import type { Coordinator } from 'drover';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import type { ActionName, InputOf, OutputOf } from '../../src/operations/actions.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';
import { defineQueue } from '../../src/queues/define-queue.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
let coordinator: Coordinator;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const someone = (...grants: Principal['grants'][number][]): Principal => ({
  ...{ kind: 'token', id: 'ann', name: 'ann', grants },
});
const ADMIN = someone({ may: ['admin'] });
const secretFree = defineQueue('secretive', { payload: { redact: ['card.number'] } });

async function setUp() {
  redis = createClient(server);
  coordinator = await startCoordinator(server);
  coordinator.queue(secretFree);
}

/** Asks through the gate, and checks the answer against its published schema. */
async function ask<Name extends ActionName>(
  name: Name,
  input: InputOf<Name>,
  principal: Principal = ADMIN,
): Promise<OutputOf<Name>> {
  const output = await coordinator.control.call(name, input, { principal });
  const checked = HANDLERS[name]!.output.safeParse(output);
  expect(checked.error?.issues ?? []).toEqual([]);
  return output;
}

function plain(name: string, options: object = {}): Queue {
  const queue = new Queue(name, { connection: createClient(server), ...options });
  onTestFinished(() => queue.close());
  return queue;
}

/** A job in each state of a queue of that name; `active` until the test is over. */
async function oneInEachState(name: string): Promise<Record<string, string>> {
  const queue = plain(name);
  const connection = createClient(server);
  const add = async (jobName: string, options = {}): Promise<string> =>
    (await queue.add(jobName, { n: 1 }, options)).id!;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const run = async (job: Job): Promise<string> => {
    if (job.name === 'bad') throw new Error('no answer');
    if (job.name === 'active') await held;
    return 'ok';
  };
  const worker = new Worker(name, run, { connection, concurrency: 5 });
  onTestFinished(async () => {
    release();
    await worker.close();
  });
  const [completed, failed, active] = [await add('good'), await add('bad'), await add('active')];
  await until(async () => {
    const { completed, failed, active } = await queue.getJobCounts();
    return completed === 1 && failed === 1 && active === 1;
  });
  void worker.pause(true);
  await queue.pause();
  const flows = new FlowProducer({ connection: createClient(server) });
  onTestFinished(() => flows.close());
  const tree = await flows.add({
    ...{ name: 'parent', queueName: name },
    children: [{ name: 'child', queueName: `${name}-children` }],
  });
  return {
    ...{ completed, failed, active, waiting: await add('later') },
    prioritized: await add('urgent', { priority: 3 }),
    delayed: await add('slow', { delay: 3_600_000 }),
    'waiting-children': tree.job.id!,
  };
}

describe('in every state', () => {
  const STATES = [
    ...['waiting', 'prioritized', 'delayed', 'active', 'completed', 'failed', 'waiting-children'],
  ] as const;
  const MAY: Record<string, readonly string[]> = {
    'jobs.retry': ['completed', 'failed'],
    'jobs.promote': ['delayed'],
    'jobs.remove': ['waiting', 'prioritized', 'delayed', 'completed', 'failed', 'waiting-children'],
    'jobs.edit': ['waiting', 'prioritized', 'delayed', 'waiting-children'],
    'jobs.move': ['waiting', 'prioritized', 'delayed', 'completed', 'failed'],
    'jobs.cancel': ['active'],
  };
  for (const [action, allowed] of Object.entries(MAY))
    test(`${action} does what it may, and says the state where it may not`, async () => {
      await setUp();
      const name = `states-${action.replace('.', '-')}`;
      const ids = await oneInEachState(name);
      const other = plain(`${name}-other`);
      await other.waitUntilReady();
      await other.setGlobalConcurrency(5);
      for (const state of STATES) {
        const job = ids[state]!;
        expect(await ask('jobs.get', { queue: name, job })).toMatchObject({ state, id: job });
        const listed = await ask('jobs.list', { queue: name, state });
        expect(listed.rows.map(({ id }) => id)).toContain(job);
        const input = {
          ...{ queue: name, job, ...(action === 'jobs.move' && { to: `${name}-other` }) },
          ...(action === 'jobs.edit' && { data: { n: 2 } }),
        };
        const asked = ask(action as 'jobs.retry', input as never);
        // Nobody can reach into a worker that runs no Drover.
        if (action === 'jobs.cancel' && state === 'active')
          await expect(asked).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
        else if (allowed.includes(state)) await asked;
        else
          await expect(asked).rejects.toMatchObject({
            ...{ code: 'STATE_CONFLICT', message: expect.stringContaining(`is ${state}`) },
          });
        const found = await redis.exists(`bull:${name}:${job}`);
        const goes = ['jobs.move', 'jobs.remove'].includes(action) && allowed.includes(state);
        expect({ state, found }).toEqual({ state, found: goes ? 0 : 1 });
      }
      const missing = {
        ...{ queue: name, job: 'none', ...(action === 'jobs.move' && { to: `${name}-other` }) },
        ...(action === 'jobs.edit' && { data: {} }),
      };
      await expect(ask(action as 'jobs.retry', missing)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    });
});

test('a page goes on behind the last job, in either order, while jobs come and go', async () => {
  await setUp();
  const queue = plain('paged');
  await queue.addBulk(Array.from({ length: 250 }, (_, i) => ({ name: `n${i}`, data: {} })));
  for (const order of ['oldest', 'newest'] as const) {
    const names: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await ask('jobs.list', {
        ...{ queue: 'paged', state: 'waiting', order, limit: 100, ...(cursor && { cursor }) },
      });
      names.push(...page.rows.map(({ name }) => name));
      cursor = page.next ?? undefined;
      pages += 1;
      // One comes at one end, and one of those that were shown goes.
      await queue.add(`new-${order}-${pages}`, {});
      await redis.lrem('bull:paged:wait', 1, page.rows[0]!.id);
    } while (cursor);
    const own = names.filter((name) => /^n\d/.test(name));
    expect(new Set(own).size).toBe(own.length);
    // What went was shown before it went.
    expect(own.length).toBeGreaterThanOrEqual(247);
    expect(own[0]).toBe(order === 'oldest' ? 'n0' : 'n249');
  }
});

test('equal scores are neither left out nor shown twice when the last job of a page has gone', async () => {
  await setUp();
  const toKey = (part: string) => `bull:tied:${part}`;
  await redis.hset(toKey('meta'), 'version', 'bullmq:6.7.0');
  for (let i = 0; i < 30; i += 1) {
    await redis.hset(toKey(`t${String(i).padStart(2, '0')}`), {
      name: 'x',
      timestamp: 1,
      data: '{}',
    });
    await redis.zadd(toKey('failed'), 5_000, `t${String(i).padStart(2, '0')}`);
  }
  const first = await ask('jobs.list', {
    queue: 'tied',
    state: 'failed',
    order: 'oldest',
    limit: 10,
  });
  await redis.zrem(toKey('failed'), first.rows.at(-1)!.id);
  const cursor = first.next!;
  const second = await ask('jobs.list', {
    queue: 'tied',
    state: 'failed',
    order: 'oldest',
    limit: 30,
    cursor,
  });
  expect(second.rows.map(({ id }) => id)).toEqual(
    Array.from({ length: 20 }, (_, i) => `t${i + 10}`),
  );
});

test('ids whose job is gone are counted, and a job of 50 MB is not loaded by a list', async () => {
  await setUp();
  const queue = plain('huge');
  await queue.add('small', {});
  await redis.hset('bull:huge:big', {
    name: 'big',
    data: JSON.stringify('x'.repeat(50_000_000)),
    opts: '{}',
    timestamp: 1,
  });
  await redis.lpush('bull:huge:wait', 'big', 'lost');
  const sent = async () =>
    Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))![1]);
  const before = await sent();
  const page = await ask('jobs.list', { queue: 'huge', state: 'waiting' });
  expect((await sent()) - before).toBeLessThan(1_000_000);
  expect(page).toMatchObject({ gone: 1, looked: 3, total: 3 });
  expect(page.rows.find(({ id }) => id === 'big')!.dataBytes).toBe(50_000_002);
  const cut = await ask('jobs.get', { queue: 'huge', job: 'big' });
  expect(cut.data).toHaveLength(8_192);
  expect(cut.isDataCut).toBe(true);
});

test('a page of a hundred is one round trip', async () => {
  await setUp();
  const queue = plain('trip');
  await queue.addBulk(Array.from({ length: 120 }, () => ({ name: 'n', data: {} })));
  await ask('jobs.list', { queue: 'trip', state: 'waiting', limit: 100 });
  const monitor = await redis.monitor();
  onTestFinished(() => monitor.disconnect());
  const seen: string[] = [];
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source !== 'lua' && args.join(' ').includes('bull:trip:')) seen.push(args[0]!);
  });
  const page = await ask('jobs.list', { queue: 'trip', state: 'waiting', limit: 100 });
  expect(page.rows).toHaveLength(100);
  await redis.ping();
  expect(seen.map((each) => each.toLowerCase())).toEqual([expect.stringMatching(/^eval/)]);
});

test('integers that JavaScript cannot hold are shown digit by digit', async () => {
  await setUp();
  const { id } = await plain('exact').add('n', {});
  await redis.hset(`bull:exact:${id}`, 'data', '{"n":9007199254740993}');
  expect((await ask('jobs.get', { queue: 'exact', job: id! })).data).toBe('{"n":9007199254740993}');
});

test('a filter matches names, errors, times and data', async () => {
  await setUp();
  const queue = plain('filtered');
  await queue.add('resize', { user: { id: 42 } });
  await queue.add('resize', { user: { id: 43 } });
  await queue.add('other', {});
  const names = async (filter: string) =>
    (await ask('jobs.list', { queue: 'filtered', state: 'waiting', filter })).rows.length;
  expect(await names('name:resize')).toBe(2);
  expect(await names('-name:resize')).toBe(1);
  expect(await names('name:resize data.user.id:42')).toBe(1);
  expect(await names('after:1h')).toBe(3);
  expect(await names('before:1h')).toBe(0);
  await expect(names('nmae:x')).rejects.toMatchObject({ code: 'FILTER_INVALID' });
  await expect(names('state:failed')).rejects.toMatchObject({ code: 'FILTER_INVALID' });
});

test('a flow is shown level by level, without queues that may not be seen, and a circle ends', async () => {
  await setUp();
  const flows = new FlowProducer({ connection: createClient(server) });
  onTestFinished(() => flows.close());
  const { job } = await flows.add({
    ...{ name: 'root', queueName: 'a-flow' },
    children: [
      { name: 'seen', queueName: 'a-flow', children: [{ name: 'deep', queueName: 'a-flow' }] },
      { name: 'hidden', queueName: 'b-flow' },
    ],
  });
  const limited = someone({ may: ['viewer'], queues: ['a*'] });
  const tree = await ask('jobs.flow', { queue: 'a-flow', job: job.id! }, limited);
  expect(tree).toMatchObject({ name: 'root', state: 'waiting-children', more: 1 });
  expect(tree.children.map(({ name }) => name)).toEqual(['seen']);
  expect(tree.children[0]!.children.map(({ name }) => name)).toEqual(['deep']);
  expect(JSON.stringify(tree)).not.toContain('b-flow');
  await redis.sadd(`bull:a-flow:${tree.children[0]!.id}:dependencies`, `bull:a-flow:${job.id}`);
  const circle = await ask('jobs.flow', { queue: 'a-flow', job: job.id!, depth: 10 });
  expect(JSON.stringify(circle).match(/"root"/g)).toHaveLength(1);
});

test('a job is added with what may be set, and not with what may not', async () => {
  await setUp();
  await plain('added').add('first', {});
  const row = await ask('jobs.add', {
    ...{ queue: 'added', name: 'mail', data: { to: 1 } },
    options: { jobId: 'my-id', delay: '1h', attempts: 5, backoff: { type: 'fixed', delay: '2s' } },
  });
  expect(row).toMatchObject({ id: 'my-id', state: 'delayed', attempts: 5 });
  const refused = (options: Record<string, unknown>) =>
    ask('jobs.add', { queue: 'added', name: 'mail', data: {}, options });
  for (const options of [
    { parent: { id: '1', queue: 'bull:x' } },
    ...[{ repeat: {} }, { attempts: 0 }, { delay: '-1s' }, { priority: 1e9 }, { jobId: '17' }],
    ...[{ jobId: 'a:b' }, { __proto__: null, constructor: 1 }],
  ])
    await expect(refused(options)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  await expect(ask('jobs.add', { queue: 'nowhere', name: 'x', data: {} })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('data, priority and delay of a job are changed', async () => {
  await setUp();
  const queue = plain('edited');
  const { id } = await queue.add('slow', { n: 1 }, { delay: 3_600_000 });
  const view = await ask('jobs.edit', {
    queue: 'edited',
    job: id!,
    data: { n: 2 },
    delay: '2h',
    priority: 4,
  });
  expect(view).toMatchObject({ data: '{"n":2}', priority: 4 });
  expect(view.runsAt! - Date.now()).toBeGreaterThan(7_000_000);
});

test('a moved job is in exactly one queue, with its options, and its number is not given again', async () => {
  await setUp();
  const [from, to] = [plain('from'), plain('to', { prefix: 'other' })];
  await to.add('there', {});
  const ids = [];
  for (let i = 0; i < 5; i += 1)
    ids.push((await from.add('job', { i }, { attempts: 4, delay: i === 4 ? 3_600_000 : 0 })).id!);
  const row = await ask('jobs.move', { queue: 'from', job: ids[4]!, to: 'other:to' });
  expect(row).toMatchObject({ queue: 'other:to', id: ids[4], state: 'delayed', attempts: 4 });
  expect(await redis.exists(`bull:from:${ids[4]}`)).toBe(0);
  // Asked again, as after an answer that was lost.
  expect(await ask('jobs.move', { queue: 'from', job: ids[4]!, to: 'other:to' })).toMatchObject({
    id: ids[4],
  });
  await expect(
    ask('jobs.move', { queue: 'from', job: ids[0]!, to: 'other:to' }),
  ).rejects.toMatchObject({
    code: 'STATE_CONFLICT',
    message: expect.stringContaining('has a job of this id'),
  });
  const next = await to.add('after', {});
  expect(Number(next.id)).toBeGreaterThan(Number(ids[4]));
  expect((await to.getJob(ids[4]!))!.data).toEqual({ i: 4 });
});

test('nothing of another queue, and no secret, comes out', async () => {
  await setUp();
  const { id } = await coordinator.queue(secretFree).add('pay', { card: { number: '4111-1111' } });
  const key = `bull:secretive:${id}`;
  const leak = 'card 4111-1111 refused';
  await redis.hset(key, {
    ...{
      failedReason: leak,
      stacktrace: JSON.stringify([leak]),
      returnvalue: JSON.stringify({ leak }),
    },
    ...{
      progress: JSON.stringify({ leak }),
      finishedOn: 5,
      'da:1': JSON.stringify({ attempt: 1, reason: leak }),
    },
  });
  await redis.rpush(`${key}:logs`, leak);
  await redis.lrem('bull:secretive:wait', 1, id!);
  await redis.zadd('bull:secretive:failed', 5, id!);
  await plain('target').add('x', {});
  const operator = someone({ may: ['operator'] });
  const of = { queue: 'secretive', job: id! };
  const answers = [
    await ask('jobs.get', of, operator),
    await ask('jobs.get', { ...of, full: true }, operator),
    await ask('jobs.logs', of, operator),
    await ask('jobs.list', { queue: 'secretive', state: 'failed' }, operator),
    await ask('jobs.plan', { queue: 'secretive', kind: 'retry', state: 'failed' }, operator),
  ];
  for (const answer of answers) expect(JSON.stringify(answer)).not.toContain('4111');
  expect(JSON.stringify(await ask('jobs.get', of))).toContain('4111');
  expect((await ask('jobs.logs', of)).lines).toEqual([leak]);
  const list = (filter: string) =>
    ask('jobs.list', { queue: 'secretive', state: 'failed', filter }, operator);
  await expect(list('error:4111')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(list('data.card.number:4111-1111')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const bulk = {
    queue: 'secretive',
    kind: 'retry',
    state: 'failed',
    filter: 'error:4111',
  } as const;
  await expect(ask('jobs.plan', bulk, operator)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(ask('jobs.move', { ...of, to: 'target' }, operator)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  const retried = await ask('jobs.retry', of, operator);
  expect(JSON.stringify(retried)).not.toContain('4111');
  const limited = someone({ may: ['admin'], queues: ['a*'] });
  await expect(ask('jobs.get', of, limited)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(
    ask('jobs.list', { queue: 'secretive', state: 'failed' }, limited),
  ).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('while Redis is away everything is refused in time', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  coordinator = await startCoordinator(own, { addTimeoutMs: 300 });
  await coordinator.queue('q').add('x', {});
  await own.kill();
  for (const [name, input] of [
    ['jobs.list', { queue: 'q', state: 'waiting' }],
    ['jobs.get', { queue: 'q', job: '1' }],
    ['jobs.add', { queue: 'q', name: 'x', data: {} }],
    ['jobs.retry', { queue: 'q', job: '1' }],
    ['jobs.plan', { queue: 'q', kind: 'retry', state: 'failed' }],
  ] as const)
    await expect(coordinator.control.call(name, input, { principal: ADMIN })).rejects.toMatchObject(
      { code: expect.stringMatching(/QUEUE_UNAVAILABLE|OUTCOME_UNKNOWN/) },
    );
});
