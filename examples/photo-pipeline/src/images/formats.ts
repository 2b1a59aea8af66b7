/**
 * Tells the format of a file by its first bytes; names and media types of clients are never believed.
 *
 * Pure. The list is short on purpose: raster formats that cameras, phones and browsers make.
 */
import { PhotoError } from '../photo-error.ts';

export type PhotoFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'tiff';

/** How many bytes `sniffFormat` wants to see. */
export const SNIFF_BYTES = 64;

/** @throws PhotoError `EMPTY_FILE` or `UNSUPPORTED_FORMAT`, saying what it looks like instead */
export function sniffFormat(head: Buffer): PhotoFormat {
  if (head.length === 0) throw new PhotoError('EMPTY_FILE', 'The file holds no bytes');
  const format = knownFormat(head);
  if (format !== null) return format;
  throw new PhotoError(
    'UNSUPPORTED_FORMAT',
    `This is ${describe(head)}: only JPEG, PNG, WebP, AVIF and TIFF are taken`,
  );
}

function knownFormat(head: Buffer): PhotoFormat | null {
  const text = head.toString('latin1');
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp';
  if (text.startsWith('ftyp', 4) && /avi[fs]/.test(text)) return 'avif';
  if (text.startsWith('II*\0') || text.startsWith('MM\0*')) return 'tiff';
  return null;
}

function describe(head: Buffer): string {
  const text = head.toString('latin1');
  if (text.startsWith('GIF8')) return 'a GIF image';
  if (text.startsWith('%PDF')) return 'a PDF document';
  if (text.startsWith('ftyp', 4)) return 'a HEIC image or a film';
  if (text.startsWith('BM')) return 'a BMP image';
  if (/<svg|<\?xml|<!doctype/i.test(text)) return 'a markup document';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells text from binary
  if (!/[\x00-\x08\x0e-\x1f]/.test(text)) return 'a text';
  return 'not an image that can be recognised';
}
