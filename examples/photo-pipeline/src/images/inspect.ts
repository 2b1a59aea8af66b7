/**
 * The gatekeeper: what an original is, whether it can be decoded at all, and what its camera wrote.
 *
 * Three stages from cheap to dear: first bytes, header, then one decode at a small scale that reads every
 * byte, so a damaged file fails once here and not in eight steps. A bomb is refused by its header alone.
 * Coordinates never leave this file: of GPS only "present, yes or no" is kept.
 */
import { open } from 'node:fs/promises';
import { PhotoError } from '../photo-error.ts';
import { type CameraFacts, readCameraFacts } from './camera-facts.ts';
import { decoding, type ImageSource, MAX_EDGE, openImage } from './decode.ts';
import { type PhotoFormat, SNIFF_BYTES, sniffFormat } from './formats.ts';

/** What inspection finds. Width and height are those of the upright picture, in pixels. */
export interface PhotoFacts extends CameraFacts {
  readonly format: PhotoFormat;
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1 to 8; 1 when the file has none. */
  readonly orientation: number;
  readonly hasAlpha: boolean;
  /** Whether a colour profile is embedded; the variants are sRGB either way. */
  readonly hasColourProfile: boolean;
}

/** @throws PhotoError `EMPTY_FILE`, `UNSUPPORTED_FORMAT`, `TOO_MANY_PIXELS` or `BROKEN_IMAGE` */
export async function inspectPhoto(source: ImageSource): Promise<PhotoFacts> {
  const format = sniffFormat(await readHead(source));
  const header = await decoding(() => openImage(source).metadata());
  refuseHugeEdges(header.width, header.height);
  await decoding(() => openImage(source).resize(32, 32, { fit: 'inside' }).raw().toBuffer());
  return {
    format,
    width: header.autoOrient.width,
    height: header.autoOrient.height,
    orientation: header.orientation ?? 1,
    hasAlpha: header.hasAlpha,
    hasColourProfile: header.icc !== undefined,
    ...(await readCameraFacts(source, header.exif)),
  };
}

function refuseHugeEdges(width: number, height: number): void {
  if (Math.max(width, height) <= MAX_EDGE) return;
  throw new PhotoError(
    'TOO_MANY_PIXELS',
    `It says it is ${width} × ${height} pixels; an edge may have ${MAX_EDGE}`,
  );
}

async function readHead(source: ImageSource): Promise<Buffer> {
  if (typeof source !== 'string') return source.subarray(0, SNIFF_BYTES);
  return decoding(async () => {
    const file = await open(source, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  });
}
