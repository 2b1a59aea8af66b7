/**
 * Scenario: no Redis is configured. HTTP works, one line says so, photos are kept, health is 200 and
 * `disabled`; when the same folder is served with a Redis one day, the photos finish.
 */
import { expect, test } from 'vitest';
import { startRedis } from '../../../test/support/redis-server.ts';
import { allSettled, countStates, getPhotos, upload } from './support/client.ts';
import { makeFolder, makeFolderOf } from './support/folders.ts';
import { makePhoto, makePhotos } from './support/make-photos.ts';
import { startPhotoApp } from './support/photo-app.ts';

test('without a Redis the service runs, says so in one line, and keeps photos for later', async () => {
  const [one, two] = await makePhotos(2);
  const photos = await makeFolderOf({ 'one.jpg': one!, 'two.jpg': two! });
  const data = await makeFolder();
  const app = await startPhotoApp({ photos, data });
  await app.line('Imported 2 photos');

  const health = await fetch(`${app.url}/health/redis`);
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({ status: 'disabled' });
  const page = await (await fetch(`${app.url}/`)).text();
  expect(page).toContain('No Redis is configured.');
  expect(page).toContain('one.jpg');

  const answer = await upload(app.url, [['three.jpg', await makePhoto({ seed: 3 })]]);
  expect(answer).toMatchObject({ status: 503, code: 'QUEUE_UNAVAILABLE' });
  expect(answer.photos).toMatchObject([{ name: 'three.jpg', result: 'stored' }]);
  expect(countStates(await getPhotos(app.url))).toEqual({ stored: 3 });

  app.kill('SIGTERM');
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(app.output.filter((line) => line.includes('Redis not configured'))).toHaveLength(1);

  await using redis = await startRedis();
  const later = await startPhotoApp({ photos, data, redisUrl: redis.url });
  expect(countStates(await allSettled(later.url, 3))).toEqual({ done: 3 });
});

test('--no-redis runs without queues whatever the environment names', async () => {
  await using redis = await startRedis({ password: 'secret' });
  const photos = await makeFolderOf({ 'one.jpg': await makePhoto() });
  const app = await startPhotoApp({
    ...{ photos, data: await makeFolder(), redisUrl: redis.url, cacheUrl: redis.url },
    args: ['--no-redis'],
    env: { REDIS_PASSWORD: 'secret', REDIS_DB: '2' },
  });
  await app.line('Imported 1 photos');
  expect(await (await fetch(`${app.url}/health/redis`)).json()).toMatchObject({
    status: 'disabled',
  });
});
