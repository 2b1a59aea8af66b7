/** What a stopping process cannot finish starts elsewhere at once, and no restart repeats a job. */
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type ChildApp, startApp } from '../support/child-app.ts';
import { startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const APP = fileURLToPath(new URL('./app.mjs', import.meta.url));
const CLEAN = { code: 0, signal: null };

function ids(apps: readonly ChildApp[], what: string): string[] {
  return apps
    .flatMap(({ output }) => output)
    .filter((line) => line.startsWith(`${what} `))
    .map((line) => line.split(' ')[1]!);
}

async function startWorker(server: RedisServer, env: Record<string, string>): Promise<ChildApp> {
  const app = startApp(APP, { env: { REDIS_URL: server.url, ...env } });
  await app.line('ready wait');
  return app;
}

test('long jobs that follow their signal start in another process at once, without using an attempt', async () => {
  await using server = await startRedis();
  const producer = await startCoordinator(server);
  const queue = producer.queue('chaos');
  const env = { JOB_MS: '600000', ABORTABLE: 'yes', SHUTDOWN_MS: '2000' };
  await using leaving = await startWorker(server, env);
  const added = await queue.addBulk([
    { name: 'once', data: {}, opts: { attempts: 1 } },
    { name: 'often', data: {}, opts: { attempts: 3 } },
    { name: 'urgent', data: {}, opts: { priority: 5 } },
  ]);
  const all = added.map(({ id }) => id!).sort();
  await until(() => ids([leaving], 'started').length === 3, { what: 'three running jobs' });
  await using heir = await startWorker(server, env);
  leaving.kill('SIGTERM');
  expect(await leaving.exited).toEqual(CLEAN);
  expect(leaving.output.at(-1)).toMatch(/, 0 unfinished, 3 handed back$/);
  // Their locks would have held for 30 s.
  await until(() => ids([heir], 'started').length === 3, { timeoutMs: 5_000, what: 'the heir' });
  expect(ids([heir], 'started').sort()).toEqual(all);
  for (const id of all)
    expect(await queue.getJob(id)).toMatchObject({ attemptsMade: 0, stalledCounter: 0 });
  expect((await producer.getQueueStats('chaos')).counts).toMatchObject({ active: 3, failed: 0 });
});

test.each(['killed', 'frozen'] as const)(
  'with Redis %s the process ends by its deadline although nothing can be handed back',
  async (how) => {
    await using server = await startRedis();
    const env = { JOB_MS: '600000', ABORTABLE: 'yes', SHUTDOWN_MS: '800' };
    await using app = await startWorker(server, env);
    const producer = await startCoordinator(server);
    const { id } = await producer.queue('chaos').add('job', {});
    await app.line(`started ${id}`);
    if (how === 'killed') await server.kill();
    else server.freeze();
    app.kill('SIGTERM');
    expect(await app.exited).toEqual(CLEAN);
    expect(app.output.at(-1)).toMatch(/, 1 unfinished, 0 handed back$/);
    if (how === 'frozen') server.thaw();
  },
);

test('four workers are restarted one after the other under load: no job runs twice, none is lost', async () => {
  await using server = await startRedis();
  const producer = await startCoordinator(server);
  const queue = producer.queue('chaos');
  const env = { JOB_MS: '40' };
  const everyone: ChildApp[] = [];
  const start = async (): Promise<ChildApp> => {
    const app = startApp(APP, { env: { REDIS_URL: server.url, ...env } });
    onTestFinished(() => app[Symbol.asyncDispose]());
    everyone.push(app);
    await app.line('ready command'); // One that never finds the queue empty never waits.
    return app;
  };
  await Promise.all(Array.from({ length: 4 }, start));
  const accepted: string[] = [];
  let isProducing = true;
  const producing = (async () => {
    while (isProducing) {
      accepted.push((await queue.add('job', {})).id!);
      await until(() => accepted.length - ids(everyone, 'ended').length < 200, {
        timeoutMs: 60_000,
      });
    }
  })();
  for (const leaving of everyone.slice()) {
    const before = ids([leaving], 'ended').length;
    await until(() => ids([leaving], 'ended').length > before + 20, { what: 'some work' });
    const replacement = start();
    leaving.kill('SIGTERM');
    expect(await leaving.exited).toEqual(CLEAN);
    await replacement;
  }
  isProducing = false;
  await producing;
  await until(async () => (await producer.getQueueStats('chaos')).counts.waiting === 0, {
    timeoutMs: 60_000,
    what: 'an empty queue',
  });
  await until(async () => (await producer.getQueueStats('chaos')).counts.active === 0, {
    what: 'the last jobs',
  });
  const starts = ids(everyone, 'started');
  expect(starts.filter((id, i) => starts.indexOf(id) !== i)).toEqual([]);
  expect(new Set(ids(everyone, 'ended'))).toEqual(new Set(accepted));
});
