/**
 * The cache Redis for facts: used when it is there, never needed, and its absence is one line.
 */
import { expect, test, vi } from 'vitest';
import { createClient } from '../../../test/support/coordinators.ts';
import { reserve, startRedis } from '../../../test/support/redis-server.ts';
import { until } from '../../../test/support/until.ts';
import { createFactsCache } from '../src/facts-cache.ts';
import { allSettled, upload } from './support/client.ts';
import { makePhoto, makePhotos } from './support/make-photos.ts';
import { startService } from './support/service.ts';

test('facts of a photo are kept in the cache for a day and read from there', async () => {
  await using redis = await startRedis();
  const { url, pipeline } = await startService({ redisUrl: redis.url, cacheUrl: `${redis.url}/1` });
  await upload(url, [['photo.jpg', await makePhoto()]]);
  const { id, facts } = (await allSettled(url, 1))['photo.jpg']!;
  const client = createClient({ url: `${redis.url}/1` });
  const key = `photos:facts:v1:${id}`;
  expect(JSON.parse((await client.get(key)) ?? 'null')).toEqual(facts);
  expect(await client.ttl(key)).toBeGreaterThan(86_000);

  await client.set(key, JSON.stringify({ ...facts, camera: 'from the cache' }));
  expect(await pipeline.steps.facts(id)).toMatchObject({ camera: 'from the cache' });
  await client.del(key);
  expect(await pipeline.steps.facts(id)).toEqual(facts);
  expect(await client.exists(key)).toBe(1);
});

test('photos finish without the cache, and its absence is told once', async () => {
  await using redis = await startRedis();
  const cacheUrl = `redis://127.0.0.1:${await reserve()}`;
  const { url, warnings, pipeline } = await startService({ redisUrl: redis.url, cacheUrl });
  await until(() => warnings.length > 0);
  const photos = await makePhotos(2, 60);
  await upload(
    url,
    photos.map((bytes, at) => [`${at}.jpg`, bytes]),
  );
  const settled = await allSettled(url, 2);
  expect(settled).toMatchObject({ '0.jpg': { status: 'done' }, '1.jpg': { status: 'done' } });
  expect(await pipeline.steps.facts(settled['0.jpg']!.id)).toEqual(settled['0.jpg']!.facts);
  expect(warnings).toEqual([
    expect.stringMatching(/^The cache Redis is away, going on without it/),
  ]);
});

test('a cache that dies in between costs nothing but its hits', async () => {
  await using redis = await startRedis();
  const warn = vi.fn();
  const cache = createFactsCache(redis.url, warn);
  const facts = { width: 1, height: 1 } as never;
  await until(async () => {
    await cache.set('a', facts);
    return cache.get('a');
  });
  await redis.kill();
  expect(await cache.get('a')).toBeNull();
  await cache.set('b', facts);
  await until(() => warn.mock.calls.length > 0);
  await redis.restart();
  await until(async () => {
    await cache.set('b', facts);
    return cache.get('b');
  });
  expect(warn).toHaveBeenCalledTimes(1);
  await cache.stop();
});
