/** Jobs, as operators change them one by one, through the gate, on plain BullMQ queues. */
import { FlowProducer, type Job, Worker } from 'bullmq';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ADMIN } from './asking.ts';
import { plainDeployment } from './plain-deployment.ts';

const here = plainDeployment();
const { ask, plain, setUp } = here;

/** A job in each state of a queue of that name; `active` until the test is over. */
async function oneInEachState(name: string): Promise<Record<string, string>> {
  const queue = plain(name);
  const connection = createClient(here.server);
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
  const flows = new FlowProducer({ connection: createClient(here.server) });
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
        const found = await here.redis.exists(`bull:${name}:${job}`);
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

test('a job that has run and is gone before it can be looked at was added all the same', async () => {
  await setUp();
  await plain('quick').add('first', {});
  const add = { queue: 'quick', name: 'mail', data: {}, options: { removeOnComplete: true } };
  const run = async () => {};
  const worker = new Worker('quick', run, {
    connection: createClient(here.server),
    concurrency: 10,
  });
  onTestFinished(() => worker.close());
  const rows = await Promise.all(Array.from({ length: 50 }, () => ask('jobs.add', add)));
  expect(rows.map(({ name }) => name)).toEqual(Array(50).fill('mail'));
  const gone = { queue: 'quick', job: 'gone', mayReadData: true };
  expect(await here.coordinator.operations.jobs.changes.row(gone, 'mail')).toMatchObject({
    ...{ queue: 'quick', id: 'gone', name: 'mail', state: 'unknown', addedAt: null },
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
  expect(await here.redis.exists(`bull:from:${ids[4]}`)).toBe(0);
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

test('while Redis is away everything is refused in time', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const coordinator = await startCoordinator(own, { addTimeoutMs: 300 });
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
