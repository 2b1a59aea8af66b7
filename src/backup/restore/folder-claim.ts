/**
 * One restore at a time in a data folder, and what becomes of one that was killed.
 *
 * A folder `.restoring` in the data folder holds who works there, what is being placed, and the data that is prepared. It
 * comes with one rename, so that it has its content from the beginning. Whoever finds that of a process that is gone takes
 * it over: what was not switched to yet is taken back, what was is finished.
 */
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoordinatorError } from '../../errors.ts';
import type { DataFolder } from './data-folder.ts';
import { startOf } from './folder-servers.ts';
import { clearOld, isSwitched, type Placing, syncFolder, takeBack } from './place-data.ts';

const NAME = '.restoring';
const CLAIM = 'claim.json';

interface Content {
  readonly pid: number;
  readonly start: string | null;
  readonly placing: Placing | null;
}

/** A folder of ours inside of a data folder. */
export interface FolderClaim {
  /** For data that is prepared. */
  readonly path: string;
  /** Writes down what will be placed, before any of it is. */
  note(placing: Placing): Promise<void>;
  /** Takes the folder away. */
  release(): Promise<void>;
}

/** Takes the folder for this process. Rejects with RESTORE_REFUSED while another one is at it. */
export async function claimFolder(folder: DataFolder): Promise<FolderClaim> {
  await settleEarlier(folder);
  const path = join(folder.path, NAME);
  const made = await mkdtemp(`${path}-`);
  const content = { pid: process.pid, start: await startOf(process.pid) };
  await write(made, { ...content, placing: null });
  try {
    await rename(made, path);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw busy(folder.path, 'another process');
    throw error;
  }
  return {
    path,
    note: (placing) => write(path, { ...content, placing }),
    async release() {
      await rm(path, { recursive: true, force: true });
      await syncFolder(folder.path);
    },
  };
}

/** Ends what a killed restore has begun. Rejects with RESTORE_REFUSED when it still runs. */
async function settleEarlier(folder: DataFolder): Promise<void> {
  const path = join(folder.path, NAME);
  const text = await readFile(join(path, CLAIM), 'utf8').catch(() => null);
  if (text === null) return;
  const { pid, start, placing } = JSON.parse(text) as Content;
  if (start !== null ? (await startOf(pid)) === start : isAlive(pid))
    throw busy(folder.path, `process ${pid}`);
  const taken = await mkdtemp(`${path}-`);
  await rename(path, join(taken, 'earlier')).catch(() => {}); // Somebody else was faster.
  if (placing && (await isSwitched(folder.path, folder.names, placing)))
    await clearOld(folder.path, folder.names, placing);
  else if (placing) await takeBack(folder, placing);
  await rm(taken, { recursive: true, force: true });
}

function write(path: string, content: Content): Promise<void> {
  return writeFile(join(path, CLAIM), JSON.stringify(content), { mode: 0o600, flush: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function busy(path: string, who: string): CoordinatorError {
  return new CoordinatorError(
    'RESTORE_REFUSED',
    `${who} is just restoring into ${path}: wait for its end. Nothing was changed`,
  );
}
