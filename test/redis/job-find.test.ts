/** Jobs found by their id in all queues, and what a filter can ask for, on plain BullMQ queues. */
import { randomBytes } from 'node:crypto';
import { Queue as BullQueue, type Queue } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { keyRing } from '../../src/payloads/key-ring.ts';
import { defineQueue } from '../../src/queues/define-queue.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startMonitor } from '../support/monitor.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ask as askOf, someone } from './asking.ts';
import { plainDeployment } from './plain-deployment.ts';

const here = plainDeployment();
const { ask, plain, setUp } = here;

/** A job that has failed, as BullMQ leaves it. */
async function failed(queue: Queue, data: object, reason: string, jobId?: string): Promise<string> {
  const { id } = await queue.add('pay', data, { ...(jobId && { jobId }) });
  const key = `bull:${queue.name}`;
  await here.redis.hset(`${key}:${id}`, { failedReason: reason, finishedOn: 5 });
  await here.redis.lrem(`${key}:wait`, 1, id!);
  await here.redis.zadd(`${key}:failed`, 5, id!);
  return id!;
}

test('jobs of one id are found in every queue, under any prefix, in their states', async () => {
  await setUp();
  await plain('find-a').add('one', {}, { jobId: 'order-17' });
  await failed(plain('find-b'), {}, 'no answer', 'order-17');
  await plain('find-c', { prefix: 'shop' }).add('later', {}, { jobId: 'order-17', delay: 60_000 });
  await plain('find-d').add('other', {}, { jobId: 'order-18' });
  await here.coordinator.operations.queues.list({}, () => true);
  const found = await ask('jobs.find', { id: 'order-17' });
  expect(found.rows.map(({ queue, state, name }) => [queue, state, name])).toEqual([
    ['find-a', 'waiting', 'one'],
    ['find-b', 'failed', 'pay'],
    ['shop:find-c', 'delayed', 'later'],
  ]);
  expect(found).toMatchObject({ looked: 4, isComplete: true });
  expect(found.rows[1]).toMatchObject({ failedReason: 'no answer' });
  // Names of BullMQ's keys, and jobs that are gone, are none.
  for (const id of ['meta', 'wait', 'failed', 'order-19'])
    expect((await ask('jobs.find', { id })).rows, id).toEqual([]);
  const some = await ask('jobs.find', { id: 'order-17', limit: 2 });
  expect(some).toMatchObject({ rows: [{ queue: 'find-a' }, { queue: 'find-b' }] });
  expect(some.isComplete).toBe(false);
  const all = await ask('jobs.find', { id: 'order-17', limit: 3 });
  expect([all.rows.length, all.isComplete]).toEqual([3, true]);
});

