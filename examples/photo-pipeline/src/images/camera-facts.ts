/**
 * What the camera wrote into a photo, cut down to what may be shown to anybody.
 *
 * Reads EXIF by a list of wanted fields; serial numbers, owner names and coordinates are never kept.
 * A photo whose EXIF is missing or broken is still a photo: every fact is then null.
 */
import exifr from 'exifr';
import { z } from 'zod';
import type { ImageSource } from './decode.ts';

export interface CameraFacts {
  /** Make and model, e.g. `NIKON COOLPIX P6000`. */
  readonly camera: string | null;
  /** The camera's local time without a zone, `2008-10-22T16:28:39`; EXIF seldom knows the zone. */
  readonly takenAt: string | null;
  /** Whether the original carries coordinates. They are not kept. */
  readonly hasGps: boolean;
}

const NOTHING: CameraFacts = { camera: null, takenAt: null, hasGps: false };

const Exif = z.object({
  Make: z.string().optional().catch(undefined),
  Model: z.string().optional().catch(undefined),
  DateTimeOriginal: z.string().optional().catch(undefined),
  CreateDate: z.string().optional().catch(undefined),
  GPSLatitude: z.unknown().optional(),
});

const OPTIONS = {
  pick: ['Make', 'Model', 'DateTimeOriginal', 'CreateDate', 'GPSLatitude'],
  reviveValues: false,
  translateValues: false,
};

/** @param block  the EXIF that the image library found: unlike the reader it knows every container */
export async function readCameraFacts(
  source: ImageSource,
  block: Buffer | undefined,
): Promise<CameraFacts> {
  let found: unknown;
  try {
    // A TIFF is its own EXIF and has no block.
    found = await exifr.parse(block === undefined ? source : toTiff(block), OPTIONS);
  } catch {
    // Broken EXIF, or none at all: the picture itself has been decoded already.
    return NOTHING;
  }
  const exif = Exif.safeParse(found);
  if (!exif.success) return NOTHING;
  const { Make, Model, DateTimeOriginal, CreateDate, GPSLatitude } = exif.data;
  return {
    camera: toCamera(Make, Model),
    takenAt: toLocalTime(DateTimeOriginal ?? CreateDate),
    hasGps: GPSLatitude !== undefined,
  };
}

/** In some containers the block begins with `Exif` and two NULs; the reader wants what follows. */
function toTiff(block: Buffer): Buffer {
  return block.toString('latin1', 0, 6) === 'Exif\0\0' ? block.subarray(6) : block;
}

/** Many models repeat their make: `Canon` and `Canon EOS 40D` become one name. */
function toCamera(make = '', model = ''): string | null {
  const [brand, name] = [toPlainText(make), toPlainText(model)];
  const full = name.toLowerCase().startsWith(brand.toLowerCase()) ? name : `${brand} ${name}`;
  return full.trim().slice(0, 80) || null;
}

function toPlainText(text: string): string {
  // Cameras pad these fields with NUL.
  return text
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** `2008:10:22 16:28:39` → `2008-10-22T16:28:39`; the zeros of a camera without a clock become null. */
function toLocalTime(text: string | undefined): string | null {
  const parts = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)/.exec(text ?? '');
  if (parts === null || parts[1] === '0000') return null;
  return `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}`;
}
