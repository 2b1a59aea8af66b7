/** A process is killed while it deletes jobs: the queue can be used or deleted, and the same call again does the rest. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import type { ActionName } from '../../src/operations/actions.ts';
import { startApp } from '../support/child-app.ts';
import { startCoordinator } from '../support/coordinators.ts';
import { shareRedis } from '../support/shared-redis.ts';
import { until } from '../support/until.ts';
import { callerOf, plainQueue } from './operate-queues.ts';

const CHILD = fileURLToPath(new URL('./removal-child.mjs', import.meta.url));
const JOBS = 40_000;
const queue = 'mails';
const confirm = queue;
const LONG = { timeout: 40_000 };
const { server, redis } = await shareRedis();

/** As BullMQ leaves jobs of a state behind, in one command since there are many. */
async function makeJobs(state: 'wait' | 'failed', count = JOBS): Promise<void> {
  await plainQueue(server, queue).waitUntilReady();
  const lua = `
for i = 1, tonumber(ARGV[2]) do
  redis.call('HSET', 'bull:mails:old-' .. i, 'name', 'job', 'data', '{}', 'opts', '{}', 'timestamp', 1, 'finishedOn', i)
  if ARGV[1] == 'wait' then redis.call('RPUSH', 'bull:mails:wait', 'old-' .. i)
  else redis.call('ZADD', 'bull:mails:failed', i, 'old-' .. i) end
end`;
  await redis.eval(lua, 0, state, count);
}

async function countOf(state: 'wait' | 'failed'): Promise<number> {
  return state === 'wait' ? redis.llen('bull:mails:wait') : redis.zcard('bull:mails:failed');
}

/** Kills the process when some of the jobs have gone. */
async function killAt(state: 'wait' | 'failed', action: ActionName, input: object): Promise<void> {
  const env = { REDIS_URL: server.url, ACTION: action, INPUT: JSON.stringify(input) };
  await using app = startApp(CHILD, { env });
  await app.line('up');
  await until(async () => (await countOf(state)) < JOBS, { intervalMs: 0 });
  app.kill('SIGKILL');
  await app.exited;
  expect(app.output).toEqual(['up']);
  const left = await countOf(state);
  expect(left).toBeGreaterThan(0);
  // No job is in the list without its hash, and none has a hash that is in no list.
  expect((await redis.keys('bull:mails:old-*')).length).toBe(left);
}

/** A worker of plain BullMQ's still works there. */
async function expectUsable(): Promise<void> {
  const done: string[] = [];
  const connection = { host: server.host, port: server.port };
  const worker = new Worker(queue, async ({ id }) => void done.push(id!), { connection });
  onTestFinished(() => worker.close(true));
  const { id } = await plainQueue(server, queue).add('job', {}, { lifo: true });
  await until(() => done.includes(id!));
  await worker.close();
}

test('an emptying', LONG, async () => {
  await makeJobs('wait');
  await killAt('wait', 'queues.empty', { queue, confirm });
  await expectUsable();
  const ann = callerOf(await startCoordinator(server, { metrics: false }));
  const left = await countOf('wait');
  expect(await ann.call('queues.empty', { queue, confirm })).toEqual({
    ...{ removed: left, hasMore: false },
  });
  expect(await ann.call('queues.get', { queue })).toMatchObject({
    ...{ isPaused: false, counts: { waiting: 0 } },
  });
});

test('a cleaning', LONG, async () => {
  await makeJobs('failed');
  const wanted = { queue, confirm, state: 'failed', olderThan: '1h', limit: 100_000 } as const;
  await killAt('failed', 'queues.clean', wanted);
  await expectUsable();
  const ann = callerOf(await startCoordinator(server, { metrics: false }));
  const left = await countOf('failed');
  expect(await ann.call('queues.clean', wanted)).toEqual({ removed: left, hasMore: false });
  expect(await countOf('failed')).toBe(0);
});

test(
  'an obliterate: the queue is paused, says why, and is used again or deleted',
  LONG,
  async () => {
    await makeJobs('wait');
    await killAt('wait', 'queues.obliterate', { queue, confirm });
    const ann = callerOf(await startCoordinator(server, { metrics: false }));
    expect(await ann.call('queues.get', { queue })).toMatchObject({
      ...{ isPaused: true, pausedBy: 'token:ann', pausedFor: 'is being deleted' },
    });
    await ann.call('queues.resume', { queue });
    await expectUsable();
    expect(await ann.call('queues.obliterate', { queue, confirm })).toMatchObject({
      hasMore: false,
    });
    expect(await redis.keys('bull:mails:*')).toEqual([]);
    expect(await redis.exists('coordinator:pauses')).toBe(0);
  },
);
