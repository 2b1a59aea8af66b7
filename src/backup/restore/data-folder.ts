/**
 * What is in the data folder of a server, and whether this user may put data there. It only looks.
 */
import { constants } from 'node:fs';
import { access, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSize } from '../../base/units.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import { aofManifestName, type DataNames, parseAofManifest, USUAL_NAMES } from './aof-files.ts';

/** A data folder as it was found. */
export interface DataFolder {
  readonly path: string;
  readonly names: DataNames;
  /** What would be overwritten, for the message: names of files and folders. */
  readonly holds: readonly string[];
  readonly uid: number;
  readonly gid: number;
  /** Bytes that can be written. */
  readonly freeBytes: number;
}

/** Looks at it. Rejects with RESTORE_REFUSED when it cannot be used. */
export async function readDataFolder(path: string): Promise<DataFolder> {
  const found = await stat(path).catch((error: unknown) => {
    throw refused(
      `${path} cannot be used (${messageOf(error)}): make the folder, as the user of the server`,
    );
  });
  if (!found.isDirectory()) throw refused(`${path} is no folder`);
  checkOwner(path, found.uid);
  await access(path, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw refused(
      `${path} cannot be written (${messageOf(error)}): run this as the user of the server`,
    );
  });
  const names = await namesIn(path);
  const entries = await readdir(path);
  const holds: string[] = [];
  if (entries.includes(names.dump)) holds.push(names.dump);
  if ((await readdir(join(path, names.folder)).catch(() => [])).length > 0)
    holds.push(names.folder);
  // A server before 7.0 keeps all in one file beside the dump.
  if (entries.includes(names.file)) holds.push(names.file);
  const { bavail, bsize } = await statfs(path);
  return {
    ...{ path, names, holds, uid: found.uid, gid: found.gid },
    freeBytes: bavail * bsize,
  };
}

/** Throws BACKUP_FAILED when a folder has no room for so much. */
export async function checkSpace(path: string, neededBytes: number, remedy: string): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  const freeBytes = bavail * bsize;
  if (freeBytes < neededBytes)
    throw new CoordinatorError(
      'BACKUP_FAILED',
      `The disk of ${path} has ${formatSize(freeBytes)} free and ${formatSize(neededBytes)} are needed: ${remedy}. Nothing was changed`,
    );
}

/** The names in use there: a server finds its data by them. */
export async function namesIn(path: string): Promise<DataNames> {
  for (const folder of await readdir(path)) {
    if (folder.startsWith('.') || folder.startsWith('before-restore-')) continue;
    const inner = await readdir(join(path, folder)).catch(() => []);
    for (const name of inner) {
      if (!name.endsWith('.manifest')) continue;
      const file = name.slice(0, -'.manifest'.length);
      const text = await readFile(join(path, folder, aofManifestName({ file })), 'utf8');
      if (parseAofManifest(text).length > 0) return { ...USUAL_NAMES, folder, file };
    }
  }
  return USUAL_NAMES;
}

/** A server cannot read what belongs to somebody else. */
function checkOwner(path: string, uid: number): void {
  const own = process.getuid?.();
  if (own !== undefined && own !== 0 && own !== uid)
    throw refused(
      `${path} belongs to user ${uid} and this is user ${own}, whose files that server could not read: run this as root or with "sudo -u '#${uid}'"`,
    );
}

function refused(problem: string): CoordinatorError {
  return new CoordinatorError('RESTORE_REFUSED', `${problem}. Nothing was changed`);
}
