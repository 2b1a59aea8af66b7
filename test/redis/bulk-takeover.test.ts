/** Bulk actions outlive whoever carries them on or asked for them: killed leaders, operators that go, a Redis that restarts. */
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startApp } from '../support/child-app.ts';
import { createClient, startCoordinator } from '../support/coordinators.ts';
import { startProxy } from '../support/proxy.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { inState, keys, openLeader, seedDeadLetters, seeds } from './dead-letter-fleet.ts';

const LEADER = fileURLToPath(new URL('../chaos/bulk-leader.mjs', import.meta.url));
const JOBS = 6_000;

function startLeader(server: { url: string }, host: string) {
  const app = startApp(LEADER, { env: { REDIS_URL: server.url, HOST_NAME: host } });
  onTestFinished(() => app[Symbol.asyncDispose]());
  return app;
}

test('leaders are killed in the middle and others finish: each job once, and counted once', {
  timeout: 90_000,
}, async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = createClient(server);
  await seedDeadLetters(
    redis,
    'killed',
    seeds(JOBS, 'k', (i) => ({ hasJob: i % 3 > 0 })),
  );
  // This one only asks. It never leads, and is gone before the end.
  const operator = await openLeader(server, { host: 'operator' });
  const { id } = await operator.operations.replay(
    { queue: 'killed', filter: 'state:dead' },
    { actor: 'ann', perSecond: 2_000 },
  );
  const ran = new Map<string, number>();
  const worker = await startCoordinator(server);
  worker.process('killed', async (job) => void ran.set(job.id!, (ran.get(job.id!) ?? 0) + 1), {
    concurrency: 50,
  });
  const replayed = async (): Promise<number> => Number(await redis.hget(keys.bulk(id), 'done'));
  for (const [i, part] of [0.2, 0.5, 0.75].entries()) {
    const leader = startLeader(server, `leader-${i}`);
    await until(async () => (await replayed()) >= JOBS * part, { timeoutMs: 20_000 });
    leader.kill('SIGKILL');
    await leader.exited;
  }
  await operator.stop();
  operator.hub.close();
  const last = startLeader(server, 'last');
  await last.line(`finished ${id} done`, 30_000);
  const { done, state, ...rest } = await redis.hgetall(keys.bulk(id));
  expect({ done, state, failed: rest.failed }).toEqual({
    done: String(JOBS),
    state: 'done',
    failed: undefined,
  });
  expect(Object.keys(rest).filter((field) => field.startsWith('skip:'))).toEqual([]);
  await until(() => ran.size === JOBS, { timeoutMs: 20_000, what: 'all jobs have run' });
  expect([...ran.values()].filter((times) => times !== 1)).toEqual([]);
});

test('two processes that both believe to lead do nothing twice', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = createClient(server);
  await seedDeadLetters(redis, 'two', seeds(3_000));
  const one = await openLeader(server, { host: 'one' });
  one.start();
  const { id } = await one.operations.replay(
    { queue: 'two', filter: '' },
    { actor: 'ann', perSecond: 3_000 },
  );
  await until(async () => (await redis.llen('bull:two:wait')) > 0);
  // The first one's lease is taken away behind its back, as when it was suspended.
  await redis.del(keys.lease('fleet'));
  const other = await openLeader(server, { host: 'other' });
  other.start();
  expect(await inState(other, id, 'done')).toMatchObject({ done: 3_000, failed: 0, skipped: {} });
  const ids = await redis.lrange('bull:two:wait', 0, -1);
  expect(ids).toHaveLength(3_000);
  expect(new Set(ids).size).toBe(3_000);
});

test('a Redis that is killed and comes back loses and doubles nothing', {
  timeout: 60_000,
}, async () => {
  const server = await startRedis({ config: { appendfsync: 'always' } });
  onTestFinished(() => server.stop());
  const redis = createClient(server);
  await seedDeadLetters(redis, 'restarted', seeds(4_000));
  const leader = await openLeader(server);
  leader.start();
  const { id } = await leader.operations.replay(
    { queue: 'restarted', filter: '' },
    { actor: 'ann', perSecond: 4_000 },
  );
  await until(async () => (await redis.llen('bull:restarted:wait')) > 500);
  await server.kill();
  await expect(leader.operations.bulkAction(id)).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
  });
  await server.restart();
  await until(() => leader.hub.command.isReady);
  expect(await inState(leader, id, 'done')).toMatchObject({ done: 4_000, failed: 0, skipped: {} });
  const ids = await redis.lrange('bull:restarted:wait', 0, -1);
  expect(ids).toHaveLength(4_000);
  expect(new Set(ids).size).toBe(4_000);
});

test('answers that never arrive are not sent twice', { timeout: 60_000 }, async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const proxy = await startProxy({ target: { port: server.port } });
  onTestFinished(() => proxy.close());
  const redis = createClient(server);
  await seedDeadLetters(redis, 'cut', seeds(4_000));
  const leader = await openLeader(proxy);
  leader.start();
  const { id } = await leader.operations.replay(
    { queue: 'cut', filter: '' },
    { actor: 'ann', perSecond: 4_000 },
  );
  for (let sent = 0; sent < 4_000; ) {
    const before = sent;
    await until(async () => {
      sent = await redis.llen('bull:cut:wait');
      return sent >= Math.min(4_000, before + 400);
    });
    proxy.cut();
  }
  await until(() => leader.hub.command.isReady);
  expect(await inState(leader, id, 'done')).toMatchObject({ done: 4_000, failed: 0, skipped: {} });
  expect(new Set(await redis.lrange('bull:cut:wait', 0, -1)).size).toBe(4_000);
  expect(await redis.llen('bull:cut:wait')).toBe(4_000);
});

test('scripts that Redis has forgotten are loaded again', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = createClient(server);
  await seedDeadLetters(redis, 'flushed', seeds(2_000));
  const leader = await openLeader(server);
  leader.start();
  const { id } = await leader.operations.replay(
    { queue: 'flushed', filter: '' },
    { actor: 'ann', perSecond: 4_000 },
  );
  await until(async () => (await redis.llen('bull:flushed:wait')) > 0);
  await redis.script('FLUSH');
  expect(await inState(leader, id, 'done')).toMatchObject({ done: 2_000, failed: 0 });
  expect(await redis.llen('bull:flushed:wait')).toBe(2_000);
});

test('a process that stops gives its round up at once', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = createClient(server);
  await seedDeadLetters(redis, 'stopped', seeds(5_000));
  const leader = await openLeader(server);
  leader.start();
  const { id } = await leader.operations.replay(
    { queue: 'stopped', filter: '' },
    { actor: 'ann', perSecond: 500 },
  );
  await until(async () => (await redis.llen('bull:stopped:wait')) > 0);
  await leader.stop();
  const sent = await redis.llen('bull:stopped:wait');
  expect(sent).toBeLessThan(5_000);
  expect(await leader.operations.bulkAction(id)).toMatchObject({ state: 'running', done: sent });
});
