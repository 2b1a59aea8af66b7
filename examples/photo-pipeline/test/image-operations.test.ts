/**
 * The pictures that come out: upright, in sRGB, of the right size and format, and silent about their origin.
 *
 * On the functions themselves, without storage and queues.
 */
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { inspectPhoto } from '../src/images/inspect.ts';
import { readPalette } from '../src/images/palette.ts';
import { renderVariant, VARIANTS } from '../src/images/variants.ts';
import { makePhoto, makeQuarters, QUARTERS } from './support/make-photos.ts';

const THUMBNAIL = { size: 320, format: 'webp' } as const;

/** Colour of one pixel, positions as parts of width and height. */
async function colourAt(picture: Buffer, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(picture)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const column = Math.floor(x * info.width);
  const at = (Math.floor(y * info.height) * info.width + column) * info.channels;
  return [...data.subarray(at, at + 3)];
}

function expectNear(colour: readonly number[], wanted: string, tolerance = 14): void {
  const parts = [1, 3, 5].map((at) => Number.parseInt(wanted.slice(at, at + 2), 16));
  const worst = Math.max(...parts.map((part, at) => Math.abs(part - colour[at]!)));
  expect(worst, `rgb(${colour.join(', ')}) is not near ${wanted}`).toBeLessThanOrEqual(tolerance);
}

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('a photo with orientation %i', (orientation) => {
  test.each(['webp', 'avif'] as const)('stands upright as %s', async (format) => {
    const { data, width, height } = await renderVariant(await makeQuarters(orientation), {
      size: 320,
      format,
    });
    expect([width, height]).toEqual([240, 160]);
    expectNear(await colourAt(data, 0.25, 0.25), QUARTERS.red);
    expectNear(await colourAt(data, 0.75, 0.25), QUARTERS.green);
    expectNear(await colourAt(data, 0.25, 0.75), QUARTERS.blue);
    expectNear(await colourAt(data, 0.75, 0.75), QUARTERS.white);
  });

  test('is inspected as it looks upright', async () => {
    const facts = await inspectPhoto(await makeQuarters(orientation));
    expect(facts).toMatchObject({ width: 240, height: 160, orientation, format: 'jpeg' });
  });
});

describe('the six variants of a large photo', () => {
  const pictures = new Map<string, { width: number; height: number; data: Buffer }>();
  beforeAll(async () => {
    const photo = await makePhoto({ width: 2400, height: 1600 });
    for (const variant of VARIANTS) {
      pictures.set(`${variant.size} ${variant.format}`, await renderVariant(photo, variant));
    }
  });

  test('have their three sizes in both formats', async () => {
    const found = await Promise.all(
      [...pictures.values()].map(async ({ data }) => {
        const { width, height, format, compression } = await sharp(data).metadata();
        return `${width} × ${height} ${format}${compression === undefined ? '' : ` ${compression}`}`;
      }),
    );
    expect(found).toEqual([
      ...['320 × 213 webp', '320 × 213 heif av1', '960 × 640 webp', '960 × 640 heif av1'],
      ...['1920 × 1280 webp', '1920 × 1280 heif av1'],
    ]);
  });

  test('carry neither coordinates nor camera nor any other metadata', async () => {
    for (const { data } of pictures.values()) {
      const { exif, xmp, iptc, orientation, comments } = await sharp(data).metadata();
      expect({ exif, xmp, iptc, orientation, comments }).toEqual({});
      for (const word of ['SAMPLE-0042', 'Halden', '2024:05:01', 'Exif']) {
        expect(data.includes(word), word).toBe(false);
      }
    }
  });

  test('get smaller in bytes with every step down in size', () => {
    for (const format of ['webp', 'avif']) {
      const sizes = [320, 960, 1920].map((size) => pictures.get(`${size} ${format}`)!.data.length);
      expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    }
  });
});

test('a small photo is not enlarged', async () => {
  const photo = await makePhoto({ width: 400, height: 300 });
  const { width, height } = await renderVariant(photo, { size: 1920, format: 'webp' });
  expect([width, height]).toEqual([400, 300]);
});

