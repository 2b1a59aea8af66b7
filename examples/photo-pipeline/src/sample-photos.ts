/**
 * Makes a set of photos to try the pipeline on: camera-sized JPEGs with EXIF, orientation and coordinates.
 *
 * Seeded drawings with grain, so every machine makes the same set; written once and found again at the
 * next start. Among them: all four upright and turned orientations, and two pairs of near-duplicates.
 */
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Exif } from 'sharp';
import { isMissing } from './photo-error.ts';
import { createRandom, drawScene, type SceneKind } from './sample-scenes.ts';

/** One photo of the set. `width` and `height` are those of the upright picture. */
export interface SamplePhoto {
  readonly name: string;
  readonly kind: SceneKind;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly orientation: 1 | 3 | 6 | 8;
  readonly quality: number;
  readonly camera: readonly [make: string, model: string];
  readonly takenAt: string;
  /** Degrees and minutes north and east, `null` for a camera without a receiver. */
  readonly gps: readonly [north: string, east: string] | null;
}

const PHONE = ['Meridian', 'Meridian P7'] as const;
const CAMERA = ['Halden', 'Halden D40'] as const;
const ALPS = ['46/1 33/1 1200/100', '7/1 59/1 500/100'] as const;

export const SAMPLE_PHOTOS: readonly SamplePhoto[] = [
  {
    ...{ name: 'ridge-at-dusk.jpg', kind: 'mountains', seed: 11, camera: CAMERA, gps: ALPS },
    ...{ width: 4032, height: 3024, orientation: 1, quality: 90, takenAt: '2024:05:01 19:41:07' },
  },
  {
    ...{ name: 'ridge-at-dusk-small.jpg', kind: 'mountains', seed: 11, camera: PHONE, gps: null },
    ...{ width: 2016, height: 1512, orientation: 1, quality: 62, takenAt: '2024:05:01 19:41:30' },
  },
  {
    ...{ name: 'morning-sea.jpg', kind: 'sea', seed: 21, camera: PHONE, gps: ALPS },
    ...{ width: 4032, height: 3024, orientation: 3, quality: 85, takenAt: '2024:06:12 07:03:55' },
  },
  {
    ...{ name: 'night-city.jpg', kind: 'city', seed: 33, camera: PHONE, gps: null },
    ...{ width: 3024, height: 4032, orientation: 6, quality: 88, takenAt: '2024:07:20 22:58:12' },
  },
  {
    ...{ name: 'poppies.jpg', kind: 'meadow', seed: 41, camera: CAMERA, gps: ALPS },
    ...{ width: 3024, height: 4032, orientation: 8, quality: 90, takenAt: '2024:06:02 12:15:40' },
  },
  {
    ...{ name: 'dunes.jpg', kind: 'desert', seed: 52, camera: CAMERA, gps: null },
    ...{ width: 2400, height: 1600, orientation: 1, quality: 92, takenAt: '2024:09:14 17:20:00' },
  },
  {
    ...{ name: 'firs-in-mist.jpg', kind: 'forest', seed: 63, camera: CAMERA, gps: ALPS },
    ...{ width: 3000, height: 2000, orientation: 1, quality: 85, takenAt: '2024:10:30 08:44:21' },
  },
  {
    ...{ name: 'firs-in-mist-again.jpg', kind: 'forest', seed: 63, camera: CAMERA, gps: ALPS },
    ...{ width: 3000, height: 2000, orientation: 1, quality: 70, takenAt: '2024:10:30 08:44:23' },
  },
  {
    ...{ name: 'harbour-noon.jpg', kind: 'sea', seed: 77, camera: PHONE, gps: null },
    ...{ width: 2000, height: 3000, orientation: 6, quality: 80, takenAt: '2024:08:08 12:00:09' },
  },
  {
    ...{ name: 'far-range.jpg', kind: 'mountains', seed: 85, camera: CAMERA, gps: ALPS },
    ...{ width: 3200, height: 1800, orientation: 3, quality: 85, takenAt: '2024:05:03 10:31:46' },
  },
  {
    ...{ name: 'skyline.jpg', kind: 'city', seed: 94, camera: PHONE, gps: ALPS },
    ...{ width: 2800, height: 1600, orientation: 1, quality: 85, takenAt: '2024:12:31 23:59:58' },
  },
  {
    ...{ name: 'summer-field.jpg', kind: 'meadow', seed: 103, camera: PHONE, gps: null },
    ...{ width: 2400, height: 1800, orientation: 1, quality: 78, takenAt: '2024:07:07 15:27:33' },
  },
];

/** @param progress  told after each photo that had to be made @returns the folder, full */
export async function makeSamplePhotos(
  folder: string,
  progress: (made: number, total: number) => void = () => {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const missing: SamplePhoto[] = [];
  for (const photo of SAMPLE_PHOTOS) {
    if (!(await exists(join(folder, photo.name)))) missing.push(photo);
  }
  const total = missing.length;
  let made = 0;
  const work = async (): Promise<void> => {
    for (let photo = missing.shift(); photo !== undefined; photo = missing.shift()) {
      await writePhoto(folder, photo);
      made += 1;
      progress(made, total);
    }
  };
  // Two at a time: each holds two uncompressed pictures of 36 MB.
  await Promise.all([work(), work()]);
  return folder;
}

/** The JPEG as a camera would write it: pixels turned, and EXIF that says how to turn them back. */
export async function renderSamplePhoto(photo: SamplePhoto): Promise<Buffer> {
  const { kind, seed, width, height, orientation, quality } = photo;
  const drawing = Buffer.from(drawScene(kind, seed, height / width));
  // Not `removeAlpha`: with a resize, the library then takes blue for the alpha channel.
  const { data, info } = await sharp(drawing)
    .flatten()
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  addGrain(data, { width: info.width, seed });
  return sharp(data, { raw: info })
    .rotate({ 1: 0, 3: 180, 6: 270, 8: 90 }[orientation])
    .withMetadata({ orientation })
    .withExif(toExif(photo))
    .jpeg({ quality })
    .toBuffer();
}

/** Seeded grey noise, as a sensor makes it; the library's own differs from run to run. */
function addGrain(rgb: Buffer, { width, seed }: { width: number; seed: number }): void {
  const random = createRandom(seed);
  const side = 256;
  const tile = Int8Array.from({ length: side * side }, () => 14 * (random() + random() - 1));
  const pixels = new Uint8ClampedArray(rgb.buffer, rgb.byteOffset, rgb.length);
  const height = pixels.length / 3 / width;
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = (y % side) * side;
    for (let x = 0; x < width; x += 1, at += 3) {
      const grain = tile[row + (x % side)]!;
      pixels[at] = pixels[at]! + grain;
      pixels[at + 1] = pixels[at + 1]! + grain;
      pixels[at + 2] = pixels[at + 2]! + grain;
    }
  }
}

async function writePhoto(folder: string, photo: SamplePhoto): Promise<void> {
  const path = join(folder, photo.name);
  await writeFile(`${path}.tmp`, await renderSamplePhoto(photo));
  await rename(`${path}.tmp`, path);
}

function toExif({ camera, takenAt, gps }: SamplePhoto): Exif {
  return {
    IFD0: { Make: camera[0], Model: camera[1] },
    IFD2: { DateTimeOriginal: takenAt, BodySerialNumber: 'SAMPLE-0042' },
    ...(gps === null
      ? {}
      : {
          IFD3: {
            GPSLatitudeRef: 'N',
            GPSLatitude: gps[0],
            GPSLongitudeRef: 'E',
            GPSLongitude: gps[1],
          },
        }),
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
