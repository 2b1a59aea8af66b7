/** Jobs that a denial in the middle of a script left in no state are found and put back, and nothing else is touched. */
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { Halfway } from '../../src/backend/halfway.ts';
import { OrphanSearch } from '../../src/backend/orphan-search.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { CoordinatorEvents } from '../../src/events.ts';
import type { Hub } from '../../src/redis/hub.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

test('what a denial stopped half way is put back and runs', { timeout: 90_000 }, async () => {
  const server = await startRedis({ aclLines: ['user app on >p ~* &* +@all'] });
  onTestFinished(() => server.stop());
  const admin = createClient({ url: server.url.replace('://', '://harness:harness@') });
  const coordinator = await startCoordinator({ url: server.url.replace('://', '://app:p@') });
  const ran: string[] = [];
  let finish = (): void => {};
  const finishing = new Promise<void>((resolve) => {
    finish = resolve;
  });
  coordinator.process(
    'half',
    async ({ name }) => {
      ran.push(name);
      if (name === 'long') await finishing;
    },
    { concurrency: 5, drainDelay: 1 },
  );
  const restored: CoordinatorEvents['orphans.restored'][] = [];
  coordinator.on('orphans.restored', (event) => restored.push(event));
  const queue = coordinator.queue('half');
  const { id } = await queue.add('long', {});
  await queue.add('untouched', {}, { delay: 3_600_000 });
  await until(() => ran.includes('long'));

  await admin.acl('SETUSER', 'app', '-lpush', '-zadd', '-hincrby');
  const adds = {
    plain: {},
    prioritized: { priority: 3 },
    due: { delay: 1_000 },
    later: { delay: 3_600_000, jobId: 'later' },
  };
  for (const [name, options] of Object.entries(adds))
    await expect(queue.add(name, {}, options)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  finish();
  await until(async () => (await queue.getJobState(id!)) === 'unknown', { what: 'half an ack' });
  await admin.acl('SETUSER', 'app', '+lpush', '+zadd', '+hincrby');

  await until(() => restored.length > 0, { timeoutMs: 60_000, what: 'the orphans are put back' });
  expect(restored).toHaveLength(1);
  expect(restored[0]).toMatchObject({ queue: 'half', restored: 5 });
  await until(async () => (await queue.getJobCounts('completed')).completed === 4);
  // The long job ran to its end, which nobody could record: it ran again. All others ran once.
  expect(ran.sort()).toEqual(['due', 'long', 'long', 'plain', 'prioritized']);
  expect(await queue.getJobState('later')).toBe('delayed');
  expect((await queue.getJobCounts('delayed')).delayed).toBe(2);
});

/** A search whose pause between the passes is short. */
function searchIn(redis: Redis, queues: readonly string[]) {
  const told: CoordinatorEvents['orphans.restored'][] = [];
  const onBulk = (run: (bulk: object) => unknown) => run({ raw: async () => redis });
  const search = new OrphanSearch({
    hub: { onBulk, refusals: { halfwayAt: undefined } } as unknown as Hub,
    halfway: new Halfway(),
    queueKeys: () => queues.map((name) => `bull:${name}:`),
    announce: (_, payload) => told.push(payload as CoordinatorEvents['orphans.restored']),
    clock: { ...systemClock, after: (_, callback) => systemClock.after(1, callback) },
  });
  return { search, told };
}

test('each orphan goes to where it was going, and a second search finds none', async () => {
  await using server = await startRedis();
  const coordinator = await startCoordinator(server);
  const queue = coordinator.queue('places');
  const redis = createClient(server);
  const at = (name: string): string => `bull:places:${name}`;
  const add = (jobId: string, options = {}) => queue.add(jobId, {}, { jobId, ...options });
  const node = (name: string) => ({ name, queueName: 'places', opts: { jobId: name } });
  for (const jobId of ['in-line', 'fell-out', 'succeeded', 'gave-up']) await add(jobId);
  await add('urgent', { priority: 7 });
  await add('later', { delay: 3_600_000 });
  await add('due', { delay: 1 });
  await coordinator.flows.add({ ...node('parent'), children: [node('child')] });
  await redis.hset(at('no-job'), 'name', 'something else');
  // As scripts that were stopped leave them.
  for (const id of ['fell-out', 'succeeded', 'gave-up', 'child'])
    await redis.lrem(at('wait'), 1, id);
  await redis.zrem(at('prioritized'), 'urgent');
  await redis.zrem(at('delayed'), 'later', 'due');
  await redis.srem(at('parent:dependencies'), at('child'));
  const finishedOn = '1700000000000';
  const failure = ['failedReason', 'the first try'] as const;
  await redis.hset(at('succeeded'), {
    finishedOn,
    returnvalue: '1',
    failedReason: 'the first try',
  });
  await redis.hset(at('gave-up'), 'finishedOn', finishedOn, ...failure);
  await redis.hset(at('fell-out'), ...failure);

  const { search, told } = searchIn(redis, ['places']);
  expect(await search.restore()).toBe(7);
  expect(told).toMatchObject([{ queue: 'places', restored: 7 }]);
  const states = ['in-line', 'fell-out', 'succeeded', 'gave-up', 'urgent', 'later', 'due', 'child'];
  expect(await Promise.all(states.map((id) => queue.getJobState(id)))).toEqual([
    ...[
      'waiting',
      'waiting',
      'completed',
      'failed',
      'prioritized',
      'delayed',
      'waiting',
      'waiting',
    ],
  ]);
  expect(await redis.smembers(at('parent:dependencies'))).toEqual([at('child')]);
  expect(await redis.exists(at('no-job'))).toBe(1);
  expect(await search.restore()).toBe(0);
  expect(search.restored).toBe(7);
});

test('a parent that fell out waits for its children again', async () => {
  await using server = await startRedis();
  const coordinator = await startCoordinator(server);
  const redis = createClient(server);
  const node = (name: string) => ({ name, queueName: 'tree', opts: { jobId: name } });
  await coordinator.flows.add({ ...node('parent'), children: [node('child')] });
  await redis.zrem('bull:tree:waiting-children', 'parent');
  expect(await searchIn(redis, ['tree']).search.restore()).toBe(1);
  const ran: string[] = [];
  coordinator.process('tree', async ({ name }) => void ran.push(name));
  await until(() => ran.length === 2);
  expect(ran).toEqual(['child', 'parent']);
});

test('a long line is left as it is, also while jobs move', async () => {
  await using server = await startRedis();
  const coordinator = await startCoordinator(server);
  const redis = createClient(server);
  const queue = coordinator.queue('long');
  const total = 3_000;
  const jobs = Array.from({ length: total }, (_, i) => ({
    name: 'job',
    data: {},
    opts: i % 3 === 0 ? { priority: 5 } : i % 3 === 1 ? { delay: 3_600_000 } : {},
  }));
  await queue.addBulk(jobs);
  const runs = new Map<string, number>();
  coordinator.process('long', async ({ id = '' }) => {
    runs.set(id, (runs.get(id) ?? 0) + 1);
  });
  const { search } = searchIn(redis, ['long', 'longer']);
  while (runs.size < (total * 2) / 3) expect(await search.restore()).toBe(0);
  expect([...runs.values()].every((times) => times === 1)).toBe(true);
  expect((await queue.getJobCounts('delayed')).delayed).toBe(1_000);
});
