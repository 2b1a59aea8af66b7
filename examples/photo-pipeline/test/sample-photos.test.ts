/**
 * The sample photos of `npm start`: like a camera's, the same on every machine, and made only once.
 */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import exifr from 'exifr';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { inspectPhoto } from '../src/images/inspect.ts';
import { makeSamplePhotos, renderSamplePhoto, SAMPLE_PHOTOS } from '../src/sample-photos.ts';
import { drawScene } from '../src/sample-scenes.ts';
import { countStates, getPhotos } from './support/client.ts';
import { makeFolder } from './support/folders.ts';
import { makePhoto } from './support/make-photos.ts';
import { startPhotoApp } from './support/photo-app.ts';

test('the set has camera-sized photos, all upright and turned orientations, and coordinates', () => {
  const largest = Math.max(...SAMPLE_PHOTOS.map(({ width, height }) => width * height));
  expect(largest).toBeGreaterThan(12_000_000);
  expect(new Set(SAMPLE_PHOTOS.map(({ orientation }) => orientation))).toEqual(
    new Set([1, 3, 6, 8]),
  );
  expect(SAMPLE_PHOTOS.some(({ gps }) => gps !== null)).toBe(true);
  expect(new Set(SAMPLE_PHOTOS.map(({ name }) => name)).size).toBe(SAMPLE_PHOTOS.length);
});

test('a sample photo is a JPEG of its full size with EXIF, orientation and coordinates', async () => {
  const photo = SAMPLE_PHOTOS.find(({ name }) => name === 'poppies.jpg')!;
  const bytes = await renderSamplePhoto(photo);
  expect(await sharp(bytes).metadata()).toMatchObject({
    width: 4032,
    height: 3024,
    orientation: 8,
  });
  expect(await inspectPhoto(bytes)).toMatchObject({
    ...{ format: 'jpeg', width: photo.width, height: photo.height, orientation: 8, hasGps: true },
    ...{ camera: 'Halden D40', takenAt: '2024-06-02T12:15:40' },
  });
  const { latitude, longitude } = (await exifr.gps(bytes))!;
  expect([latitude, longitude].map((degrees) => degrees.toFixed(2))).toEqual(['46.55', '7.98']);
});

test('a sample photo has the colours of its drawing', async () => {
  const photo = SAMPLE_PHOTOS.find(({ name }) => name === 'skyline.jpg')!;
  const drawing = Buffer.from(drawScene(photo.kind, photo.seed, photo.height / photo.width));
  const [drawn, made] = await Promise.all([
    sharp(drawing).stats(),
    sharp(await renderSamplePhoto(photo)).stats(),
  ]);
  for (const [at, { mean }] of made.channels.entries()) {
    expect(Math.abs(mean - drawn.channels[at]!.mean)).toBeLessThan(3);
  }
});

test('the same description makes the same bytes', async () => {
  const [one, two, other] = await Promise.all([
    makePhoto({ seed: 5 }),
    makePhoto({ seed: 5 }),
    makePhoto({ seed: 6 }),
  ]);
  expect(one.equals(two)).toBe(true);
  expect(one.equals(other)).toBe(false);
});

test('photos that are there already are not made again', async () => {
  const folder = await makeFolder();
  const [missing, ...present] = SAMPLE_PHOTOS.toSorted((a, b) => a.width - b.width);
  for (const { name } of present) await writeFile(join(folder, name), 'there');
  const told: number[] = [];
  await makeSamplePhotos(folder, (made, total) => told.push(made, total));
  expect(told).toEqual([1, 1]);
  expect((await readdir(folder)).sort()).toEqual(SAMPLE_PHOTOS.map(({ name }) => name).sort());
  expect((await stat(join(folder, missing!.name))).size).toBeGreaterThan(50_000);
  expect(await readFile(join(folder, present[0]!.name), 'utf8')).toBe('there');
});

test('a start without a folder makes the set and imports it', async () => {
  const app = await startPhotoApp({ data: await makeFolder() });
  await app.line('Made 12 sample photos', 60_000);
  await app.line('Imported 12 photos');
  const photos = await getPhotos(app.url);
  expect(Object.keys(photos).sort()).toEqual(SAMPLE_PHOTOS.map(({ name }) => name).sort());
  expect(countStates(photos)).toEqual({ stored: 12 });
});
