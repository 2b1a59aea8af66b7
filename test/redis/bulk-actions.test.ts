/** Bulk actions on dead letters: chosen, checked, sent a few first, paced, held, ended, taken back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SchemaCheck } from '../../src/dead-letters/schema-check.ts';
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

const ACTOR = { actor: 'ann' };

async function setUp(queue: string, dead: readonly Seed[], schemas?: SchemaCheck) {
  const redis = createClient(server);
  await seedDeadLetters(redis, queue, dead);
  const leader = await openLeader(server, schemas && { schemas });
  leader.start();
  const length = (): Promise<number> => redis.llen(`bull:${queue}:wait`);
  return { redis, leader, operations: leader.operations, length };
}

/** Sizes are numbers. */
const SIZES: SchemaCheck = {
  knows: () => true,
  validate: async (_queue, _name, data) =>
    typeof (data as { size?: unknown }).size === 'number'
      ? undefined
      : 'data.size: expected number',
};

test('a filter, a group and many ids choose what is replayed', async () => {
  const { redis, leader, operations } = await setUp('chosen', [
    ...seeds(1_200, 'a'),
    ...seeds(3, 'b', () => ({ type: 'RangeError', fingerprint: '00000000000000bb' })),
    ...seeds(2, 'c', () => ({ reason: 'Disk is FULL' })),
  ]);
  const replayed = async (
    selection: Parameters<typeof operations.replay>[0],
  ): Promise<string[]> => {
    const { id } = await operations.replay(selection, ACTOR);
    await inState(leader, id, 'done');
    const ids = await redis.lrange('bull:chosen:wait', 0, -1);
    await redis.del('bull:chosen:wait');
    return ids.sort();
  };
  expect(await replayed({ queue: 'chosen', group: '00000000000000bb' })).toEqual([
    'b0',
    'b1',
    'b2',
  ]);
  expect(await replayed({ filter: 'queue:chosen error:"disk is full"' })).toEqual(['c0', 'c1']);
  const ids = seeds(1_100, 'a').map(({ jobId }) => jobId);
  expect(await replayed({ queue: 'chosen', ids })).toEqual([...ids].sort());
  expect(await replayed({ queue: 'chosen', filter: 'state:dead' })).toHaveLength(100);
});

test('a selection that cannot be read is refused with a reason', async () => {
  const { operations, redis } = await setUp('refused', seeds(1));
  await redis.hset('bull:a:meta', 'version', 'bullmq:6.7.0');
  const refusals: [() => Promise<unknown>, string][] = [
    [() => operations.replay({ filter: 'name:x' }, ACTOR), 'names no queue'],
    [
      () => operations.replay({ queue: 'a', filter: 'queue:b' }, ACTOR),
      'its filter about queue "b"',
    ],
    [() => operations.replay({ queue: 'a', ids: [] }, ACTOR), 'no ids'],
    [() => operations.replay({ queue: 'a', filter: 'nam:x' }, ACTOR), 'did you mean "name"?'],
    [() => operations.replay({ queue: 'a', group: 'x' }, ACTOR), 'a fingerprint'],
    [() => operations.replay({ queue: 'a', filter: '' }, { actor: ' ' }), 'actor'],
    [() => operations.replay({ queue: 'a', filter: '' }, { ...ACTOR, perSecond: 0 }), 'perSecond'],
    [
      () => operations.replay({ queue: 'a', filter: '' }, { ...ACTOR, canary: { count: 0 } }),
      'canary.count',
    ],
    [
      () => operations.replay({ queue: 'a', filter: '' }, { ...ACTOR, patch: 'x' }),
      'a list of operations',
    ],
    [() => operations.bulkAction('nowhere'), 'no bulk action'],
  ];
  for (const [refusal, message] of refusals) await expect(refusal()).rejects.toThrow(message);
  expect(await operations.bulkActions()).not.toContainEqual(
    expect.objectContaining({ queue: 'a' }),
  );
});

