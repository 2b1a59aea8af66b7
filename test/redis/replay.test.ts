/** A dead letter goes back into its queue under its own id: the same job, once, and only when that is right. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { replay } from '../../src/dead-letters/replay.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import {
  inState,
  keys,
  openLeader,
  type Seed,
  seedDeadLetters,
  seeds,
} from './dead-letter-fleet.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** Dead letters of a queue of the test's own, and a process that leads. */
async function setUp(queue: string, dead: readonly Seed[]) {
  const redis = createClient(server);
  await seedDeadLetters(redis, queue, dead);
  const leader = await openLeader(server);
  leader.start();
  return { redis, leader, operations: leader.operations };
}

const wait = (redis: Redis, queue: string): Promise<string[]> =>
  redis.lrange(`bull:${queue}:wait`, 0, -1);

test('it runs again under its own id, with its data to the last digit, and says where it comes from', async () => {
  const data = '{"id":9007199254740993,"text":"ä\\u0000","list":[1e400]}';
  const failedAt = Date.now() - 5_000;
  const { redis, leader, operations } = await setUp('one', [{ jobId: 'a', data, failedAt }]);
  const { id } = await operations.replay({ queue: 'one', ids: ['a'] }, { actor: 'ann' });
  expect(await inState(leader, id, 'done')).toMatchObject({ total: 1, done: 1, failed: 0 });

  expect(await wait(redis, 'one')).toEqual(['a']);
  expect(await redis.zcard('bull:one:failed')).toBe(0);
  const job = await redis.hgetall('bull:one:a');
  expect(job).toMatchObject({ name: 'resize', data });
  expect(job).not.toHaveProperty('atm');
  expect(job).not.toHaveProperty('failedReason');
  expect(JSON.parse(job.opts!)).toMatchObject({ attempts: 3 });
  expect(JSON.parse(job.drover!)).toMatchObject({
    replayOf: { queue: 'one', jobId: 'a', failedAt, deaths: 1, addedAt: failedAt - 1_000 },
    ...{ by: id, actor: 'ann' },
  });
  const record = await redis.hgetall(keys.deadLetter('one', 'a'));
  expect(record).toMatchObject({ state: 'replayed', replayedBy: id });
  expect(Number(record.replayedAt)).toBeGreaterThanOrEqual(failedAt);

  const worker = await startCoordinator(server);
  const ran: unknown[] = [];
  worker.process('one', async (job) => void ran.push([job.id, job.attemptsMade]));
  await until(() => ran.length > 0);
  expect(ran).toEqual([['a', 0]]);
});

test('ids with odd characters come through, and a record that outlived its job does too', async () => {
  const ids = [
    'a b',
    'repeat:x:17',
    'ключ',
    '"quoted"',
    'back\\slash',
    '{tag}',
    '17',
    '-1',
    'a\nb',
  ];
  const { redis, leader, operations } = await setUp(
    'odd',
    ids.map((jobId, i) => ({ jobId, hasJob: i % 2 === 0 })),
  );
  const { id } = await operations.replay({ queue: 'odd', ids }, { actor: 'ann' });
  expect(await inState(leader, id, 'done')).toMatchObject({ done: ids.length });
  expect((await wait(redis, 'odd')).sort()).toEqual([...ids].sort());
});

