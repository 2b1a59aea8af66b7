/**
 * Scenario: with Redis. The imported folder becomes a gallery, by the two queues and their flow, live.
 */
import { Queue } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { startRedis } from '../../../test/support/redis-server.ts';
import { until } from '../../../test/support/until.ts';
import { toJobId } from '../src/job-ids.ts';
import { allSettled, getPhoto, getPhotos, upload } from './support/client.ts';
import { digestFolder, listIncoming, makeFolder, makeFolderOf } from './support/folders.ts';
import { makePhoto, makePhotos } from './support/make-photos.ts';
import { startPhotoApp } from './support/photo-app.ts';
import { startService } from './support/service.ts';

function openQueue(name: string, port: number): Queue {
  const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
  onTestFinished(() => queue.close());
  return queue;
}

test('an imported folder is inspected, rendered, hashed and shown', async () => {
  await using redis = await startRedis();
  const [one, two] = await makePhotos(2);
  const photos = await makeFolderOf({
    'one.jpg': one!,
    'two.jpg': two!,
    'turned.jpg': await makePhoto({ kind: 'sea', orientation: 6, gps: null }),
    'notes.txt': Buffer.from('not an image by its name: passed over'),
  });
  const data = await makeFolder();
  const app = await startPhotoApp({ photos, data, redisUrl: redis.url });
  await app.line('Imported 3 photos');
  const settled = await allSettled(app.url, 3);
  expect(settled['turned.jpg']).toMatchObject({
    ...{ status: 'done', doneSteps: 10, totalSteps: 10, error: null },
    facts: { width: 400, height: 300, orientation: 6, hasGps: false, camera: 'Halden D40' },
  });

  const { id } = settled['one.jpg']!;
  const { manifest } = await getPhoto(app.url, id);
  expect(manifest).toMatchObject({ id, takenAt: '2024-05-01T19:41:07', hasGps: true });
  for (const { size, format, bytes } of manifest!.variants) {
    const picture = await fetch(`${app.url}/photos/${id}/${size}.${format}`);
    expect(picture.headers.get('content-type')).toBe(`image/${format}`);
    expect((await picture.arrayBuffer()).byteLength).toBe(bytes);
  }
  const page = await (await fetch(`${app.url}/`)).text();
  expect(page).toContain('photo-processing');
  expect(page).toContain('image-processing');
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  expect(metrics).toMatch(/^bullmq_job_completed_total\{queue="photo-processing"\} [1-9]/m);
  expect(page).toContain(`/photos/${id}/320.webp`);

  app.kill('SIGTERM');
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(await listIncoming(data)).toEqual([]);
});

test('a whole run of the queues on a finished photo changes no byte', async () => {
  await using redis = await startRedis();
  const { url, data, storage } = await startService({ redisUrl: redis.url });
  await upload(url, [['photo.jpg', await makePhoto()]]);
  const { id } = (await allSettled(url, 1))['photo.jpg']!;
  const once = await digestFolder(data);

  const queue = openQueue('photo-processing', redis.port);
  const manifest = await storage.readRecord('manifests', id);
  for (const step of ['manifest', 'inspect'] as const) await queue.remove(toJobId(id, step));
  await queue.add('inspect', { id }, { jobId: toJobId(id, 'inspect') });
  await until(async () => (await queue.getJob(toJobId(id, 'manifest')))?.isCompleted());
  expect(await storage.readRecord('manifests', id)).toEqual(manifest);
  expect(await digestFolder(data)).toEqual(once);
});

test('each photo is one inspection and one flow of eight images under a manifest', async () => {
  await using redis = await startRedis();
  const { url } = await startService({ redisUrl: redis.url });
  await upload(url, [['photo.jpg', await makePhoto()]]);
  const { id } = (await allSettled(url, 1))['photo.jpg']!;
  const photos = openQueue('photo-processing', redis.port);
  const images = openQueue('image-processing', redis.port);
  const manifest = await until(() => photos.getJob(toJobId(id, 'manifest')));
  await until(() => manifest.isCompleted());
  expect(Object.keys(await manifest.getChildrenValues())).toHaveLength(8);
  expect(await photos.getCompletedCount()).toBe(2);
  expect(await images.getCompletedCount()).toBe(8);
});

test('an open page hears of every step of a photo until it is done', async () => {
  await using redis = await startRedis();
  const { url, stop } = await startService({ redisUrl: redis.url });
  const abort = new AbortController();
  const events = await fetch(`${url}/events`, { signal: abort.signal });
  expect(events.headers.get('content-type')).toBe('text/event-stream');
  let heard = '';
  const listening = (async () => {
    for await (const chunk of events.body!) heard += Buffer.from(chunk).toString();
  })().catch(() => {});
  await upload(url, [['<b>bold<i>.jpg', await makePhoto()]]);
  const { id } = (await allSettled(url, 1))['<b>bold<i>.jpg']!;
  const cardIs = (status: string) =>
    heard.includes(`data-key=\\"${id}\\" data-status=\\"${status}\\"`);
  await until(() => cardIs('done'));
  expect(heard).toContain('event: state\n');
  expect(cardIs('working')).toBe(true);
  expect(heard).toContain('&lt;b&gt;bold&lt;i&gt;.jpg');
  expect(heard).not.toContain('<b>bold');
  abort.abort();
  await listening;
  await stop();
});

test('SIGTERM in the middle of the work ends with exit code 0, and the next start finishes it', async () => {
  await using redis = await startRedis();
  const files = Object.fromEntries(
    (await makePhotos(8, 30)).map((each, at) => [`${at}.jpg`, each]),
  );
  const photos = await makeFolderOf(files);
  const data = await makeFolder();
  const app = await startPhotoApp({ photos, data, redisUrl: redis.url });
  await until(async () =>
    Object.values(await getPhotos(app.url)).some((each) => each.doneSteps > 1),
  );
  app.kill('SIGTERM');
  expect(await app.exited).toEqual({ code: 0, signal: null });
  expect(await listIncoming(data)).toEqual([]);

  const next = await startPhotoApp({ photos, data, redisUrl: redis.url });
  const settled = await allSettled(next.url, 8);
  expect(Object.values(settled).every(({ status }) => status === 'done')).toBe(true);
});
