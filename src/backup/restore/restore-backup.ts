/**
 * Brings a backup back into the data folder of a server that is stopped, and keeps what was there.
 *
 * All is prepared beside the data first, while nothing is changed: the backup is read, loaded into a server of our own,
 * compared with its manifest, its queues are paused and their ids raised, and it is written anew. Then it becomes the
 * data of the folder in one step, as a server with an append-only file reads it: such a server takes no notice of a dump
 * alone, starts empty and writes over it. A kill at any time leaves the old data or the new, whole.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { utcStamp } from '../../base/units.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import { compareBackup } from '../compare-backup.ts';
import { fetchPlain } from '../fetch-plain.ts';
import type { BackupManifest } from '../manifest.ts';
import { readManifest } from '../read-backup.ts';
import { queueDatabase, readLoadedData } from '../scratch/loaded-data.ts';
import { type ScratchServer, startScratchServer } from '../scratch/scratch-server.ts';
import type { VerifyOptions } from '../verify-backup.ts';
import { USUAL_NAMES } from './aof-files.ts';
import { checkSpace, type DataFolder, readDataFolder } from './data-folder.ts';
import { type DataUsers, dataUsers, endUsers, isUsed, usersInWords } from './data-users.ts';
import { claimFolder, type FolderClaim } from './folder-claim.ts';
import { planPlacing } from './place-data.ts';
import { type PreparedQueue, prepareQueues } from './prepare-queues.ts';
import { switchData } from './switch-data.ts';

/** What is restored, and where to. */
export interface RestoreOptions extends VerifyOptions {
  /** The folder that the server has as `dir`. */
  readonly dataDir: string;
  /** Sets data aside that is there, and ends a server that runs. */
  readonly isForced?: boolean;
  /** Where the server is that uses the folder, so that it is not missed. */
  readonly redisUrl?: string | undefined;
}

/** What was restored, and what to expect of it. */
export interface Restoration {
  readonly name: string;
  /** Epoch ms. */
  readonly madeAt: number;
  readonly dataDir: string;
  /** Where the data is that was there before, inside of the folder; null: there was none. */
  readonly aside: string | null;
  readonly keys: number;
  readonly queues: readonly PreparedQueue[];
  /** What is not as the manifest promises, in sentences. */
  readonly problems: readonly string[];
  /** Of the RDB format as it was written: the server must read it. */
  readonly rdbVersion: number;
  /** Sentences on what could not be found out. */
  readonly unknown: readonly string[];
  readonly tookMs: number;
}

/** Restores. Rejects with RESTORE_REFUSED, BACKUP_DAMAGED or BACKUP_FAILED; then the folder is as it was. */
export async function restoreBackup(options: RestoreOptions): Promise<Restoration> {
  const { store, name, dataDir, redisUrl, signal, clock = systemClock } = options;
  const startedAt = clock.monotonic();
  const manifest = await readManifest(store, name, signal);
  const folder = await readDataFolder(dataDir);
  const users = await dataUsers(folder.path, redisUrl);
  checkUse(folder, users, options);
  const claim = await claimFolder(folder);
  try {
    await checkSpace(folder.path, 2 * manifest.plain.bytes, 'make room there');
    const prepared = await prepareData(options, manifest, claim.path);
    const aside = await placeData(options, claim);
    return {
      ...{ name, madeAt: manifest.madeAt, dataDir: folder.path, aside, ...prepared },
      unknown: users.unknown,
      tookMs: Math.round(clock.monotonic() - startedAt),
    };
  } finally {
    await claim.release();
  }
}

/** Throws RESTORE_REFUSED when something is there and nobody said that it may be set aside. */
function checkUse(
  { path, holds }: DataFolder,
  users: DataUsers,
  { isForced }: RestoreOptions,
): void {
  if (isForced) return;
  if (isUsed(users))
    throw refused(
      `${path} is used by ${usersInWords(users)}: stop it first, or let --force end it`,
    );
  if (holds.length > 0)
    throw refused(
      `${path} holds data already (${holds.join(', ')}): with --force it is set aside, inside of that folder, and nothing is deleted`,
    );
}

/** Makes `dump.rdb` in that folder what is to be restored. */
async function prepareData(
  { store, identities = [], redisServer, onProgress, signal, clock }: RestoreOptions,
  manifest: BackupManifest,
  path: string,
): Promise<Pick<Restoration, 'keys' | 'queues' | 'problems' | 'rdbVersion'>> {
  const dump = join(path, USUAL_NAMES.dump);
  const read = { identities, ...(signal && { signal }) };
  await fetchPlain(store, manifest, dump, read, (ratio) => onProgress?.('reads', ratio));
  const server = await startScratchServer({
    ...{ folder: path, program: redisServer, signal },
    onLoading: (ratio) => onProgress?.('loads', ratio),
  });
  try {
    const loaded = await readLoadedData(server.client, Object.keys(manifest.counted.queues));
    const { problems } = compareBackup(manifest, loaded);
    const labels = queueDatabase(loaded.databases)?.labels ?? [];
    await onProgress?.('pauses', null);
    const queues = await prepareQueues(server.client, labels, manifest.madeAt, clock);
    await onProgress?.('writes', null);
    await save(server, path);
    signal?.throwIfAborted();
    const keys = loaded.databases.reduce((sum, each) => sum + each.keys, 0);
    return { keys, queues, problems, rdbVersion: await rdbVersionOf(dump) };
  } finally {
    await server.stop();
  }
}

async function save(server: ScratchServer, path: string): Promise<void> {
  try {
    await server.client.save();
  } catch (error) {
    // Its reply says nothing, and may come before the line that does: when it has ended, all of them are there.
    await server.stop();
    const reason = server.log.findLast((line) => /rror|space/.test(line)) ?? messageOf(error);
    throw new CoordinatorError(
      'BACKUP_FAILED',
      `The data cannot be written to ${path} (${reason}): make room on its disk and try again. Nothing was changed`,
      { cause: error },
    );
  }
}

/** Looks again who is there, since preparing takes its time, and makes what is prepared the data of the folder. */
async function placeData(options: RestoreOptions, claim: FolderClaim): Promise<string | null> {
  const { dataDir, redisUrl, isForced, onProgress, clock = systemClock } = options;
  const users = await dataUsers(dataDir, redisUrl);
  if (isUsed(users) && isForced) {
    await onProgress?.('ends the server', null);
    await endUsers(dataDir, redisUrl, users, clock);
  }
  const folder = await readDataFolder(dataDir);
  checkUse(folder, await dataUsers(dataDir, redisUrl), options);
  const placing = await planPlacing(folder, `before-restore-${utcStamp(clock.now())}`);
  await claim.note(placing);
  const dump = join(claim.path, USUAL_NAMES.dump);
  await switchData({ folder, placing, dump, redisUrl, onProgress, clock });
  return placing.aside;
}

/** The first nine bytes are `REDIS` and the version of the format. */
async function rdbVersionOf(path: string): Promise<number> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(9), 0, 9, 0);
    return Number(buffer.toString('latin1', 5));
  } finally {
    await file.close();
  }
}

function refused(problem: string): CoordinatorError {
  return new CoordinatorError('RESTORE_REFUSED', `${problem}. Nothing was changed`);
}
