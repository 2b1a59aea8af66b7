/**
 * The one place where bytes of strangers meet the image library: limits, and errors in words.
 *
 * Every operation opens its source here, so none can forget the pixel limit or the strict decoding.
 * Never opens a file whose first bytes are not one of the formats in `formats.ts`: the library would also
 * read SVG and PDF, which may name other files.
 */
import sharp, { type Sharp } from 'sharp';
import { isMissing, messageOf, PhotoError } from '../photo-error.ts';

/** A path or the bytes themselves. */
export type ImageSource = string | Buffer;

/** Pixels that may be decoded: above the largest phone cameras (108 MP), far below what fills a memory. */
export const MAX_PIXELS = 120_000_000;
/** Longest edge in pixels: long panoramas pass, a 65,000-pixel strip does not. */
export const MAX_EDGE = 40_000;

/** Opens a source strictly: a damaged image is an error, not a grey picture. */
export function openImage(source: ImageSource): Sharp {
  return sharp(source, { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true });
}

/** The same, turned upright by its EXIF orientation and converted to sRGB by its colour profile. */
export function openUpright(source: ImageSource): Sharp {
  return openImage(source).autoOrient().toColourspace('srgb');
}

/** Runs a decoding operation and turns what the library throws into a `PhotoError`. */
export async function decoding<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toPhotoError(error);
  }
}

function toPhotoError(error: unknown): unknown {
  if (error instanceof PhotoError) return error;
  const reason = messageOf(error);
  const options = { cause: error };
  if (isMissing(error) || /input file is missing/i.test(reason)) {
    return new PhotoError('ORIGINAL_MISSING', 'The original is no longer stored', options);
  }
  if (/pixel limit/i.test(reason)) {
    return new PhotoError(
      'TOO_MANY_PIXELS',
      `More than ${MAX_PIXELS / 1e6} million pixels`,
      options,
    );
  }
  if (/out of memory|unable to (allocate|create thread)/i.test(reason)) return error;
  return new PhotoError('BROKEN_IMAGE', `It cannot be decoded: ${firstLine(reason)}`, options);
}

/** Without paths: the library's messages may begin with the name of the input file. */
function firstLine(reason: string): string {
  return (reason.split('\n')[0] ?? '').replace(/(\/[^\s:]+)+/g, 'file').slice(0, 160);
}