test('priority and lifo stay; a delay, a scheduler and a deduplication do not', async () => {
  const opts = {
    plain: { attempts: 5, backoff: { type: 'fixed', delay: 100 } },
    urgent: { priority: 7 },
    late: { delay: 60_000 },
    scheduled: { repeat: { every: 1_000 }, prevMillis: 5, jobId: 'x' },
    unique: { de: { id: 'same' } },
    last: { lifo: true },
  };
  const { redis, leader, operations } = await setUp(
    'options',
    Object.entries(opts).map(([jobId, each], i) => ({
      ...{ jobId, opts: JSON.stringify(each), failedAt: Date.now() - 1_000 + i },
    })),
  );
  await redis.set('bull:options:de:same', 'another');
  const { id } = await operations.replay({ queue: 'options', filter: '' }, { actor: 'ann' });
  await inState(leader, id, 'done');
  expect(await redis.zrange('bull:options:prioritized', '0', '-1')).toEqual(['urgent']);
  expect(await redis.zcard('bull:options:delayed')).toBe(0);
  expect(await wait(redis, 'options')).toEqual(['unique', 'scheduled', 'late', 'plain', 'last']);
  expect(await redis.get('bull:options:de:same')).toBe('another');
  const stored = JSON.parse((await redis.hget('bull:options:plain', 'opts'))!);
  expect(stored).toMatchObject(opts.plain);
});

test('a job that lives, a record that is gone and one that was replayed are left alone, and told', async () => {
  const { redis, leader, operations } = await setUp('left', [
    { jobId: 'alive', hasJob: false },
    { jobId: 'finished', hasJob: false },
    { jobId: 'replayed' },
    { jobId: 'broken' },
    { jobId: 'good' },
  ]);
  await redis.hset('bull:left:alive', 'name', 'other');
  await redis.rpush('bull:left:wait', 'alive');
  await redis.hset('bull:left:finished', 'name', 'other');
  await redis.zadd('bull:left:completed', 1, 'finished');
  await redis.hset(keys.deadLetter('left', 'replayed'), 'state', 'replayed', 'replayedBy', 'other');
  await redis.hset(keys.deadLetter('left', 'broken'), 'originalJob', '{"name":"x"}');
  const ids = ['alive', 'finished', 'replayed', 'broken', 'good', 'never', 'good'];
  const plan = await operations.plan({ queue: 'left', ids });
  expect(plan).toMatchObject({
    ...{ eligible: 2, looked: 6, isComplete: true, schema: 'unneeded', alone: 0 },
    skipped: { alive: 2, 'already-replayed': 1, gone: 1 },
  });
  expect(await wait(redis, 'left')).toEqual(['alive']);

  const { id } = await operations.replay({ queue: 'left', ids }, { actor: 'ann' });
  expect(await inState(leader, id, 'done')).toMatchObject({
    ...{ done: 1, failed: 0 },
    skipped: { alive: 2, 'already-replayed': 1, gone: 1, unreadable: 1 },
  });
  expect(await wait(redis, 'left')).toEqual(['good', 'alive']);
  expect(await redis.hget('bull:left:alive', 'name')).toBe('other');
});

test('a child keeps its parent while that exists, and runs alone when it is gone', async () => {
  const parentOf = (id: string) => ({
    parentKey: `bull:parents:${id}`,
    parent: JSON.stringify({ id, queueKey: 'bull:parents' }),
  });
  const { redis, leader, operations } = await setUp('children', [
    { jobId: 'c1', ...parentOf('waiting'), failedAt: 1_764_000_000_000 },
    { jobId: 'c2', ...parentOf('gone'), failedAt: 1_764_000_000_001 },
    { jobId: 'c3', ...parentOf('waiting'), failedAt: 1_764_000_000_002 },
  ]);
  await redis.hset('bull:parents:waiting', { name: 'p', data: '{}', opts: '{}', timestamp: '1' });
  await redis.zadd('bull:parents:waiting-children', 1, 'waiting');
  await redis.sadd('bull:parents:waiting:dependencies', 'bull:children:c1');
  await redis.hset('bull:parents:waiting:failed', 'bull:children:c3', 'no answer');
  expect(await operations.plan({ queue: 'children', filter: '' })).toMatchObject({
    ...{ eligible: 3, alone: 1 },
  });
  const { id } = await operations.replay({ queue: 'children', filter: '' }, { actor: 'ann' });
  expect(await inState(leader, id, 'done')).toMatchObject({ done: 3, alone: 1 });
  expect(await redis.hget('bull:children:c2', 'parentKey')).toBeNull();
  expect(await redis.hget('bull:children:c1', 'parentKey')).toBe('bull:parents:waiting');
  expect((await redis.smembers('bull:parents:waiting:dependencies')).sort()).toEqual([
    'bull:children:c1',
    'bull:children:c3',
  ]);

  const worker = await startCoordinator(server);
  const ran: string[] = [];
  worker.process('children', async (job) => void ran.push(job.id!));
  worker.process('parents', async (job) => void ran.push(job.id!));
  await until(() => ran.length === 4, { what: 'the children and then their parent ran' });
  expect(ran.at(-1)).toBe('waiting');
});

