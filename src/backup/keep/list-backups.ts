/**
 * What backups a store has, newest first.
 *
 * A backup is what has a manifest. One that cannot be used is shown with what is wrong with it, as far as manifest and
 * file tell without reading the file: that its content is whole is what a verification finds out.
 */
import pLimit from 'p-limit';
import { parseUtcStamp } from '../../base/calendar.ts';
import { CoordinatorError } from '../../errors.ts';
import { BACKUP_NAME, type BackupManifest, manifestFile } from '../manifest.ts';
import { readManifest } from '../read-backup.ts';
import type { BackupStore, StoredFile } from '../store/backup-store.ts';

/** A backup as a list shows it. */
export interface ListedBackup {
  readonly name: string;
  readonly label: string;
  /** Epoch ms, when the snapshot began; null when the name has no such time. */
  readonly madeAt: number | null;
  /** As it lies in the store; null when the manifest cannot be read, as of all that follows. */
  readonly bytes: number | null;
  readonly encryption: BackupManifest['encryption'] | null;
  /** Epoch ms; null: never. */
  readonly verifiedAt: number | null;
  /** Why it cannot be used; null: nothing is known against it. */
  readonly problem: string | null;
}

/** Which, and until when. */
export interface ListOptions {
  /** Only those of this label. */
  readonly label?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MOST_AT_ONCE = 8;

/** All of them. Rejects as the store does. */
export async function listBackups(
  store: BackupStore,
  { label, signal }: ListOptions = {},
): Promise<readonly ListedBackup[]> {
  const files = new Map((await store.list(signal)).map((file) => [file.name, file]));
  const names = [...files.keys()].flatMap((file) => {
    const name = file.slice(0, -'.json'.length);
    const parts = file === manifestFile(name) ? BACKUP_NAME.exec(name) : null;
    return parts && (label === undefined || parts[1] === label) ? [name] : [];
  });
  const limit = pLimit(MOST_AT_ONCE);
  const listed = await limit.map(names, (name) => look(store, files, name, signal));
  return listed
    .filter((each) => each !== undefined)
    .sort((a, b) => (b.madeAt ?? 0) - (a.madeAt ?? 0) || (a.name < b.name ? -1 : 1));
}

/** One of them; undefined when somebody has just deleted it. */
async function look(
  store: BackupStore,
  files: ReadonlyMap<string, StoredFile>,
  name: string,
  signal: AbortSignal | undefined,
): Promise<ListedBackup | undefined> {
  const [, label, stamp] = BACKUP_NAME.exec(name)!;
  const named = { name, label: label!, madeAt: parseUtcStamp(stamp!) ?? null };
  try {
    const { madeAt, stored, encryption, verifiedAt } = await readManifest(store, name, signal);
    const problem = fileProblem(stored, files.get(stored.file));
    return { ...named, madeAt, bytes: stored.bytes, encryption, verifiedAt, problem };
  } catch (error) {
    if (!(error instanceof CoordinatorError)) throw error;
    if (error.code === 'NOT_FOUND') return undefined;
    if (error.code !== 'BACKUP_DAMAGED') throw error;
    return { ...named, bytes: null, encryption: null, verifiedAt: null, problem: error.message };
  }
}

function fileProblem(
  { file, bytes }: BackupManifest['stored'],
  found: StoredFile | undefined,
): string | null {
  if (!found) return `its file ${file} is missing`;
  return found.bytes === bytes ? null : `its file has ${found.bytes} bytes and had ${bytes}`;
}
