/**
 * Imports a folder: keeps every image file below it, then queues what is new.
 *
 * Files are copied into the storage, never moved or changed. What does not look like an image by its name
 * is passed over; what does and is none gets an error on its card like an upload.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { Intake } from './intake.ts';
import { messageOf } from './photo-error.ts';
import type { Storage } from './storage.ts';

const IMAGE_NAMES = new Set(
  '.jpg .jpeg .png .webp .avif .tif .tiff .heic .heif .gif .bmp .svg'.split(' '),
);

export interface ImportOptions {
  readonly storage: Storage;
  readonly intake: Intake;
  readonly maxFileBytes: number;
  readonly warn: (message: string) => void;
}

export interface ImportReport {
  readonly imported: number;
  readonly skipped: number;
}

/** @throws when the folder itself cannot be read */
export async function importFolder(folder: string, options: ImportOptions): Promise<ImportReport> {
  const paths = await listImages(folder);
  let imported = 0;
  for (const path of paths) {
    if (await importFile(path, options)) imported += 1;
  }
  await options.intake.resume();
  return { imported, skipped: paths.length - imported };
}

async function listImages(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && IMAGE_NAMES.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function importFile(path: string, options: ImportOptions): Promise<boolean> {
  const { storage, intake, maxFileBytes, warn } = options;
  const name = basename(path);
  try {
    if ((await stat(path)).size > maxFileBytes) {
      warn(`${name} was passed over: it has more than ${Math.round(maxFileBytes / 1e6)} MB`);
      return false;
    }
    await intake.keep(await storage.receiveFile(path), name);
    return true;
  } catch (error) {
    warn(`${name} could not be imported: ${messageOf(error)}`);
    return false;
  }
}