test('of two actions on the same dead letters, each job goes to one', async () => {
  const { redis, leader, operations } = await setUp('twice', seeds(300));
  const asked = ['ann', 'bob'].map((actor) =>
    operations.replay({ queue: 'twice', filter: '' }, { actor }),
  );
  const [one, other] = await Promise.all(asked);
  const first = await inState(leader, one!.id, 'done');
  const second = await inState(leader, other!.id, 'done');
  expect(first.done + second.done).toBe(300);
  expect(new Set(await wait(redis, 'twice')).size).toBe(300);
  expect(await redis.llen('bull:twice:wait')).toBe(300);
});

test('what died after the selection was made does not belong to it', async () => {
  const { redis, leader, operations } = await setUp('later', seeds(3));
  await seedDeadLetters(redis, 'later', [{ jobId: 'new', failedAt: Date.now() + 60_000 }]);
  expect(await operations.plan({ queue: 'later', ids: ['new'] })).toMatchObject({
    ...{ eligible: 0, skipped: { newer: 1 } },
  });
  const chosen = await operations.replay({ queue: 'later', ids: ['new'] }, { actor: 'ann' });
  expect(await inState(leader, chosen.id, 'done')).toMatchObject({
    done: 0,
    skipped: { newer: 1 },
  });
  const { id } = await operations.replay(
    { queue: 'later', filter: 'name:resize' },
    { actor: 'ann' },
  );
  expect(await inState(leader, id, 'done')).toMatchObject({ total: 3, done: 3 });
  expect(await wait(redis, 'later')).toHaveLength(3);
});

test('a full Redis takes nothing away, and the replay goes on when there is room', async () => {
  const own = await startRedis();
  const redis = createClient(own);
  await seedDeadLetters(redis, 'full', seeds(100));
  const leader = await openLeader(own);
  leader.start();
  const { id } = await leader.operations.replay(
    { queue: 'full', filter: '' },
    { actor: 'ann', perSecond: 50 },
  );
  await until(async () => (await redis.llen('bull:full:wait')) > 0);
  await redis.config('SET', 'maxmemory', '1mb');
  await until(() => leader.heard('loop.failed').some(({ message }) => message.includes('OOM')));
  const sent = await redis.llen('bull:full:wait');
  expect(await redis.zcard('bull:full:failed')).toBe(100 - sent);
  expect(sent).toBeLessThan(100);
  await redis.config('SET', 'maxmemory', '0');
  expect(await inState(leader, id, 'done')).toMatchObject({ done: 100, failed: 0, skipped: {} });
  await leader.stop();
  await own.stop();
});

test('an action that was halted, or has another leader by now, replays nothing any more', async () => {
  const redis = createClient(server);
  await seedDeadLetters(redis, 'halted', seeds(1));
  const { hub } = await openLeader(server);
  const letter = await redis.hgetall(keys.deadLetter('halted', 'j0'));
  const job = JSON.parse(letter.originalJob!);
  const one = { jobId: 'j0', failedAt: Number(letter.failedAt), deaths: 1, job, data: job.data };
  const send = (epoch: number) =>
    hub.onBulk((bulk) =>
      replay(bulk, keys, 'halted', [one], { bulkId: 'b', epoch, actor: 'ann', at: 1 }),
    );
  const states = ['planned', 'paused', 'aborted', 'done', 'undoing'];
  for (const state of states) {
    await redis.hset(keys.bulk('b'), { state, epoch: 7 });
    expect(await send(7)).toEqual([{ outcome: 'halted', isAlone: false }]);
  }
  await redis.hset(keys.bulk('b'), 'state', 'running');
  expect(await send(6)).toEqual([{ outcome: 'halted', isAlone: false }]);
  expect(await redis.exists('bull:halted:wait')).toBe(0);
  expect(await send(7)).toEqual([{ outcome: 'replayed', isAlone: false }]);
  expect(await send(8)).toEqual([{ outcome: 'done', isAlone: false }]);
  expect(await wait(redis, 'halted')).toEqual(['j0']);
});

