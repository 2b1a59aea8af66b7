/**
 * Files named by what is in them: originals, pictures, and what is known about each photo.
 *
 * Layout below the data folder, `<id>` being the SHA-256 of the original in hex:
 * `originals/<id>` · `receipts/<id>.json` · `facts/<id>.json` · `hashes/<id>.json` · `palettes/<id>.json` ·
 * `variants/<id>/<size>.<format>` · `manifests/<id>.json` · `errors/<id>.json` · `incoming/` (temporary).
 * Every write is a temporary file, fsync, rename: a file is whole or not there, so "exists" means "done".
 * Paths are made from validated ids only; never from a name that a client sent.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Variant } from './images/variants.ts';
import { isMissing } from './photo-error.ts';

/** The kinds of JSON records, one folder each. */
export type RecordKind = 'receipts' | 'facts' | 'hashes' | 'palettes' | 'manifests' | 'errors';

const FOLDERS = ['originals', 'variants', 'receipts', 'facts', 'hashes', 'palettes', 'manifests'];

/** A stream being stored: its length is known only at its end. */
export interface Received {
  readonly id: string;
  readonly bytes: number;
}

/** Whether a text is the id of a photo: 64 lower-case hex digits. */
export function isPhotoId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** The id of a photo with these bytes. */
export function photoIdOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export class Storage {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Makes the folders and removes what interrupted writes left behind. */
  async open(): Promise<void> {
    for (const folder of [...FOLDERS, 'errors', 'incoming']) {
      await mkdir(join(this.#root, folder), { recursive: true });
    }
    await this.#sweep();
  }

  originalPath(id: string): string {
    return join(this.#root, 'originals', checkId(id));
  }

  variantPath(id: string, { size, format }: Variant): string {
    return join(this.#root, 'variants', checkId(id), `${size}.${format}`);
  }

  /**
   * Stores a stream as an original while hashing it; the same bytes twice are one file.
   *
   * Whatever goes wrong (the stream breaks, `check` throws, the disk is full), nothing stays behind.
   *
   * @param check  called when the stream has ended and before anything is kept
   */
  async receive(stream: AsyncIterable<Buffer>, check: () => void = () => {}): Promise<Received> {
    const hash = createHash('sha256');
    let bytes = 0;
    async function* hashed(): AsyncIterable<Buffer> {
      for await (const chunk of stream) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
      check();
    }
    const temporary = await this.#writeTemporary(hashed());
    const id = hash.digest('hex');
    await rename(temporary, this.originalPath(id));
    return { id, bytes };
  }

  async receiveFile(path: string): Promise<Received> {
    return this.receive(createReadStream(path));
  }

  async writeVariant(id: string, variant: Variant, data: Buffer): Promise<void> {
    await mkdir(join(this.#root, 'variants', checkId(id)), { recursive: true });
    await this.#writeWhole(this.variantPath(id, variant), data);
  }

  async writeRecord(kind: RecordKind, id: string, value: object): Promise<void> {
    await this.#writeWhole(this.#recordPath(kind, id), `${JSON.stringify(value, null, 2)}\n`);
  }

  /** @returns the parsed record, `null` when there is none */
  async readRecord(kind: RecordKind, id: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.#recordPath(kind, id), 'utf8'));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async hasRecord(kind: RecordKind, id: string): Promise<boolean> {
    return exists(this.#recordPath(kind, id));
  }

  async hasVariant(id: string, variant: Variant): Promise<boolean> {
    return exists(this.variantPath(id, variant));
  }

  async hasOriginal(id: string): Promise<boolean> {
    return exists(this.originalPath(id));
  }

  async removeRecord(kind: RecordKind, id: string): Promise<void> {
    await rm(this.#recordPath(kind, id), { force: true });
  }

  /** Ids that have a record of this kind, in no order. */
  async listRecords(kind: RecordKind): Promise<readonly string[]> {
    const names = await readdir(join(this.#root, kind));
    return names.map((name) => name.replace(/\.json$/, '')).filter(isPhotoId);
  }

  async listOriginals(): Promise<readonly string[]> {
    return (await readdir(join(this.#root, 'originals'))).filter(isPhotoId);
  }

  #recordPath(kind: RecordKind, id: string): string {
    return join(this.#root, kind, `${checkId(id)}.json`);
  }

  async #writeWhole(path: string, data: Buffer | string): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    await rename(await this.#writeTemporary([bytes]), path);
  }

  /** The folder `incoming` is in the same file system, so the rename that follows is atomic. */
  async #writeTemporary(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<string> {
    const path = join(this.#root, 'incoming', `${process.pid}-${randomUUID()}`);
    const file = await open(path, 'wx');
    try {
      // On a file handle `writeFile` goes on where the last one ended.
      for await (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
      await file.close();
      return path;
    } catch (error) {
      await file.close().catch(() => {});
      await rm(path, { force: true });
      throw error;
    }
  }

  /** A data folder belongs to one machine, so the process id in the name tells whose file it is. */
  async #sweep(): Promise<void> {
    const folder = join(this.#root, 'incoming');
    for (const name of await readdir(folder)) {
      const owner = Number(name.split('-')[0]);
      if (!isOtherLiveProcess(owner)) await rm(join(folder, name), { force: true });
    }
  }
}

function isOtherLiveProcess(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function checkId(id: string): string {
  if (!isPhotoId(id)) throw new TypeError('A photo id has 64 hex digits');
  return id;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
