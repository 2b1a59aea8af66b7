/** Jobs of plain BullMQ, of every kind and with ids of every look, as operators see and change them. */
import { randomUUID } from 'node:crypto';
import { FlowProducer, type Job, Worker } from 'bullmq';
import { Coordinator } from 'drover';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ActionName, InputOf, OutputOf } from '../../src/operations/actions.ts';
import { createClient } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ADMIN, ask as askOf } from './asking.ts';
import { plainQueue } from './operate-queues.ts';

let server: RedisServer;
let redis: Redis;
let coordinator: Coordinator;
beforeAll(async () => {
  server = await startRedis();
  coordinator = new Coordinator({ redisUrl: server.url, logger: false });
  await coordinator.start();
});
afterAll(async () => {
  await coordinator.stop({ timeoutMs: 1_000 });
  await server.stop();
});

/** Each by somebody else: who changes very much at once is slowed down. */
const ask = <Name extends ActionName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> =>
  askOf(coordinator, name, input, { ...ADMIN, id: randomUUID() });

describe.each([
  ['spaces', 'a job  with spaces '],
  ['quotes', `it's "quoted" \\ and \`ticked\``],
  ['unicode', 'früh-日本-🎉'],
  ['slashes', '../../etc/passwd?x=1&y=%2F#z'],
  ['patterns', '*[a-z]?{x}$1%s'],
  ['512 bytes', 'ä'.repeat(256)],
  ['three parts', 'order:17:mail'],
  ['a name of objects', '__proto__'],
  ['a minus', '-a'],
  ['Lua', `"]) redis.call('FLUSHALL') --`],
])('an id with %s', (_, id) => {
  const queue = `odd-${Buffer.from(id).toString('hex').slice(0, 24)}`;

  test('is listed, shown, changed, promoted, moved and removed', async () => {
    redis = createClient(server);
    const own = plainQueue(server, queue);
    await plainQueue(server, `${queue}-to`).add('there', {});
    const of = { queue, job: id };
    await own.add('first', { n: 1 }, { jobId: id, delay: 3_600_000 });
    await own.add('other', {}, { jobId: `${id}x` });
    const listed = await ask('jobs.list', { queue, state: 'delayed', filter: `name:first` });
    expect(listed.rows.map((row) => row.id)).toEqual([id]);
    expect(await ask('jobs.get', of)).toMatchObject({ id, state: 'delayed', data: '{"n":1}' });
    expect((await ask('jobs.logs', of)).lines).toEqual([]);
    expect(await ask('jobs.flow', of)).toMatchObject({ id, name: 'first', children: [] });
    expect(
      await ask('jobs.edit', { ...of, data: { n: 2 }, priority: 3, delay: '2h' }),
    ).toMatchObject({ data: '{"n":2}', priority: 3 });
    expect(await ask('jobs.promote', of)).toMatchObject({ id, state: 'prioritized' });
    const first = await ask('jobs.list', { queue, state: 'prioritized', limit: 1 });
    expect(first.rows.map((row) => row.id)).toEqual([id]);
    const there = { queue: `${queue}-to`, job: id };
    const moved = await ask('jobs.move', { ...of, to: there.queue });
    expect(moved).toMatchObject({ queue: there.queue, id, state: 'prioritized', priority: 3 });
    expect(await ask('jobs.plan', { queue: there.queue, kind: 'remove', ids: [id] })).toMatchObject(
      {
        ...{ eligible: 1, sample: [{ id, state: 'prioritized' }] },
      },
    );
    expect(await ask('jobs.remove', there)).toEqual({ removed: true });
    expect(await redis.exists(`bull:${queue}:${id}`, `bull:${queue}-to:${id}`)).toBe(0);
    expect(await redis.exists(`bull:${queue}:${id}x`)).toBe(1);
  });
});