test('a patch changes the data, and digits that JavaScript cannot hold survive it', async () => {
  const data = '{"size":1,"id":9007199254740993}';
  const { redis, leader, operations } = await setUp('edited', [{ jobId: 'a', data }], SIZES);
  const patch = [{ op: 'replace', path: '/size', value: 2 }];
  expect(await operations.plan({ queue: 'edited', filter: '' }, { patch })).toMatchObject({
    ...{ eligible: 1, schema: 'checked', problems: [] },
  });
  const { id } = await operations.replay({ queue: 'edited', filter: '' }, { ...ACTOR, patch });
  expect(await inState(leader, id, 'done')).toMatchObject({ done: 1, patch });
  expect(await redis.hget('bull:edited:a', 'data')).toBe('{"size":2,"id":9007199254740993}');
});

test('a patch that breaks the schema is refused before anything moves', async () => {
  const odd = { jobId: 'odd', data: '{"other":1}' };
  const { redis, operations, length } = await setUp('broken', [...seeds(700), odd], SIZES);
  const patch = [{ op: 'remove', path: '/size' }];
  const plan = await operations.plan({ queue: 'broken', filter: '' }, { patch });
  expect(plan).toMatchObject({ eligible: 0, skipped: { schema: 700, patch: 1 } });
  expect(plan.problems).toHaveLength(5);
  const before = await redis.zcard(keys.bulks());
  const refused = operations.replay({ queue: 'broken', filter: '' }, { ...ACTOR, patch });
  await expect(refused).rejects.toMatchObject({
    code: 'PATCH_INVALID',
    message: expect.stringContaining('701 of 701'),
  });
  expect(await redis.zcard(keys.bulks())).toBe(before);
  expect(await length()).toBe(0);
  expect(await redis.hget(keys.deadLetter('broken', 'j0'), 'state')).toBe('dead');
});

test('where the schema is not known, the dry run says so', async () => {
  const { operations } = await setUp('unknown', seeds(1));
  const patch = [{ op: 'remove', path: '/size' }];
  expect(await operations.plan({ queue: 'unknown', filter: '' }, { patch })).toMatchObject({
    ...{ schema: 'unknown', eligible: 1 },
  });
});

test('a canary that dies again holds the rest, until somebody lets it go on', async () => {
  const { leader, operations, length, redis } = await setUp('canary', seeds(50));
  const worker = await startCoordinator(server);
  worker.process('canary', async () => Promise.reject(new Error('still broken')), {
    concurrency: 5,
  });
  await redis.hset('bull:canary:meta', 'paused', '1');
  const { id } = await operations.replay(
    { queue: 'canary', filter: '' },
    { ...ACTOR, canary: { count: 5, waitMs: 60_000 } },
  );
  await until(async () => (await length()) === 5);
  // As they are when their attempts are used up, without waiting for these.
  const canaries = await redis.lrange('bull:canary:wait', 0, -1);
  for (const jobId of canaries) await redis.hset(`bull:canary:${jobId}`, 'opts', '{"attempts":1}');
  await worker.queue('canary').resume();
  const paused = await inState(leader, id, 'paused');
  expect(paused).toMatchObject({
    done: 5,
    reason: expect.stringMatching(/of the first 5 jobs died/),
  });
  expect(leader.heard('bulk.paused')).toHaveLength(1);
  await worker.stop({ timeoutMs: 1_000 });
  expect(await length()).toBe(0);
  await operations.resume(id, 'bob');
  expect(await inState(leader, id, 'done')).toMatchObject({ done: 50, reason: null });
  expect(await length()).toBe(45);
});

test('a canary that goes well lets the rest follow', async () => {
  const { leader, operations } = await setUp('canary-well', seeds(30));
  const worker = await startCoordinator(server);
  const ran: string[] = [];
  worker.process('canary-well', async (job) => void ran.push(job.id!), { concurrency: 5 });
  const { id } = await operations.replay(
    { queue: 'canary-well', filter: '' },
    { ...ACTOR, canary: { count: 10 } },
  );
  expect(await inState(leader, id, 'done')).toMatchObject({ done: 30 });
  await until(() => ran.length === 30);
  expect(new Set(ran).size).toBe(30);
});

