/**
 * Scenario: Redis is down at the start and comes up later. Photos are taken meanwhile, and queued and
 * finished by themselves; nobody restarts anything or sends anything again.
 */
import { expect, test } from 'vitest';
import { reserve, startRedis } from '../../../test/support/redis-server.ts';
import { until } from '../../../test/support/until.ts';
import { allSettled, countStates, getPhotos, upload } from './support/client.ts';
import { makeFolder, makeFolderOf } from './support/folders.ts';
import { makePhotos } from './support/make-photos.ts';
import { startPhotoApp } from './support/photo-app.ts';

test('photos that came while Redis was down are finished by themselves when it comes up', async () => {
  const port = await reserve();
  const [one, two, three] = await makePhotos(3, 10);
  const app = await startPhotoApp({
    photos: await makeFolderOf({ 'one.jpg': one!, 'two.jpg': two! }),
    data: await makeFolder(),
    redisUrl: `redis://127.0.0.1:${port}`,
  });
  await app.line('Imported 2 photos');
  const health = await fetch(`${app.url}/health/redis`);
  expect([health.status, await health.json()]).toMatchObject([503, { status: 'unhealthy' }]);
  expect(await (await fetch(`${app.url}/`)).text()).toContain('Redis is away');

  const answer = await upload(app.url, [['three.jpg', three!]]);
  expect(answer).toMatchObject({ status: 503, photos: [{ result: 'stored' }] });
  expect(countStates(await getPhotos(app.url))).toEqual({ stored: 3 });

  await using redis = await startRedis({ port });
  expect(countStates(await allSettled(app.url, 3))).toEqual({ done: 3 });
  await until(async () => (await fetch(`${app.url}/health/redis`)).status === 200);
  expect(redis.isRunning).toBe(true);

  app.kill('SIGTERM');
  expect(await app.exited).toEqual({ code: 0, signal: null });
});

test('SIGTERM while Redis is down ends with exit code 0', async () => {
  const app = await startPhotoApp({
    photos: await makeFolderOf({}),
    data: await makeFolder(),
    redisUrl: `redis://127.0.0.1:${await reserve()}`,
  });
  app.kill('SIGTERM');
  expect(await app.exited).toEqual({ code: 0, signal: null });
});
