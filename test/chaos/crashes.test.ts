/** Redis and workers are killed under load: every accepted job finishes, by itself. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type ChildApp, startApp } from '../support/child-app.ts';
import { startCoordinator } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const APP = fileURLToPath(new URL('./app.mjs', import.meta.url));

function lines(app: ChildApp, what: string): string[] {
  return app.output
    .filter((line) => line.startsWith(`${what} `))
    .map((line) => line.split(' ')[1]!);
}

test('Redis is killed and brought back five times under load: all accepted jobs finish, none twice', async () => {
  await using server = await startRedis();
  const env = { REDIS_URL: server.url };
  await using first = startApp(APP, { env });
  await using second = startApp(APP, { env });
  await Promise.all([first.line('ready wait'), second.line('ready wait')]);
  const producer = await startCoordinator(server);
  const queue = producer.queue('chaos');
  const accepted = new Set<string>();
  let isProducing = true;
  const producing = (async () => {
    for (let i = 0; isProducing; i += 1) {
      const id = `job-${i}`;
      await queue.add('job', {}, { jobId: id, removeOnComplete: false }).then(
        () => accepted.add(id),
        () => {},
      );
    }
  })();
  for (let round = 1; round <= 5; round += 1) {
    await until(() => accepted.size >= round * 200, { timeoutMs: 30_000, what: `round ${round}` });
    await server.kill();
    await until(() => !producer.getRedisHealth().redis.connected, { what: 'the loss' });
    await server.restart();
  }
  isProducing = false;
  await producing;
  const finished = (): Set<string> =>
    new Set([...lines(first, 'ended'), ...lines(second, 'ended')]);
  await until(() => [...accepted].every((id) => finished().has(id)), {
    timeoutMs: 60_000,
    what: 'all accepted jobs',
  });
  await until(async () => (await producer.getQueueStats('chaos')).counts.active === 0, {
    timeoutMs: 40_000,
    what: 'all acknowledgements',
  });
  const starts = [...lines(first, 'started'), ...lines(second, 'started')];
  const twice = starts.filter((id, i) => id.startsWith('job-') && starts.indexOf(id) !== i);
  expect(twice).toEqual([]);
  for (const app of [first, second])
    expect(app.output.filter((line) => line.startsWith('unhandled'))).toEqual([]);
});

test('a worker is killed in the middle of its jobs: another one takes them over after the lock', async () => {
  await using server = await startRedis();
  const env = { REDIS_URL: server.url, LOCK_MS: '1500' };
  const producer = await startCoordinator(server);
  const queue = producer.queue('chaos');
  await using victim = startApp(APP, { env: { ...env, JOB_MS: '60000' } });
  await victim.line('ready wait');
  const added = await queue.addBulk(
    Array.from({ length: 5 }, (_, i) => ({ name: `job-${i}`, data: {} })),
  );
  await until(() => lines(victim, 'started').length === 5, { what: 'five running jobs' });
  await using heir = startApp(APP, { env });
  await heir.line('ready wait');
  victim.kill('SIGKILL');
  await until(() => lines(heir, 'ended').length === 5, { timeoutMs: 20_000, what: 'all five' });
  expect(lines(heir, 'ended').sort()).toEqual(added.map(({ id }) => id).sort());
  // The line is printed before the acknowledgement is sent.
  const counts = async () => (await producer.getQueueStats('chaos')).counts;
  await until(async () => (await counts()).active === 0, { what: 'all acknowledgements' });
  expect(await counts()).toMatchObject({ failed: 0, completed: 5 });
});

test('Redis is frozen for longer than the socket timeout: workers find their way back by themselves', async () => {
  await using server = await startRedis();
  await using app = startApp(APP, { env: { REDIS_URL: server.url } });
  await app.line('ready wait');
  server.freeze();
  await app.line('closed command', 25_000);
  await app.line('closed wait', 25_000);
  server.thaw();
  const producer = await startCoordinator(server);
  const { id } = await producer.queue('chaos').add('job', {});
  await app.line(`ended ${id}`, 20_000);
});
