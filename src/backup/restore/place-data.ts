/**
 * Puts data into the folder of a stopped server in one step, and keeps what was there.
 *
 * All that is new gets names of its own beside what is there; then one rename of the append-only file's manifest makes it
 * the data of the folder. Whenever this process is killed, the folder holds either all of the old data or all of the new.
 * What was there is linked into a folder `before-restore-…` first and never deleted. Servers without an append-only file
 * read the dump: it is replaced as well, right after.
 */
import { constants } from 'node:fs';
import {
  chmod,
  chown,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AofFile,
  aofManifestName,
  type DataNames,
  formatAofManifest,
  nextAofFiles,
  parseAofManifest,
} from './aof-files.ts';
import type { DataFolder } from './data-folder.ts';

/** What is put where; enough to take it back. */
export interface Placing {
  /** Where the data before it is, a folder inside of the data folder; null: there was none. */
  readonly aside: string | null;
  /** Base and rest, inside of the folder of the append-only file. */
  readonly files: readonly AofFile[];
}

const MISSING = ['ENOENT', 'ENOTDIR'];

/** How data will be placed there. @param aside name of the folder for what is there */
export async function planPlacing(folder: DataFolder, aside: string): Promise<Placing> {
  const { path, names, holds } = folder;
  const present = await listed(join(path, names.folder));
  const others = await listed(path);
  let own = aside;
  for (let n = 2; others.includes(own); n += 1) own = `${aside}-${n}`;
  return { aside: holds.length > 0 ? own : null, files: nextAofFiles(names, present) };
}

/** Links all data of the folder into `aside`. */
export async function setAside({ path, names, holds }: DataFolder, aside: string): Promise<void> {
  const to = join(path, aside);
  await mkdir(to, { mode: 0o700 });
  for (const name of holds) {
    if (name !== names.folder) {
      await linkOrCopy(join(path, name), join(to, name));
      continue;
    }
    await mkdir(join(to, name), { mode: 0o700 });
    for (const each of await readdir(join(path, name)))
      await linkOrCopy(join(path, name, each), join(to, name, each));
    await syncFolder(join(to, name));
  }
  await syncFolder(to);
  await syncFolder(path);
}

/** Brings a dump into the folder under new names, where no server looks yet. */
export async function bring(
  folder: DataFolder,
  dump: string,
  { files: [base, since] }: Placing,
): Promise<void> {
  const inner = join(folder.path, folder.names.folder);
  await mkdir(inner, { recursive: true, mode: 0o700 });
  await giveAway(folder, inner, 0o700);
  await giveAway(folder, dump, 0o600);
  await linkOrCopy(dump, join(inner, base!.name));
  await giveAway(folder, join(inner, base!.name), 0o600);
  await writeWhole(folder, join(inner, since!.name), '');
  await syncFolder(inner);
}

/** From here on the data of the folder is the new one. */
export async function switchTo(folder: DataFolder, { files }: Placing): Promise<void> {
  const { names, path } = folder;
  const inner = join(path, names.folder);
  await replace(folder, join(inner, aofManifestName(names)), formatAofManifest(files));
  await syncFolder(inner);
}

/** The same for servers that read the dump. */
export async function replaceDump(folder: DataFolder, dump: string): Promise<void> {
  const { path, names } = folder;
  await rename(dump, join(path, names.dump));
  // A server before 7.0 would load this one in place of all else.
  if (folder.holds.includes(names.file)) await rm(join(path, names.file), { force: true });
  await syncFolder(path);
}

/** Takes away what the manifest does not name and what lies aside, too. */
export async function clearOld(path: string, names: DataNames, { aside }: Placing): Promise<void> {
  if (aside === null) return;
  const inner = join(path, names.folder);
  const needed = await namedFiles(path, names);
  for (const name of await listed(join(path, aside, names.folder)))
    if (name !== aofManifestName(names) && !needed.includes(name))
      await rm(join(inner, name), { force: true });
  if (needed.length > 0) await syncFolder(inner);
}

/** As it was before `switchTo`, or before `replaceDump` after it. */
export async function takeBack(folder: DataFolder, { aside, files }: Placing): Promise<void> {
  const { path, names } = folder;
  const inner = join(path, names.folder);
  const manifest = aofManifestName(names);
  if (await isSwitched(path, names, { aside, files })) {
    const before = aside && (await readOr(join(path, aside, names.folder, manifest), null));
    if (before) await replace(folder, join(inner, manifest), before);
    else await rm(join(inner, manifest), { force: true });
    await syncFolder(inner);
  }
  // A server may have gone on meanwhile: what it needs now stays.
  const needed = await namedFiles(path, names);
  for (const { name } of files)
    if (!needed.includes(name)) await rm(join(inner, name), { force: true });
  await rm(join(inner, `${manifest}.new`), { force: true });
  if (aside) await rm(join(path, aside), { recursive: true, force: true });
  await syncFolder(path);
}

/** Whether a server would load the new data. */
export async function isSwitched(
  path: string,
  names: DataNames,
  { files }: Placing,
): Promise<boolean> {
  return (await namedFiles(path, names)).includes(files[0]!.name);
}

/** Files that a server would load from there. */
async function namedFiles(path: string, names: DataNames): Promise<string[]> {
  const manifest = join(path, names.folder, aofManifestName(names));
  const text = await readOr(manifest, '');
  return parseAofManifest(text).map(({ name }) => name);
}

/** Resolves when the names in a folder would survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function replace(
  folder: DataFolder,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  await writeWhole(folder, `${path}.new`, content);
  await rename(`${path}.new`, path);
}

async function writeWhole(
  folder: DataFolder,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  await writeFile(path, content, { mode: 0o600, flush: true });
  await giveAway(folder, path, 0o600);
}

/** The server must be able to read it, and nobody else: whoever is root gives it away. */
async function giveAway({ uid, gid }: DataFolder, path: string, mode: number): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, uid, gid);
  await chmod(path, mode);
}

/** Some disks know no links. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOSPC' || MISSING.includes(code ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}

/** @param otherwise what is read where there is no such file */
async function readOr<T>(path: string, otherwise: T): Promise<string | T> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (MISSING.includes(error.code ?? '')) return otherwise;
    throw error;
  });
}

async function listed(path: string): Promise<string[]> {
  return readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (MISSING.includes(error.code ?? '')) return [];
    throw error;
  });
}
