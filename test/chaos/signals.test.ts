/** SIGTERM ends the process with code 0 by its deadline, whatever Redis does. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startApp } from '../support/child-app.ts';
import { startCoordinator } from '../support/coordinators.ts';
import { reserve, startRedis } from '../support/redis-server.ts';

const APP = fileURLToPath(new URL('./app.mjs', import.meta.url));
const CLEAN = { code: 0, signal: null };

test('a running job finishes and is acknowledged before the process ends', async () => {
  await using server = await startRedis();
  await using app = startApp(APP, { env: { REDIS_URL: server.url, JOB_MS: '700' } });
  await app.line('ready wait');
  const producer = await startCoordinator(server);
  const { id } = await producer.queue('chaos').add('job', {});
  await app.line(`started ${id}`);
  app.kill('SIGTERM');
  expect(await app.exited).toEqual(CLEAN);
  expect(app.output).toContain(`ended ${id}`);
  expect((await producer.getQueueStats('chaos')).counts).toMatchObject({ active: 0, completed: 1 });
});

test('a job that does not end by the deadline is left, and the process ends all the same', async () => {
  await using server = await startRedis();
  const env = { REDIS_URL: server.url, JOB_MS: '600000', SHUTDOWN_MS: '500' };
  await using app = startApp(APP, { env });
  await app.line('ready wait');
  const producer = await startCoordinator(server);
  const { id } = await producer.queue('chaos').add('job', {});
  await app.line(`started ${id}`);
  app.kill('SIGTERM');
  expect(await app.exited).toEqual(CLEAN);
  expect(await app.line('stopped after')).toContain('1 unfinished');
});

test.each(['killed', 'frozen'] as const)('with Redis %s and a job running', async (how) => {
  await using server = await startRedis();
  const env = { REDIS_URL: server.url, JOB_MS: '600000', SHUTDOWN_MS: '500' };
  await using app = startApp(APP, { env });
  await app.line('ready wait');
  const producer = await startCoordinator(server);
  const { id } = await producer.queue('chaos').add('job', {});
  await app.line(`started ${id}`);
  if (how === 'killed') await server.kill();
  else server.freeze();
  app.kill('SIGTERM');
  expect(await app.exited).toEqual(CLEAN);
  if (how === 'frozen') server.thaw();
});

test('with no Redis there from the start, and with none configured', async () => {
  const url = `redis://127.0.0.1:${await reserve()}`;
  for (const env of [{ REDIS_URL: url }, {}]) {
    await using app = startApp(APP, { env: env as Record<string, string> });
    await app.line(/^up$/);
    app.kill('SIGTERM');
    expect(await app.exited).toEqual(CLEAN);
  }
});

test('a second signal ends the process at once, with code 1', async () => {
  await using server = await startRedis();
  await using app = startApp(APP, { env: { REDIS_URL: server.url, JOB_MS: '600000' } });
  await app.line('ready wait');
  const producer = await startCoordinator(server);
  const { id } = await producer.queue('chaos').add('job', {});
  await app.line(`started ${id}`);
  app.kill('SIGTERM');
  await producer.stop();
  app.kill('SIGINT');
  expect(await app.exited).toEqual({ code: 1, signal: null });
});
