/**
 * Backups in a folder.
 *
 * A file is written beside as `.<name>.<pid>.<word>.part`, synced, and renamed into its place, and the folder is synced:
 * a crash or a full disk leaves the whole file or none. Whoever can read the folder could read all data, so it is made
 * for its owner alone, and so are the files. Part files of killed runs are removed when they are old.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.ts';
import { CoordinatorError, messageOf } from '../../errors.ts';
import type { BackupStore, StoredFile } from './backup-store.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
const PART = /^\..+\.part$/;
/** A writer that goes on changes its file more often than that. */
const ABANDONED_MS = 60 * 60_000;

/** Keeps backups in a folder, which is made when it is missing. Throws CONFIG_INVALID. */
export function folderStore(path: string, clock: Clock = systemClock): BackupStore {
  if (path === '')
    throw new CoordinatorError('CONFIG_INVALID', 'A folder for backups has a path: ./backups');
  return new FolderStore(resolve(path), clock);
}

/** Made by `folderStore`. */
class FolderStore implements BackupStore {
  readonly where: string;
  readonly #clock: Clock;

  constructor(path: string, clock: Clock) {
    this.where = path;
    this.#clock = clock;
  }

  async put(name: string, content: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    const file = this.#fileOf(name);
    const part = join(this.where, `.${name}.${process.pid}.${randomBytes(4).toString('hex')}.part`);
    signal?.throwIfAborted();
    await this.#told('write to', () => this.#prepare());
    try {
      await this.#write(part, content, signal);
      await this.#told('write to', async () => {
        await rename(part, file);
        await syncFolder(this.where);
      });
    } catch (error) {
      await unlink(part).catch(() => {}); // What stays is removed when it is old.
      throw error;
    }
  }

  async *get(name: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const file = this.#fileOf(name);
    signal?.throwIfAborted();
    const handle = await this.#told('read', () =>
      open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(ignoreMissing),
    );
    if (!handle)
      throw new CoordinatorError('NOT_FOUND', `There is no file "${name}" in ${this.where}`);
    const stream = handle.createReadStream({ highWaterMark: 256 * 1024 });
    try {
      for await (const chunk of stream) {
        signal?.throwIfAborted();
        yield chunk as Uint8Array;
      }
    } catch (error) {
      throw this.#failure('read', error);
    } finally {
      stream.destroy();
    }
  }

  async list(signal?: AbortSignal): Promise<readonly StoredFile[]> {
    signal?.throwIfAborted();
    return this.#told('read', async () => {
      const names = (await readdir(this.where).catch(ignoreMissing)) ?? [];
      await this.#removeAbandoned(names);
      const found: StoredFile[] = [];
      for (const name of names.filter((each) => FILE_NAME.test(each)).sort()) {
        signal?.throwIfAborted();
        const file = await stat(join(this.where, name)).catch(ignoreMissing);
        if (file?.isFile()) found.push({ name, bytes: file.size });
      }
      return found;
    });
  }

  async delete(name: string, signal?: AbortSignal): Promise<void> {
    const file = this.#fileOf(name);
    signal?.throwIfAborted();
    await this.#told('delete from', () => unlink(file).catch(ignoreMissing));
  }

  async close(): Promise<void> {}

  #fileOf(name: string): string {
    if (!FILE_NAME.test(name))
      throw new CoordinatorError('INPUT_INVALID', `"${name}" is no name of a file of a backup`);
    return join(this.where, name);
  }

  async #prepare(): Promise<void> {
    const first = await mkdir(this.where, { recursive: true, mode: FOLDER_MODE });
    if (first !== undefined)
      for (let made = this.where; made.length >= first.length; made = dirname(made))
        await syncFolder(dirname(made));
    await this.#removeAbandoned(await readdir(this.where));
  }

  async #write(
    part: string,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const handle = await this.#told('write to', () => open(part, 'wx', FILE_MODE));
    try {
      for await (const chunk of content) {
        signal?.throwIfAborted();
        await this.#told('write to', () => writeAll(handle, chunk));
      }
      signal?.throwIfAborted();
      await this.#told('write to', () => handle.sync());
    } finally {
      await handle.close();
    }
  }

  async #removeAbandoned(names: readonly string[]): Promise<void> {
    for (const name of names.filter((each) => PART.test(each))) {
      const file = join(this.where, name);
      const { mtimeMs } = (await stat(file).catch(ignoreMissing)) ?? {};
      if (mtimeMs !== undefined && this.#clock.now() - mtimeMs > ABANDONED_MS)
        await unlink(file).catch(ignoreMissing);
    }
  }

  async #told<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#failure(what, error);
    }
  }

  /** What the file system said, with what to do about it; anything else as it is. */
  #failure(what: string, error: unknown): unknown {
    const code = codeOf(error);
    if (error instanceof CoordinatorError || code === undefined) return error;
    const remedy = REMEDIES[code];
    return new CoordinatorError(
      'BACKUP_FAILED',
      `Cannot ${what} the folder of backups ${this.where}: ${remedy ?? messageOf(error)}`,
      { cause: error },
    );
  }
}

const FULL =
  'the disk is full (ENOSPC). Make room or give another folder by --to; nothing of this backup was kept';
const NO_RIGHTS = (code: string): string =>
  `this user may not (${code}). Give the folder to it, or run as the user that owns it`;

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: FULL.replace('ENOSPC', 'EDQUOT'),
  EACCES: NO_RIGHTS('EACCES'),
  EPERM: NO_RIGHTS('EPERM'),
  EROFS: 'its file system is read-only (EROFS). Give a folder that can be written to by --to',
  ENOTDIR: 'something on its path is a file (ENOTDIR). Give the path of a folder',
  EEXIST: 'there is a file of that name (EEXIST). Give the path of a folder',
  ELOOP: 'a symbolic link lies where the file should be (ELOOP). Put the file itself there',
};

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, written);
    written += bytesWritten;
  }
}

/** Some file systems, and Windows, cannot sync a folder. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EACCES'].includes(codeOf(error) ?? ''))
      throw error;
  } finally {
    await handle?.close();
  }
}

function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): string | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall === undefined ? undefined : code;
}