test('whoever may see some queues finds nothing of the others', async () => {
  await setUp();
  await plain('own-jobs').add('one', {}, { jobId: 'shared' });
  await plain('their-jobs').add('two', {}, { jobId: 'shared' });
  // The queue `x` under the prefix `bull:own-jobs` keeps its job 17 where `own-jobs` would keep its job `x:17`.
  await plain('x', { prefix: 'bull:own-jobs' }).add('three', {}, { jobId: 'y17' });
  const own = someone({ may: ['viewer'], queues: ['own-jobs'] });
  const found = await ask('jobs.find', { id: 'shared' }, own);
  expect(found).toMatchObject({ rows: [{ queue: 'own-jobs' }], looked: 1 });
  expect((await ask('jobs.find', { id: 'x:y17' }, own)).rows).toEqual([]);
  const nobody = someone({ may: ['queues.read'] });
  await expect(ask('jobs.find', { id: 'shared' }, nobody)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
});

test('many queues are a round trip for each few hundred', async () => {
  await setUp();
  for (let i = 0; i < 600; i += 1) {
    const key = `bull:many-${String(i).padStart(3, '0')}`;
    await here.redis.hset(`${key}:meta`, 'version', 'bullmq:6.7.0');
    if (i % 20 === 0) await here.redis.hset(`${key}:7`, { name: 'x', timestamp: 1, data: '{}' });
  }
  await here.coordinator.operations.queues.list({ match: 'many-*' }, () => true);
  const seen = await startMonitor(here.server);
  const many = someone({ may: ['viewer'], queues: ['many-*'] });
  const { rows, looked, isComplete } = await ask('jobs.find', { id: '7' }, many);
  expect([rows.length, looked, isComplete]).toEqual([30, 600, true]);
  // One small command for each queue, and one step for each job that there is.
  const sent = (command: string): number =>
    seen.filter(
      ({ from, text, ...other }) =>
        other.command === command && from !== 'lua' && /bull:many-\d+:7"/.test(text),
    ).length;
  await until(() => sent('eval') >= 30);
  expect([sent('exists'), sent('eval')]).toEqual([600, 30]);
});

test('hints tell names, fields with values, and errors of the newest jobs', async () => {
  await setUp();
  const queue = plain('hinted');
  for (let i = 0; i < 3; i += 1) await failed(queue, { user: { id: i } }, 'no answer\n  at x');
  await failed(queue, { big: 'x'.repeat(70_000) }, 'too large');
  await here.redis.hset('bull:hinted:1', 'data', '{"user":{"id":9007199254740993}}');
  const hints = await ask('jobs.hints', { queue: 'hinted', state: 'failed' });
  expect(hints).toEqual({
    names: [{ name: 'pay', count: 4 }],
    fields: [{ path: 'data.user.id', samples: ['2', '1', '9007199254740993'] }],
    errors: [
      { reason: 'no answer', count: 3 },
      { reason: 'too large', count: 1 },
    ],
    ...{ looked: 4, isRedacted: false },
  });
  // What it tells can be asked.
  for (const filter of ['data.user.id:9007199254740993', 'error:"too large"']) {
    const page = await ask('jobs.list', { queue: 'hinted', state: 'failed', filter });
    expect(page.rows, filter).toHaveLength(1);
  }
  await expect(ask('jobs.hints', { queue: 'nowhere', state: 'failed' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('a second look at the same hints costs nothing', async () => {
  await setUp();
  const queue = plain('kept-hints');
  await failed(queue, { a: 1 }, 'one');
  const asked = { queue: 'kept-hints', state: 'failed' } as const;
  const first = await ask('jobs.hints', asked);
  await failed(queue, { b: 1 }, 'two');
  expect(await ask('jobs.hints', asked)).toEqual(first);
  expect((await ask('jobs.hints', { ...asked, state: 'waiting' })).looked).toBe(0);
});

test('hints tell no secret: without `data.read` only names, with it no secret field', async () => {
  await setUp();
  const secretive = defineQueue('hinted-secrets', { payload: { redact: ['card.number'] } });
  await here.coordinator.queue(secretive).add('pay', { card: { number: '41111', kind: 'visa' } });
  const queue = plain('hinted-secrets');
  await failed(queue, { card: { number: '42222', kind: 'amex' } }, 'card 42222 refused');
  await failed(queue, { card: { number: '43333' } }, 'no answer');
  const asked = { queue: 'hinted-secrets', state: 'failed' } as const;
  const operator = await ask('jobs.hints', asked, someone({ may: ['operator'] }));
  expect(operator).toMatchObject({ fields: [], errors: [], isRedacted: true, looked: 2 });
  expect(operator.names).toEqual([{ name: 'pay', count: 2 }]);
  const admin = await ask('jobs.hints', asked);
  expect(admin).toMatchObject({
    fields: [{ path: 'data.card.kind', samples: ['amex'] }],
    errors: [{ reason: 'no answer', count: 1 }],
  });
  expect(JSON.stringify(admin)).not.toMatch(/42222|43333|number/);
  // Whatever somebody with more rights has just been told.
  expect(await ask('jobs.hints', asked, someone({ may: ['operator'] }))).toEqual(operator);
});

test('encrypted data is hinted at only where its key is', async () => {
  await setUp();
  const ring = keyRing({ current: 'k1', keys: { k1: randomBytes(32) } });
  const sealed = defineQueue('hinted-sealed', { payload: { encrypt: ring } });
  await here.coordinator.queue(sealed).add('pay', { city: 'Bern' });
  const asked = { queue: 'hinted-sealed', state: 'waiting' } as const;
  expect((await ask('jobs.hints', asked)).fields).toEqual([
    { path: 'data.city', samples: ['Bern'] },
  ]);
  const other = await startCoordinator(here.server);
  expect(await askOf(other, 'jobs.hints', asked)).toMatchObject({ fields: [], looked: 1 });
});

test('jobs of a scheduler are listed by its name', async () => {
  await setUp();
  const queue = plain('scheduled-jobs');
  await queue.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { name: 'run' });
  await queue.add('by-hand', {}, { delay: 60_000 });
  const list = async (filter: string) =>
    (await ask('jobs.list', { queue: 'scheduled-jobs', state: 'delayed', filter })).rows.map(
      ({ name }) => name,
    );
  expect(await list('scheduler:nightly')).toEqual(['run']);
  expect(await list('-scheduler:nightly')).toEqual(['by-hand']);
});

test('a queue of which a key holds something else hides no other, and is not counted as looked at', async () => {
  await setUp();
  await plain('well').add('one', {}, { jobId: 'order-5' });
  await plain('odd').add('two', {}, { jobId: 'order-5' });
  await here.coordinator.operations.queues.list({}, () => true);
  await here.redis.set('bull:odd:completed', 'text');
  await here.redis.set('bull:odd:repeat', 'text');
  const found = await ask('jobs.find', { id: 'order-5' });
  expect(found).toMatchObject({ rows: [{ queue: 'well' }], isComplete: false });
  expect(await ask('schedulers.all', {})).toMatchObject({ isComplete: false });
});

test('a user who may not read keys of Drover sees a job all the same', async () => {
  const own = await startRedis({ aclLines: ['user default on nopass ~bull:* &* +@all'] });
  onTestFinished(() => own.stop());
  const connection = createClient({ url: own.adminUrl });
  const queue = new BullQueue('plain', { connection });
  onTestFinished(() => queue.close());
  await queue.add('job', { size: 5 }, { jobId: 'a' });
  const coordinator = await startCoordinator(own);
  const of = { queue: 'plain', job: 'a' };
  expect(await askOf(coordinator, 'jobs.get', of)).toMatchObject({ hasDeadLetter: false });
  const hints = await askOf(coordinator, 'jobs.hints', { queue: 'plain', state: 'waiting' });
  expect(hints).toMatchObject({ names: [{ name: 'job' }], fields: [], errors: [] });
});