test('the colours of a wide-gamut photo are converted to sRGB', async () => {
  const red = sharp({ create: { width: 64, height: 64, channels: 3, background: '#ff0000' } });
  const photo = await red.withIccProfile('p3').jpeg({ quality: 100 }).toBuffer();
  // The stored numbers are not those of sRGB: a pipeline that dropped the profile would show them.
  const stored = await sharp(photo, { ignoreIcc: true }).raw().toBuffer();
  expect(stored[0]).toBeLessThan(240);
  const { data } = await renderVariant(photo, THUMBNAIL);
  expectNear(await colourAt(data, 0.5, 0.5), '#ff0000', 8);
  expect(await sharp(data).metadata()).toMatchObject({ space: 'srgb' });
  expect((await sharp(data).metadata()).icc).toBeUndefined();
  expect((await inspectPhoto(photo)).hasColourProfile).toBe(true);
});

test('a photo in printing colours becomes red, green and blue', async () => {
  const photo = await sharp(await makeQuarters(1))
    .toColourspace('cmyk')
    .withIccProfile('cmyk')
    .jpeg()
    .toBuffer();
  expect(await sharp(photo).metadata()).toMatchObject({ space: 'cmyk' });
  const { data } = await renderVariant(photo, THUMBNAIL);
  expect(await sharp(data).metadata()).toMatchObject({ space: 'srgb', channels: 3 });
});

test('a transparent picture stays transparent, and its colours are those on white', async () => {
  const background = { r: 192, g: 64, b: 32, alpha: 0.5 };
  const picture = await sharp({ create: { width: 600, height: 400, channels: 4, background } })
    .png()
    .toBuffer();
  const { data } = await renderVariant(picture, THUMBNAIL);
  expectNear(await colourAt(data, 0.5, 0.5), '#c04020');
  expect((await sharp(data).stats()).channels[3]!.mean).toBeCloseTo(128, 0);
  expect((await readPalette(picture)).colours).toEqual(['#df9f8f']);
});

describe('inspection', () => {
  test.each(['jpeg', 'webp', 'avif', 'png', 'tiff'] as const)(
    'reads camera and capture time of a %s, and of its coordinates only that it has some',
    async (format) => {
      const photo = await sharp(await makePhoto())
        .keepExif()
        .toFormat(format)
        .toBuffer();
      const facts = await inspectPhoto(photo);
      expect(facts).toMatchObject({ format, width: 400, height: 300, orientation: 1 });
      // The library writes no EXIF into a TIFF.
      if (format === 'tiff') return;
      expect(facts).toMatchObject({ camera: 'Halden D40', takenAt: '2024-05-01T19:41:07' });
      expect(facts.hasGps).toBe(true);
      expect(JSON.stringify(facts)).not.toMatch(/46|SAMPLE-0042/);
    },
  );

  test('of a photo without EXIF leaves the facts of its camera open', async () => {
    const photo = await sharp(await makePhoto())
      .jpeg()
      .toBuffer();
    const facts = await inspectPhoto(photo);
    expect(facts).toMatchObject({ camera: null, takenAt: null, hasGps: false, orientation: 1 });
  });
});

test('the placeholder is a tiny upright picture, and the dominant colours are those of the photo', async () => {
  const { placeholder, colours } = await readPalette(await makeQuarters(6));
  expect(placeholder.length).toBeLessThan(400);
  const tiny = Buffer.from(placeholder.replace('data:image/webp;base64,', ''), 'base64');
  expect(await sharp(tiny).metadata()).toMatchObject({ format: 'webp', width: 16, height: 11 });
  for (const wanted of Object.values(QUARTERS)) {
    const isThere = colours.some((colour) => {
      const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
      return parts.every(
        (part, at) =>
          Math.abs(part - Number.parseInt(wanted.slice(1 + at * 2, 3 + at * 2), 16)) < 20,
      );
    });
    expect(isThere, `${wanted} among ${colours.join(' ')}`).toBe(true);
  }
});
