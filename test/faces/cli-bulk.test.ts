/** A bulk action that is started at the command line where no process leads: the command carries it out itself. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Coordinator } from '../../src/index.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { drover } from './command-line.ts';

const JOBS = 30;
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
  const coordinator = new Coordinator({ redisUrl: server.url, logger: false });
  coordinator.process('mails', async () => {
    throw new TypeError('boom');
  });
  await coordinator.start();
  const queue = coordinator.queue('mails');
  for (let i = 0; i < JOBS; i++) await queue.add('welcome', { i }, { attempts: 1 });
  await until(async () => (await queue.getFailedCount()) === JOBS);
  await coordinator.stop();
});
afterAll(() => server?.stop());

const replay = ['dead-letter', 'replay', 'mails', '--filter', 'type:TypeError', '--yes', '--json'];

it('is carried out to its end, and nobody leads afterwards', async () => {
  const env = { REDIS_URL: server.url };
  const detached = await drover([...replay, '--detach'], { env });
  expect(JSON.parse(detached.stdout)).toMatchObject({ total: JOBS, queue: 'mails' });
  const { id } = JSON.parse(detached.stdout) as { id: string };
  const { code, stdout, stderr } = await drover(['bulk', 'watch', id, '--json'], { env });
  expect([code, stderr]).toEqual([0, expect.stringContaining(`${id} is done`)]);
  expect(JSON.parse(stdout)).toMatchObject({ state: 'done', done: JOBS, failed: 0 });
  const redis = new Redis(server.url);
  expect(await redis.get('coordinator:lease:fleet')).toBeNull();
  redis.disconnect();
  const other = new Coordinator({ redisUrl: server.url, logger: false });
  await other.start();
  await until(async () => (await other.queue('mails').getWaitingCount()) === JOBS);
  await other.stop();
});
