/**
 * Scenario: Redis is killed (-9) under load and brought back. Every photo that was accepted, before, during
 * and after the outage, finishes; the service neither ends nor needs to be told.
 */
import { expect, test } from 'vitest';
import { startRedis } from '../../../test/support/redis-server.ts';
import { until } from '../../../test/support/until.ts';
import { allSettled, countStates, getPhotos, upload } from './support/client.ts';
import { listIncoming, makeFolder, makeFolderOf } from './support/folders.ts';
import { makePhotos } from './support/make-photos.ts';
import { startPhotoApp } from './support/photo-app.ts';

test('every accepted photo finishes although Redis is killed twice in the middle', async () => {
  await using redis = await startRedis();
  const batches = 3;
  const perBatch = 8;
  const all = await makePhotos(batches * perBatch, 200);
  const batch = (at: number) =>
    all
      .slice(at * perBatch, (at + 1) * perBatch)
      .map((bytes, within) => [`${at}-${within}.jpg`, bytes] as const);
  const data = await makeFolder();
  const app = await startPhotoApp({ photos: await makeFolderOf({}), data, redisUrl: redis.url });
  const doneCount = async () => countStates(await getPhotos(app.url)).done ?? 0;

  const before = await upload(app.url, batch(0));
  expect(before.status).toBe(202);
  await until(async () => (await doneCount()) >= 1);
  await redis.kill();
  const during = await upload(app.url, batch(1));
  expect(during).toMatchObject({ status: 503, code: 'QUEUE_UNAVAILABLE' });
  expect(during.photos.map(({ result }) => result)).toEqual(Array(perBatch).fill('stored'));
  expect((await fetch(`${app.url}/`)).status).toBe(200);

  await redis.restart();
  const doneBefore = await doneCount();
  await until(async () => (await doneCount()) > doneBefore);
  await redis.restart();
  const after = upload(app.url, batch(2));
  expect((await after).photos).toHaveLength(perBatch);

  const settled = await allSettled(app.url, batches * perBatch, { timeoutMs: 90_000 });
  expect(countStates(settled)).toEqual({ done: batches * perBatch });
  expect(await listIncoming(data)).toEqual([]);
  app.kill('SIGTERM');
  expect(await app.exited).toEqual({ code: 0, signal: null });
});

test('photos finish although Redis comes back with nothing of what it knew', async () => {
  await using redis = await startRedis({ config: { appendonly: 'no' } });
  const photos = await makePhotos(8, 300);
  const data = await makeFolder();
  const app = await startPhotoApp({ photos: await makeFolderOf({}), data, redisUrl: redis.url });
  await upload(
    app.url,
    photos.map((bytes, at) => [`${at}.jpg`, bytes]),
  );
  await until(async () =>
    Object.values(await getPhotos(app.url)).some((each) => each.doneSteps > 1),
  );
  await redis.restart();
  expect(countStates(await allSettled(app.url, 8, { timeoutMs: 90_000 }))).toEqual({ done: 8 });
});
