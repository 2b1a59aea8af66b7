/**
 * Small photographs for tests, made on the spot: good ones like a camera's, and every kind of bad one.
 *
 * Seeded, so a test that fails can be repeated. Small, because what is tested seldom depends on the size.
 */
import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { renderSamplePhoto, type SamplePhoto } from '../../src/sample-photos.ts';

/** What a camera would have written about a test's photo unless the test says otherwise. */
export const USUAL: SamplePhoto = {
  ...{ name: 'photo.jpg', kind: 'mountains', seed: 1, width: 400, height: 300, orientation: 1 },
  ...{ quality: 85, camera: ['Halden', 'Halden D40'], takenAt: '2024:05:01 19:41:07' },
  gps: ['46/1 33/1 1200/100', '7/1 59/1 500/100'],
};

/** A JPEG with EXIF, a serial number and coordinates. */
export function makePhoto(differences: Partial<SamplePhoto> = {}): Promise<Buffer> {
  return renderSamplePhoto({ ...USUAL, ...differences });
}

const SCENES = ['mountains', 'sea', 'city', 'meadow', 'desert', 'forest'] as const;

/** So many different photos, in order of their seeds. */
export function makePhotos(count: number, firstSeed = 1): Promise<Buffer[]> {
  return Promise.all(
    Array.from({ length: count }, (_, at) =>
      makePhoto({ kind: SCENES[at % SCENES.length]!, seed: firstSeed + at }),
    ),
  );
}

/** Four flat quarters: red and green above, blue and white below. */
export const QUARTERS = { red: '#d02020', green: '#20a040', blue: '#2040d0', white: '#f8f8f8' };

type Turn = (image: Sharp) => Sharp;
const turn =
  (degrees: number): Turn =>
  (image) =>
    image.rotate(degrees);
const mirror: Turn = (image) => image.flop();
/** How a camera sees the scene when it is held like this: the inverse of what the orientation asks for. */
const TURNS: Readonly<Record<number, readonly Turn[]>> = {
  ...{ 1: [], 2: [mirror], 3: [turn(180)], 4: [turn(180), mirror] },
  ...{ 5: [turn(90), mirror], 6: [turn(270)], 7: [turn(270), mirror], 8: [turn(90)] },
};

/** The quarters as a JPEG whose pixels are turned so that `orientation`, 1 to 8, makes them upright. */
export async function makeQuarters(orientation: number): Promise<Buffer> {
  const [width, height] = [120, 80];
  const quarter = (background: string, left: number, top: number) => {
    return { input: { create: { width, height, channels: 3 as const, background } }, left, top };
  };
  const { red, green, blue, white } = QUARTERS;
  let pixels = await sharp({
    create: { width: 2 * width, height: 2 * height, channels: 3, background: red },
  })
    .composite([quarter(green, width, 0), quarter(blue, 0, height), quarter(white, width, height)])
    .png()
    .toBuffer();
  // One at a time: the library has an order of its own for turns and mirrors of one image.
  for (const each of TURNS[orientation]!) pixels = await each(sharp(pixels)).toBuffer();
  return sharp(pixels).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
}

/** A JPEG that breaks off after two thirds: its header is whole. */
export async function makeBrokenJpeg(): Promise<Buffer> {
  const whole = await makePhoto({ seed: 99 });
  return whole.subarray(0, Math.floor((whole.length * 2) / 3));
}

/** A PNG of a few bytes whose header claims this many pixels. */
export function makeBomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, red green blue
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const pixels = Buffer.from('789c6360000000020001', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND')]);
}

function chunk(name: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
