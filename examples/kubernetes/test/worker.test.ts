/** The application as pods would run it: two roles as real processes, and what SIGTERM does to a worker. */
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { type AppOptions, type ChildApp, startApp } from '../../../test/support/child-app.ts';
import { type RedisServer, startRedis } from '../../../test/support/redis-server.ts';
import { until } from '../../../test/support/until.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

async function start(redis: RedisServer, env: AppOptions['env'] = {}) {
  const app = startApp(MAIN, { env: { REDIS_URL: redis.url, PORT: '0', ...env } });
  onTestFinished(() => app[Symbol.asyncDispose]());
  const port = /\d+/.exec(await app.line(/^Serving on port \d+/))![0];
  return Object.assign(app, { url: `http://127.0.0.1:${port}` }) as ChildApp & { url: string };
}

const add = (web: { url: string }, photo: string, tookMs: number) =>
  fetch(`${web.url}/thumbnails`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ photo, tookMs }),
  });

test('a worker that is told to go finishes what it runs, leaves the rest to others, and ends', async () => {
  await using redis = await startRedis();
  const queue = new Queue('thumbnails', {
    connection: { host: redis.host, port: redis.port, maxRetriesPerRequest: null },
  });
  onTestFinished(() => queue.close());
  const web = await start(redis, { ENABLE_BACKGROUND_JOBS: 'false' });
  const worker = await start(redis);
  for (const each of [web, worker]) {
    const probe = async (): Promise<boolean> => (await fetch(`${each.url}/health/ready`)).ok;
    await until(probe, { what: 'the probe says yes' });
    expect((await fetch(`${each.url}/health/live`)).status).toBe(200);
  }
  const photos = ['first.jpg', 'second.jpg', 'third.jpg'];
  for (const photo of photos) expect((await add(web, photo, 1_500)).status).toBe(202);
  // At first the pool has no slots: the first job opens some.
  await until(async () => (await queue.getActiveCount()) > 0, { timeoutMs: 30_000 });
  worker.kill('SIGTERM');
  expect(await worker.exited).toEqual({ code: 0, signal: null });
  const made = worker.output.filter((line) => line.endsWith('made')).length;
  expect(made).toBeGreaterThan(0);
  expect(await queue.getJobCounts('active', 'failed', 'wait', 'completed')).toEqual({
    ...{ active: 0, failed: 0, wait: photos.length - made, completed: made },
  });
  expect((await fetch(`${web.url}/health/ready`)).status).toBe(200);
});
