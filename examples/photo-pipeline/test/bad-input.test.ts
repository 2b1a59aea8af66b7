/**
 * Photos that are none: each gets a clear error of its own, once and without retries, and leaves nothing
 * half-made, while the good photos of the same batch finish.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { startRedis } from '../../../test/support/redis-server.ts';
import { allSettled, upload } from './support/client.ts';
import { listIncoming } from './support/folders.ts';
import { makeBomb, makeBrokenJpeg, makePhotos } from './support/make-photos.ts';
import { startService } from './support/service.ts';

test('every bad photo fails at once with its own error, and every good one beside it finishes', async () => {
  await using redis = await startRedis();
  const { url, data, coordinator } = await startService({ redisUrl: redis.url });
  const failures: { attempt: number; final: boolean }[] = [];
  coordinator.on('job.failed', ({ attempt, final }) => failures.push({ attempt, final }));
  const [good, alsoGood] = await makePhotos(2);
  const gif = await sharp(good!).gif().toBuffer();
  const { status, photos } = await upload(url, [
    ['good.jpg', good!],
    ['broken.jpg', await makeBrokenJpeg()],
    ['empty.jpg', Buffer.alloc(0)],
    ['text.jpg', Buffer.from('Dear diary, today I took no photograph.')],
    ['moving.gif', gif],
    ['drawing.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['bomb.png', makeBomb(65_000, 65_000)],
    ['strip.png', makeBomb(65_000, 1)],
    ['also good.jpg', alsoGood!],
  ]);
  // What is in a photo is judged by its job, so the upload itself is in order.
  expect(status).toBe(202);
  expect(photos.every(({ result }) => result === 'accepted')).toBe(true);

  const settled = await allSettled(url, 9);
  const errors = Object.values(settled).map(({ name, error }) => [name, error?.code ?? null]);
  expect(Object.fromEntries(errors)).toEqual({
    'good.jpg': null,
    'also good.jpg': null,
    'broken.jpg': 'BROKEN_IMAGE',
    'empty.jpg': 'EMPTY_FILE',
    'text.jpg': 'UNSUPPORTED_FORMAT',
    'moving.gif': 'UNSUPPORTED_FORMAT',
    'drawing.svg': 'UNSUPPORTED_FORMAT',
    'bomb.png': 'TOO_MANY_PIXELS',
    'strip.png': 'TOO_MANY_PIXELS',
  });
  expect(settled['text.jpg']!.error!.message).toBe(
    'This is a text: only JPEG, PNG, WebP, AVIF and TIFF are taken',
  );
  for (const { error } of Object.values(settled)) {
    expect(error?.message ?? '').not.toContain(data);
  }

  expect(failures).toEqual(Array(7).fill({ attempt: 1, final: true }));
  const done = [settled['good.jpg']!.id, settled['also good.jpg']!.id].sort();
  for (const folder of ['variants', 'manifests', 'facts', 'hashes', 'palettes']) {
    const names = await readdir(join(data, folder));
    expect(names.map((name) => name.replace('.json', '')).sort(), folder).toEqual(done);
  }
  expect(await listIncoming(data)).toEqual([]);
});

test('a photo that has failed for good is known when it comes again, and not tried again', async () => {
  await using redis = await startRedis();
  const { url } = await startService({ redisUrl: redis.url });
  const broken = await makeBrokenJpeg();
  await upload(url, [['broken.jpg', broken]]);
  await allSettled(url, 1);
  const again = await upload(url, [['broken again.jpg', broken]]);
  expect(again.photos).toMatchObject([{ result: 'known' }]);
  expect(await allSettled(url, 1)).toMatchObject({ 'broken.jpg': { status: 'failed' } });
});

test('a photo whose original was lost is processed when it is uploaded again', async () => {
  await using redis = await startRedis();
  const { url, storage } = await startService({ redisUrl: redis.url });
  const [photo] = await makePhotos(1, 500);
  const { id } = await storage.receive(streamOf(photo!));
  await storage.writeRecord('errors', id, { code: 'ORIGINAL_MISSING', message: 'It is gone' });
  expect((await upload(url, [['found.jpg', photo!]])).photos).toMatchObject([
    { result: 'accepted' },
  ]);
  expect(await allSettled(url, 1)).toMatchObject({ 'found.jpg': { status: 'done', error: null } });
});

async function* streamOf(bytes: Buffer): AsyncIterable<Buffer> {
  yield bytes;
}
