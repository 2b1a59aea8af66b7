/**
 * Brings a backup out of its store into a file that a server can load, and tells how far it is.
 *
 * The file is readable for this user alone: it holds all data. It is whole and right, or the promise rejects.
 */
import { open } from 'node:fs/promises';
import { CoordinatorError, messageOf } from '../errors.ts';
import type { BackupManifest } from './manifest.ts';
import { type ReadOptions, readPlain } from './read-backup.ts';
import type { BackupStore } from './store/backup-store.ts';

/** Writes it there. Rejects with BACKUP_DAMAGED, or BACKUP_FAILED when the disk does not take it. */
export async function fetchPlain(
  store: BackupStore,
  manifest: BackupManifest,
  path: string,
  options: ReadOptions,
  onProgress?: (ratio: number) => void,
): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  let bytes = 0;
  try {
    for await (const chunk of readPlain(store, manifest, options)) {
      await file.writeFile(chunk).catch((error: unknown) => {
        throw unwritable(path, error);
      });
      bytes += chunk.length;
      onProgress?.(bytes / Math.max(1, manifest.plain.bytes));
    }
  } finally {
    await file.close();
  }
}

function unwritable(path: string, error: unknown): CoordinatorError {
  const isFull = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
  return new CoordinatorError(
    'BACKUP_FAILED',
    isFull
      ? `The disk of ${path} is full: make room and try again`
      : `${path} cannot be written: ${messageOf(error)}`,
    { cause: error },
  );
}
