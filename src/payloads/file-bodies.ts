/**
 * Bodies as files in a folder: a local disk of a single host, or a network file system that all hosts share.
 *
 *   <path>/<queue>/<last two characters of the id>/<id>
 *   <path>/.writing/<id>.<pid>.<word>                    being written
 *
 * A body is written beside, synced, and renamed into its place, and the folders on the way are synced: a crash leaves
 * the whole body or none. What a killed process left half written is removed while listing. Files can be read by
 * their owner alone.
 *
 * The folder itself is never made: where a file system is not mounted, bodies would be written beside it, and all that
 * are on it would count as missing.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { abortable } from '../base/wait.ts';
import type { BodyKey, BodyStore, StoredBody } from '../config/body-store.ts';
import { CoordinatorError } from '../errors.ts';
import { isBodyId } from './body-id.ts';
import { fromFolderName, toFolderName } from './folder-name.ts';

/** A folder for bodies. */
export interface FileBodiesOptions {
  /** It must be there. All processes that read the queue's jobs must see the same folder. */
  readonly path: string;
  /** @default `files` */
  readonly name?: string;
}

const WRITING = '.writing';
/** No deadline of a call lasts so long: its writer is gone. */
const ABANDONED_MS = 60 * 60_000;
const PAGE = 1_000;
const AT_A_TIME = 16;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** Keeps bodies in a folder. Throws CONFIG_INVALID. */
export function fileBodies({ path, name = 'files' }: FileBodiesOptions): BodyStore {
  if (typeof path !== 'string' || path === '')
    throw new CoordinatorError('CONFIG_INVALID', 'fileBodies needs a path: the folder for bodies');
  return new FileBodies(name, resolve(path), systemClock);
}

/** Made by `fileBodies`. */
class FileBodies implements BodyStore {
  readonly name: string;
  readonly #path: string;
  readonly #clock: Clock;

  constructor(name: string, path: string, clock: Clock) {
    this.name = name;
    this.#path = path;
    this.#clock = clock;
  }

  put(key: BodyKey, body: Buffer, signal: AbortSignal): Promise<void> {
    return abortable(this.#put(this.#fileOf(key), key.id, body, signal), signal);
  }

  get(key: BodyKey, signal: AbortSignal): Promise<Buffer | undefined> {
    return abortable(this.#get(this.#fileOf(key), signal), signal);
  }

  delete(keys: readonly BodyKey[], signal: AbortSignal): Promise<void> {
    const files = keys.map((key) => this.#fileOf(key));
    return abortable(this.#delete(files, signal), signal);
  }

  async *list(signal: AbortSignal): AsyncIterable<readonly StoredBody[]> {
    await this.#mustBeThere();
    await this.#removeAbandoned();
    for (const folder of await entriesOf(this.#path)) {
      const queue = fromFolderName(folder);
      if (queue === undefined) continue;
      for (const shard of await entriesOf(join(this.#path, folder))) {
        signal.throwIfAborted();
        yield* this.#pagesOf(queue, join(this.#path, folder, shard), signal);
      }
    }
  }

  async *#pagesOf(
    queue: string,
    folder: string,
    signal: AbortSignal,
  ): AsyncIterable<readonly StoredBody[]> {
    const ids = (await entriesOf(folder)).filter(isBodyId);
    for (let start = 0; start < ids.length; start += PAGE) {
      const found: StoredBody[] = [];
      const look = async (id: string): Promise<void> => {
        const { size } = (await stat(join(folder, id)).catch(ignoreMissing)) ?? {};
        if (size !== undefined) found.push({ queue, id, bytes: size });
      };
      await eachOf(ids.slice(start, start + PAGE), look, signal);
      if (found.length > 0) yield found;
    }
  }

  async #put(file: string, id: string, body: Buffer, signal: AbortSignal): Promise<void> {
    await this.#mustBeThere();
    await makeFolder(dirname(file));
    await makeFolder(join(this.#path, WRITING));
    const word = randomBytes(4).toString('hex');
    const beside = join(this.#path, WRITING, `${id}.${process.pid}.${word}`);
    try {
      await writeWhole(beside, body, signal);
      await rename(beside, file);
    } catch (error) {
      await unlink(beside).catch(() => {}); // What stays is removed when it is old.
      throw error;
    }
    await syncFolder(dirname(file));
  }

  async #get(file: string, signal: AbortSignal): Promise<Buffer | undefined> {
    const body = await read(file, signal);
    if (!body) await this.#mustBeThere();
    return body;
  }

  async #delete(files: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#mustBeThere();
    await eachOf(files, (file) => unlink(file).catch(ignoreMissing), signal);
  }

  async #mustBeThere(): Promise<void> {
    const found = await stat(this.#path).catch(ignoreMissing);
    if (!found?.isDirectory())
      throw new Error(`${this.#path} is no folder: make it, or mount what it should be on`);
  }

  #fileOf({ queue, id }: BodyKey): string {
    if (!isBodyId(id)) throw new Error(`"${id}" is no id of a body`);
    return join(this.#path, toFolderName(queue), id.slice(-2), id);
  }

  async #removeAbandoned(): Promise<void> {
    const folder = join(this.#path, WRITING);
    for (const name of await entriesOf(folder)) {
      const file = join(folder, name);
      const { mtimeMs } = (await stat(file).catch(ignoreMissing)) ?? {};
      if (mtimeMs !== undefined && this.#clock.now() - mtimeMs > ABANDONED_MS)
        await unlink(file).catch(ignoreMissing);
    }
  }
}

async function read(file: string, signal: AbortSignal): Promise<Buffer | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(ignoreMissing);
  if (!handle) return undefined;
  try {
    return await handle.readFile({ signal });
  } finally {
    await handle.close();
  }
}

async function writeWhole(file: string, body: Buffer, signal: AbortSignal): Promise<void> {
  const handle = await open(file, 'wx', FILE_MODE);
  try {
    await handle.writeFile(body, { signal });
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder; its name must outlive a crash as its files do. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made))
    await syncFolder(dirname(made));
}

async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  } finally {
    await handle?.close();
  }
}

/** Some file systems, and Windows, cannot sync a folder. */
function isUnsupported(error: unknown): boolean {
  return ['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP'].includes(codeOf(error) ?? '');
}

async function entriesOf(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(ignoreMissing)) ?? [];
}

/** Runs `work` on all of them, some at a time. */
async function eachOf(
  items: readonly string[],
  work: (item: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (let start = 0; start < items.length; start += AT_A_TIME) {
    signal.throwIfAborted();
    await Promise.all(items.slice(start, start + AT_A_TIME).map(work));
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