test('a canary whose jobs do not end in time holds the rest', async () => {
  const { leader, operations, length } = await setUp('canary-slow', seeds(30));
  const { id } = await operations.replay(
    { queue: 'canary-slow', filter: '' },
    { ...ACTOR, canary: { count: 4, waitMs: 1 } },
  );
  expect(await inState(leader, id, 'paused')).toMatchObject({
    reason: '4 of the first 4 jobs had not ended in time',
  });
  expect(await length()).toBe(4);
});

test('a paced replay keeps its pace, and says how long it will take', async () => {
  const { operations, length } = await setUp('paced', seeds(1_000));
  const { id } = await operations.replay(
    { queue: 'paced', filter: '' },
    { ...ACTOR, perSecond: 50 },
  );
  const startedAt = performance.now();
  const { rate, etaMs } = await until(
    async () => {
      const view = await operations.bulkAction(id);
      return view.rate !== null && view;
    },
    { what: 'a rate is known' },
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  expect(await length()).toBeLessThanOrEqual(50 * (seconds + 1));
  expect(rate).toBeGreaterThan(0);
  expect(rate).toBeLessThan(100);
  expect(etaMs).toBeGreaterThan(1_000);
  await operations.abort(id, 'ann');
});

test('pause holds it where it is, resume goes on, abort ends it; nothing moves after the answer', async () => {
  const { leader, operations, length } = await setUp('held', seeds(3_000));
  const { id } = await operations.replay(
    { queue: 'held', filter: '' },
    { ...ACTOR, perSecond: 500 },
  );
  await until(async () => (await length()) > 0);
  expect(await operations.pause(id, 'bob')).toMatchObject({
    state: 'paused',
    reason: 'paused by bob',
  });
  const held = await length();
  await expect(operations.pause(id, 'bob')).rejects.toMatchObject({ code: 'BULK_REFUSED' });
  await leader.runner.round();
  expect(await length()).toBe(held);
  expect(held).toBeLessThan(3_000);

  expect(await operations.resume(id, 'bob')).toMatchObject({ state: 'running' });
  await until(async () => (await length()) > held);
  expect(await operations.abort(id, 'eve')).toMatchObject({ state: 'aborted' });
  const ended = await length();
  await leader.runner.round();
  expect(await length()).toBe(ended);
  expect(ended).toBeLessThan(3_000);
  expect(await operations.bulkAction(id)).toMatchObject({
    done: ended,
    finishedAt: expect.any(Number),
  });
  await expect(operations.resume(id, 'bob')).rejects.toThrow('is aborted');
  expect(leader.heard('bulk.finished')).toMatchObject([{ id, state: 'aborted' }]);
});

test('undo takes back what has not started, and leaves the rest', async () => {
  const { redis, leader, operations, length } = await setUp('undone', [
    ...seeds(600),
    ...seeds(3, 'p', () => ({ opts: '{"priority":3}' })),
  ]);
  const { id } = await operations.replay({ queue: 'undone', filter: 'state:dead' }, ACTOR);
  await inState(leader, id, 'done');
  const worker = await startCoordinator(server);
  let ran = 0;
  worker.process('undone', async () => {
    ran += 1;
    if (ran === 10) void worker.queue('undone').pause();
  });
  await until(() => ran >= 10);
  await worker.stop({ timeoutMs: 1_000 });
  await worker.closeAll();
  await operations.undo(id, 'bob');
  const undone = await inState(leader, id, 'undone');
  expect(undone.undone + undone.ran).toBe(603);
  expect(undone.ran).toBe(ran);
  expect(await length()).toBe(0);
  expect(await redis.zcard('bull:undone:prioritized')).toBe(0);
  expect(await operations.plan({ queue: 'undone', filter: 'state:dead' })).toMatchObject({
    eligible: undone.undone,
  });
  const again = await operations.replay({ queue: 'undone', filter: '' }, ACTOR);
  expect(await inState(leader, again.id, 'done')).toMatchObject({ done: undone.undone });
});

test('discard deletes the records, and the failed jobs when asked to', async () => {
  const { redis, leader, operations } = await setUp('discarded', [
    ...seeds(700, 'a'),
    ...seeds(5, 'b'),
  ]);
  await redis.hset(keys.group('discarded', '5f1c09ab77d2e134'), 'count', 705);
  const a = await operations.discard(
    { queue: 'discarded', filter: '-id:b0 -id:b1 -id:b2 -id:b3 -id:b4' },
    ACTOR,
  );
  expect(await inState(leader, a.id, 'done')).toMatchObject({ done: 700 });
  expect(await redis.zcard(keys.deadLetters('discarded'))).toBe(5);
  expect(await redis.zcard('bull:discarded:failed')).toBe(705);
  // One of them has just been put back by somebody else: its job is not removed.
  await redis.zrem('bull:discarded:failed', 'b4');
  await redis.rpush('bull:discarded:wait', 'b4');
  const b = await operations.discard(
    { queue: 'discarded', filter: '' },
    { ...ACTOR, withJobs: true },
  );
  expect(await inState(leader, b.id, 'done')).toMatchObject({ done: 5 });
  expect(await redis.zcard('bull:discarded:failed')).toBe(700);
  expect(await redis.exists('bull:discarded:b0')).toBe(0);
  expect(await redis.exists('bull:discarded:b4')).toBe(1);
  expect(await redis.hget(keys.group('discarded', '5f1c09ab77d2e134'), 'count')).toBe('705');
  await expect(operations.undo(a.id, 'ann')).rejects.toThrow('only a replay can be undone');
});

test('export writes a line for each, with the data as it is stored', async () => {
  const { operations } = await setUp('exported', [
    ...seeds(450),
    { jobId: 'big', data: '{"id":9007199254740993}', failedAt: Date.now() - 1_000 },
    { jobId: 'odd', data: 'no json', failedAt: Date.now() - 500 },
  ]);
  const lines: string[] = [];
  for await (const line of operations.export({ queue: 'exported', filter: '' })) lines.push(line);
  expect(lines).toHaveLength(452);
  expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(
    true,
  );
  const letters = lines.map((line) => JSON.parse(line));
  expect(letters[0]).toMatchObject({
    jobId: 'j0',
    originalJob: { data: { size: 1 }, opts: { attempts: 3 } },
  });
  expect(lines.at(-2)).toContain('{"id":9007199254740993}');
  expect(letters.at(-1)).toMatchObject({ jobId: 'odd', originalJob: { data: 'no json' } });
  const chosen: string[] = [];
  for await (const line of operations.export({ queue: 'exported', ids: ['j3', 'none'] }))
    chosen.push(line);
  expect(chosen).toHaveLength(1);
});

test('a list has its newest first, and goes on where a page ended', async () => {
  const { operations } = await setUp(
    'listed',
    seeds(120, 'a', (i) => ({ name: i % 2 ? 'crop' : 'resize' })),
  );
  const selection = { queue: 'listed', filter: 'name:crop' };
  const first = await operations.list(selection, { most: 40 });
  expect(first.rows.map(({ jobId }) => jobId).slice(0, 3)).toEqual(['a119', 'a117', 'a115']);
  expect(first.rows).toHaveLength(40);
  const second = await operations.list(selection, { most: 40, place: first.next! });
  expect(second.rows.map(({ jobId }) => jobId).at(0)).toBe('a39');
  expect(second).toMatchObject({ next: null, rows: { length: 20 } });
  expect(await operations.get('listed', 'a1')).toMatchObject({ jobId: 'a1', jobName: 'crop' });
  await expect(operations.get('listed', 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(operations.list(selection, { place: 'x' })).rejects.toThrow('place');
});

test('records of the same millisecond are all met, oldest or newest first', async () => {
  const failedAt = Date.now() - 10_000;
  const { leader, operations, length } = await setUp(
    'ties',
    seeds(1_300, 't', () => ({ failedAt })),
  );
  const { id } = await operations.replay({ queue: 'ties', filter: '' }, ACTOR);
  expect(await inState(leader, id, 'done')).toMatchObject({ done: 1_300 });
  expect(await length()).toBe(1_300);
  await operations.undo(id, 'ann');
  expect(await inState(leader, id, 'undone')).toMatchObject({ undone: 1_300, ran: 0 });
  const gone = await operations.discard({ queue: 'ties', filter: '' }, ACTOR);
  expect(await inState(leader, gone.id, 'done')).toMatchObject({ done: 1_300 });
});
