/** What the service adds and what the consumers make of it, without a Redis and without a socket. */
import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { Test } from '@nestjs/testing';
import { UnrecoverableError } from 'bullmq';
import { type RecordedQueues, recordedQueues, withRecordedQueues } from 'drover/nestjs/testing';
import { inspectPhoto, Storage } from 'photo-pipeline';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { makePhoto } from '../../photo-pipeline/test/support/make-photos.ts';
import { AppModule } from '../src/app.module.ts';
import { PhotosService } from '../src/photos/photos.service.ts';
import { IMAGES, NOTICES, PHOTOS } from '../src/photos/queues.ts';
import { makeData } from './support/application.ts';

let storage: Storage;
let photos: PhotosService;
let queues: RecordedQueues;

beforeEach(async () => {
  storage = new Storage(await makeData());
  await storage.open();
  const builder = Test.createTestingModule({ imports: [AppModule] });
  builder.overrideProvider(Storage).useValue(storage);
  const module = await withRecordedQueues(builder).compile();
  module.useLogger(false);
  onTestFinished(() => module.close());
  photos = module.get(PhotosService, { strict: false });
  queues = recordedQueues(module);
});

const take = async (bytes: Buffer) => photos.take({ bytes, facts: await inspectPhoto(bytes) });

test('a photo is one flow: published when its three jobs have ended', async () => {
  const { id } = await take(await makePhoto());
  const data = { id };
  const parent = { queue: 'photos', name: 'publish' };
  const child = (name: string) => ({ queue: 'images', name });
  expect(queues.of(PHOTOS).added).toMatchObject([
    {
      ...{ name: 'publish', data, options: { jobId: `publish-${id}` } },
      children: [child('palette'), child('hash'), child('variants')],
    },
  ]);
  expect(queues.of(IMAGES).added).toMatchObject([
    { name: 'palette', data, options: { jobId: `palette-${id}` }, parent },
    { name: 'hash', data, options: { jobId: `hash-${id}` }, parent },
    { name: 'variants', data, options: { jobId: `variants-${id}` }, parent },
  ]);
});

test('its jobs make the pictures and the manifest, and have its owner told', async () => {
  const { id } = await take(await makePhoto());
  await queues.of(IMAGES).runAll();
  expect(queues.of(IMAGES).jobs.at(-1)?.progress).toEqual({ made: 6, of: 6 });
  await queues.of(PHOTOS).run();
  expect(await photos.find(id)).toMatchObject({ id, status: 'done', manifest: { format: 'jpeg' } });
  expect(await photos.thumbnailOf(id)).toMatch(/320\.webp$/);
  expect(queues.of(NOTICES).added).toMatchObject([{ name: 'published', data: { id } }]);
  await queues.of(NOTICES).run();
});

test('sent again while it is processed it adds nothing; when it is done it is only shown', async () => {
  const photo = await makePhoto();
  await take(photo);
  await take(photo);
  expect(queues.of(PHOTOS).added).toHaveLength(1);
  await queues.of(IMAGES).runAll();
  await queues.of(PHOTOS).run();
  queues.clear();
  expect(await take(photo)).toMatchObject({ status: 'done' });
  expect(queues.of(PHOTOS).added).toEqual([]);
});

test('a photo whose file is damaged fails at its first attempt, and says in which step', async () => {
  const photo = await makePhoto();
  const { id } = await take(photo);
  await writeFile(storage.originalPath(id), photo.subarray(0, 2_000));
  const error = await queues
    .of(IMAGES)
    .run(`palette-${id}`)
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UnrecoverableError);
  expect(queues.of(IMAGES).jobs[0]?.attemptsMade).toBe(1);
  const failed = await until(async () => {
    const view = await photos.find(id);
    return view?.status === 'failed' && view; // It is told of after the job has ended.
  });
  expect(failed).toMatchObject({
    error: { step: 'palette', message: expect.stringContaining('BROKEN_IMAGE') },
  });
  expect(await take(photo)).toMatchObject({ status: 'failed' });
});

test('while Redis is away the photo is kept and the client told; sent again it is queued', async () => {
  const photo = await makePhoto();
  queues.goDown();
  await expect(take(photo)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE', retryable: true });
  queues.comeBack();
  const { id, status } = await take(photo);
  expect(status).toBe('processing');
  expect(await storage.hasOriginal(id)).toBe(true);
  expect(queues.of(PHOTOS).added).toHaveLength(1);
});