test('a job that has started, was added anew, or whose parent waits for it is not taken back', async () => {
  const parent = { parentKey: 'bull:family:p', parent: '{"id":"p","queueKey":"bull:family"}' };
  const { redis, leader, operations } = await setUp('kept', [
    ...seeds(4),
    { jobId: 'child', ...parent, failedAt: Date.now() - 100 },
  ]);
  await redis.hset('bull:family:p', 'name', 'p');
  await redis.hset('bull:family:p:failed', 'bull:kept:child', 'no answer');
  const { id } = await operations.replay({ queue: 'kept', filter: '' }, { actor: 'ann' });
  await inState(leader, id, 'done');
  await redis.hset('bull:kept:j0', 'ats', 1); // Handed back by a worker that stopped.
  await redis.hdel('bull:kept:j1', 'drover'); // Removed and added anew by somebody.
  await redis.del('bull:kept:j2'); // Has run and was removed.
  await operations.undo(id, 'ann');
  expect(await inState(leader, id, 'undone')).toMatchObject({ undone: 1, ran: 4 });
  expect((await wait(redis, 'kept')).sort()).toEqual(['child', 'j0', 'j1', 'j2']);
  expect(await redis.hget(keys.deadLetter('kept', 'j3'), 'state')).toBe('dead');
  expect(await redis.smembers('bull:family:p:dependencies')).toEqual(['bull:kept:child']);
});

test('large jobs are read and replayed in parts', async () => {
  const data = JSON.stringify({ text: 'x'.repeat(1_500_000) });
  const { redis, leader, operations } = await setUp(
    'large',
    seeds(12, 'l', () => ({ data })),
  );
  const patch = [{ op: 'add', path: '/seen', value: true }];
  const { id } = await operations.replay({ queue: 'large', filter: '' }, { actor: 'ann', patch });
  expect(await inState(leader, id, 'done')).toMatchObject({ done: 12 });
  expect(await redis.hstrlen('bull:large:l11', 'data')).toBe(data.length + ',"seen":true'.length);
});

test('an error of one record fails that one, and an action that nobody can carry out fails alone', async () => {
  const odd = { jobId: 'odd', opts: 'no json', failedAt: Date.now() - 100 };
  const { redis, leader, operations } = await setUp('wrong', [...seeds(3), odd]);
  await redis.hset(keys.bulk('0bad'), {
    ...{ kind: 'replay', queue: 'wrong', filter: 'of=tomorrow', state: 'planned', createdAt: 5 },
    ...{ actor: 'ann', total: 1 },
  });
  await redis.zadd(keys.bulks(), 5, '0bad');
  expect(await inState(leader, '0bad', 'failed')).toMatchObject({
    reason: expect.stringContaining('expected a term'),
  });
  const { id } = await operations.replay({ queue: 'wrong', filter: '' }, { actor: 'ann' });
  expect(await inState(leader, id, 'done')).toMatchObject({
    ...{ done: 3, failed: 1, errors: [expect.stringMatching(/^odd: .*JSON/)] },
  });
  expect(await redis.zscore('bull:wrong:failed', 'odd')).not.toBeNull();
  expect(leader.heard('bulk.finished').map(({ state }) => state)).toEqual(['failed', 'done']);
});