test('hashes of a queue that are no jobs are not shown as such, and not removed', async () => {
  redis = createClient(server);
  const queue = plainQueue(server, 'hashes');
  const flows = new FlowProducer({ connection: { url: server.url } });
  onTestFinished(() => flows.close());
  await queue.upsertJobScheduler('nightly', { every: 3_600_000 }, { name: 'n' });
  await redis.hset('bull:hashes:1:processed', 'bull:hashes:2', '"ok"');
  await redis.hset('bull:hashes:metrics:completed', 'count', 1);
  for (const job of [
    'meta',
    'repeat:nightly',
    '1:processed',
    'metrics:completed',
    'repeat',
    'id',
  ]) {
    const key = `bull:hashes:${job}`;
    const before = await redis.dump(key);
    const of = { queue: 'hashes', job };
    for (const action of [
      'jobs.get',
      'jobs.logs',
      'jobs.flow',
      'jobs.remove',
      'jobs.retry',
    ] as const)
      await expect(ask(action, of)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ask('jobs.edit', { ...of, data: {} })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(ask('jobs.move', { ...of, to: 'other:hashes' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const plan = await ask('jobs.plan', { queue: 'hashes', kind: 'remove', ids: [job] });
    expect(plan).toMatchObject({ eligible: 0, ineligible: { gone: 1 } });
    expect({ job, dump: await redis.dump(key) }).toEqual({ job, dump: before });
  }
});

test('no job is added under the name of a list of the queue, nor of what belongs to another job', async () => {
  redis = createClient(server);
  await plainQueue(server, 'taken').add('first', {});
  for (const jobId of ['wait', 'active', 'completed', 'meta', 'events', 'stalled-check', 'a:b:c'])
    await expect(
      ask('jobs.add', { queue: 'taken', name: 'x', data: {}, options: { jobId } }),
    ).rejects.toMatchObject({ code: 'INPUT_INVALID', pointer: '/options/jobId' });
  expect(await redis.type('bull:taken:wait')).toBe('list');
});

test("a scheduler's next job is shown with its scheduler, and neither moved nor removed", async () => {
  const queue = plainQueue(server, 'scheduled');
  await plainQueue(server, 'scheduled-to').add('there', {});
  const next = await queue.upsertJobScheduler('nightly', { pattern: '0 0 1 1 *' }, { name: 'n' });
  const of = { queue: 'scheduled', job: next!.id! };
  expect(of.job).toMatch(/^repeat:nightly:\d+$/);
  expect(await ask('jobs.get', of)).toMatchObject({ scheduler: 'nightly', state: 'delayed' });
  const conflict = { code: 'STATE_CONFLICT' };
  await expect(ask('jobs.remove', of)).rejects.toMatchObject(conflict);
  await expect(ask('jobs.move', { ...of, to: 'scheduled-to' })).rejects.toMatchObject(conflict);
  expect(await queue.getJobSchedulersCount()).toBe(1);
});

test('a flow is shown with children whose ids hold colons, edited, and its jobs stay together', async () => {
  redis = createClient(server);
  const flows = new FlowProducer({ connection: { url: server.url } });
  onTestFinished(() => flows.close());
  await plainQueue(server, 'flow-to').add('there', {});
  const tree = await flows.add({
    ...{ name: 'album', queueName: 'flow', data: { n: 1 } },
    children: [
      { name: 'photo', queueName: 'flow-photos', opts: { jobId: 'album:1:photo' } },
      { name: 'late', queueName: 'flow-photos', opts: { delay: 3_600_000, priority: 2 } },
    ],
  });
  const [parent, child, late] = [tree, ...tree.children!].map(({ job }) => job.id!) as string[];
  const shown = await ask('jobs.flow', { queue: 'flow', job: parent! });
  expect(shown).toMatchObject({ state: 'waiting-children', more: 0 });
  const children = shown.children.map(({ queue, id, name, state }) => ({ queue, id, name, state }));
  expect(children).toContainEqual({
    ...{ queue: 'flow-photos', id: 'album:1:photo' },
    name: 'photo',
    state: 'waiting',
  });
  expect(children).toContainEqual({
    ...{ queue: 'flow-photos', id: late },
    name: 'late',
    state: 'delayed',
  });
  const view = await ask('jobs.get', { queue: 'flow-photos', job: child! });
  expect(view).toMatchObject({ parent: { queue: 'flow', id: parent }, state: 'waiting' });
  expect(await ask('jobs.edit', { queue: 'flow', job: parent!, data: { n: 2 } })).toMatchObject({
    data: '{"n":2}',
  });
  for (const of of [
    { queue: 'flow', job: parent! },
    { queue: 'flow-photos', job: child! },
  ])
    await expect(ask('jobs.move', { ...of, to: 'flow-to' })).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
    });
  expect(await ask('jobs.promote', { queue: 'flow-photos', job: late! })).toMatchObject({
    state: 'prioritized',
  });
  // What has run goes on to its parent, which gets the data that was given to it last.
  const ran: [string, unknown][] = [];
  const run = async (job: Job): Promise<string> => {
    ran.push([job.name, job.data]);
    return 'ok';
  };
  for (const name of ['flow', 'flow-photos']) {
    const worker = new Worker(name, run, {
      connection: { host: server.host, port: server.port, maxRetriesPerRequest: null },
    });
    onTestFinished(() => worker.close());
  }
  await until(() => ran.length === 3);
  expect(ran.at(-1)).toEqual(['album', { n: 2 }]);
  await until(
    async () => (await ask('jobs.get', { queue: 'flow', job: parent! })).state === 'completed',
  );
  expect(await ask('jobs.retry', { queue: 'flow', job: parent! })).toMatchObject({ id: parent });
  await until(() => ran.length === 4);
});

test('a job of a job of a scheduler names its parent', async () => {
  const queue = plainQueue(server, 'stepped');
  const next = await queue.upsertJobScheduler('steps', { every: 3_600_000 }, { name: 'n' });
  const children = plainQueue(server, 'stepped-children');
  const parent = { id: next!.id!, queue: 'bull:stepped' };
  const { id } = await children.add('child', {}, { parent });
  expect(await ask('jobs.get', { queue: 'stepped-children', job: id! })).toMatchObject({
    parent: { queue: 'stepped', id: next!.id },
  });
  expect(await ask('jobs.flow', { queue: 'stepped', job: next!.id! })).toMatchObject({
    children: [{ queue: 'stepped-children', id, name: 'child' }],
  });
});

test('a list of jobs with long ids is paged to its end', async () => {
  const queue = plainQueue(server, 'long-ids');
  const ids = Array.from({ length: 25 }, (_, i) => `${i}-${'ü'.repeat(500)}`);
  await queue.addBulk(ids.map((jobId) => ({ name: 'n', data: {}, opts: { jobId } })));
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: OutputOf<'jobs.list'> = await ask('jobs.list', {
      ...{ queue: 'long-ids', state: 'waiting', order: 'oldest', limit: 10 },
      ...(cursor !== null && { cursor }),
    });
    seen.push(...page.rows.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== null);
  expect(seen).toEqual(ids);
});

test('a list of jobs with huge names is a short answer', async () => {
  redis = createClient(server);
  const queue = plainQueue(server, 'huge-names');
  await queue.addBulk(
    Array.from({ length: 20 }, () => ({ name: 'x'.repeat(1_000_000), data: {} })),
  );
  const page = await ask('jobs.list', { queue: 'huge-names', state: 'waiting' });
  expect(page.rows).toHaveLength(20);
  expect(JSON.stringify(page).length).toBeLessThan(50_000);
  const { id } = page.rows[0]!;
  expect((await ask('jobs.get', { queue: 'huge-names', job: id })).name).toHaveLength(501);
  expect((await ask('jobs.flow', { queue: 'huge-names', job: id })).name).toHaveLength(501);
});
