/** Told to stop while photos are processed: what runs is finished, what waits is left for the next process. */
import { Queue } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { startRedis } from '../../../test/support/redis-server.ts';
import { until } from '../../../test/support/until.ts';
import { makePhoto } from '../../photo-pipeline/test/support/make-photos.ts';
import { ask, makeData, send, settled, startApplication } from './support/application.ts';

const PHOTOS = 4;

test('on SIGTERM running jobs are finished, the exit code is 0, and the next process does the rest', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const connection = { host: redis.host, port: redis.port };
  const images = new Queue('images', { connection });
  onTestFinished(() => images.close());
  const options = { redisUrl: redis.url, data: await makeData() };
  const app = await startApplication(options);
  const ids = await Promise.all(
    Array.from({ length: PHOTOS }, async (_, seed) => {
      const photo = await makePhoto({ seed, width: 3_000, height: 2_000 });
      return (await send(app.url, photo)).body.id as string;
    }),
  );
  const running = await until(
    async () => {
      const active = await images.getActive();
      return active.find(({ name, progress }) => name === 'variants' && progress !== 0);
    },
    { what: 'a photo has some of its pictures' },
  );

  app.kill('SIGTERM');
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(await images.getActiveCount()).toBe(0);
  expect(await images.getJobState(running.id!)).toBe('completed');
  expect(await images.getJobCountByTypes('waiting', 'prioritized')).toBeGreaterThan(0);

  const next = await startApplication(options);
  for (const id of ids) expect(await settled(next.url, id)).toMatchObject({ status: 'done' });
  const ended = await images.getCompleted();
  expect(ended.map(({ attemptsStarted }) => attemptsStarted)).toEqual(ended.map(() => 1));
  expect((await ask(`${next.url}/health`)).body).toMatchObject({ status: 'ok' });
});
