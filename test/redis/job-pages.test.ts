/** Pages of jobs and their flows, as operators see them, on plain BullMQ queues. */
import { FlowProducer } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../support/coordinators.ts';
import { startMonitor } from '../support/monitor.ts';
import { until } from '../support/until.ts';
import { someone } from './asking.ts';
import { plainDeployment } from './plain-deployment.ts';

const here = plainDeployment();
const { ask, plain, setUp } = here;

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
      await here.redis.lrem('bull:paged:wait', 1, page.rows[0]!.id);
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
  await here.redis.hset(toKey('meta'), 'version', 'bullmq:6.7.0');
  for (let i = 0; i < 30; i += 1) {
    await here.redis.hset(toKey(`t${String(i).padStart(2, '0')}`), {
      name: 'x',
      timestamp: 1,
      data: '{}',
    });
    await here.redis.zadd(toKey('failed'), 5_000, `t${String(i).padStart(2, '0')}`);
  }
  const first = await ask('jobs.list', {
    queue: 'tied',
    state: 'failed',
    order: 'oldest',
    limit: 10,
  });
  await here.redis.zrem(toKey('failed'), first.rows.at(-1)!.id);
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
  await here.redis.hset('bull:huge:big', {
    name: 'big',
    data: JSON.stringify('x'.repeat(50_000_000)),
    opts: '{}',
    timestamp: 1,
  });
  await here.redis.lpush('bull:huge:wait', 'big', 'lost');
  const sent = async () =>
    Number(/total_net_output_bytes:(\d+)/.exec(await here.redis.info('stats'))![1]);
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
  const seen = await startMonitor(here.server);
  const page = await ask('jobs.list', { queue: 'trip', state: 'waiting', limit: 100 });
  expect(page.rows).toHaveLength(100);
  await here.redis.echo('end');
  await until(() => seen.some(({ command }) => command === 'echo'));
  const asked = seen.filter(({ from, text }) => from !== 'lua' && text.includes('bull:trip:'));
  expect(asked.map(({ command }) => command)).toEqual([expect.stringMatching(/^eval/)]);
});

test('integers that JavaScript cannot hold are shown digit by digit', async () => {
  await setUp();
  const { id } = await plain('exact').add('n', {});
  await here.redis.hset(`bull:exact:${id}`, 'data', '{"n":9007199254740993}');
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
  const flows = new FlowProducer({ connection: createClient(here.server) });
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
  await here.redis.sadd(
    `bull:a-flow:${tree.children[0]!.id}:dependencies`,
    `bull:a-flow:${job.id}`,
  );
  const circle = await ask('jobs.flow', { queue: 'a-flow', job: job.id!, depth: 10 });
  expect(JSON.stringify(circle).match(/"root"/g)).toHaveLength(1);
});
