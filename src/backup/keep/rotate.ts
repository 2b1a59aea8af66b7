/**
 * Deletes the backups of a label that rotation lets go.
 *
 * The manifest goes first: whoever is killed in between leaves a file that is no backup, and never a manifest without its
 * file. Such files, and those of backups that were broken off, are deleted when they are older than a day. What cannot be
 * used takes no place of another one, and stays: only its owner knows what it is still good for.
 */
import { parseUtcStamp } from '../../base/calendar.ts';
import { BACKUP_NAME, type BackupManifest, manifestFile, snapshotFile } from '../manifest.ts';
import type { BackupStore } from '../store/backup-store.ts';
import { listBackups } from './list-backups.ts';
import { backupsToDelete, type Keep } from './rotation.ts';

/** What is rotated, and how. */
export interface RotateOptions {
  readonly label: string;
  readonly keep: Keep;
  /** Epoch ms. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
}

/** What was done. */
export interface Rotated {
  /** Names of the backups that were deleted, oldest first. */
  readonly deleted: readonly string[];
  /** Files without a manifest that were deleted. */
  readonly swept: readonly string[];
  /** Names of backups that are dated ahead of now: they stay, and somebody should look at a clock. */
  readonly ahead: readonly string[];
}

const ENCRYPTIONS: readonly BackupManifest['encryption'][] = ['none', 'age'];
/** A backup that is being made has its file without a manifest for a moment. */
const ABANDONED_MS = 24 * 3_600_000;

/** Does it. Rejects as the store does; then what was deleted is deleted, and the rest is left for the next time. */
export async function rotate(
  store: BackupStore,
  { label, keep, now, signal }: RotateOptions,
): Promise<Rotated> {
  const listed = await listBackups(store, { label, signal });
  const usable = listed.flatMap(({ name, madeAt, verifiedAt, problem }) =>
    problem === null && madeAt !== null ? [{ name, label, madeAt, verifiedAt }] : [],
  );
  const deleted = backupsToDelete(usable, label, keep, now);
  for (const name of deleted) {
    await store.delete(manifestFile(name), signal);
    for (const encryption of ENCRYPTIONS)
      await store.delete(snapshotFile(name, encryption), signal);
  }
  const swept = await sweep(store, label, now, signal);
  const ahead = usable.filter(({ madeAt }) => madeAt > now).map(({ name }) => name);
  return { deleted, swept, ahead };
}

async function sweep(
  store: BackupStore,
  label: string,
  now: number,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const files = new Set((await store.list(signal)).map(({ name }) => name));
  const left = [...files].filter((file) => {
    const name = file.replace(/\.rdb\.gz(?:\.age)?$/, '');
    const [, ofLabel, stamp = ''] = (name !== file && BACKUP_NAME.exec(name)) || [];
    if (ofLabel !== label || files.has(manifestFile(name))) return false;
    const madeAt = parseUtcStamp(stamp);
    return madeAt !== undefined && madeAt < now - ABANDONED_MS;
  });
  for (const file of left) await store.delete(file, signal);
  return left;
}
