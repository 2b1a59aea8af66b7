/**
 * One file of a journal: batches are appended and synced, records read back, and in the end it is removed.
 *
 * A batch counts only after the sync that holds it, and only if the file still has its name then: another
 * process that takes an abandoned journal over renames its files before it reads them, so a batch written
 * later must go elsewhere. After an error nothing more is appended: what the disk holds behind it is unknown.
 */
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { decodeRecord, type FoundRecord, findRecords } from './record.ts';

/** A file of records. */
export class Segment {
  #path: string;
  readonly #file: FileHandle;
  readonly #inode: number;
  #bytes: number;
  /** Records that are still wanted; the file goes with the last one. */
  wanted = 0;

  /** Only `create` and `adopt` call it: they know the file. */
  constructor(path: string, file: FileHandle, inode: number, bytes: number) {
    this.#path = path;
    this.#file = file;
    this.#inode = inode;
    this.#bytes = bytes;
  }

  /** Makes a new file, and sees to it that it is still there after a power cut. */
  static async create(path: string): Promise<Segment> {
    const file = await open(path, 'wx+', 0o600);
    const folder = await open(dirname(path), 'r');
    await folder.sync().finally(() => folder.close());
    const { ino } = await file.stat();
    return new Segment(path, file, ino, 0);
  }

  /** Opens a file that another process has left. */
  static async adopt(
    path: string,
  ): Promise<{ segment: Segment; records: FoundRecord[]; strayBytes: number }> {
    const file = await open(path, 'r');
    const { ino } = await file.stat();
    const content = await file.readFile();
    return { segment: new Segment(path, file, ino, content.length), ...findRecords(content) };
  }

  get path(): string {
    return this.#path;
  }

  /** Bytes that are surely on the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends and syncs. Returns where the batch begins. */
  async append(batch: Buffer): Promise<number> {
    const offset = this.#bytes;
    // A disk that becomes full takes a part and says nothing; the next write says it.
    for (let done = 0; done < batch.length; ) {
      const { bytesWritten } = await this.#file.write(
        batch,
        done,
        batch.length - done,
        offset + done,
      );
      done += bytesWritten;
    }
    await this.#file.datasync();
    const named = await stat(this.#path);
    if (named.ino !== this.#inode) throw new Error(`${this.#path} was taken over`);
    this.#bytes += batch.length;
    return offset;
  }

  /** The text of a record. Throws when it can no longer be read as it was written. */
  async read(offset: number, bytes: number): Promise<string> {
    const buffer = Buffer.alloc(bytes);
    await this.#file.read(buffer, 0, bytes, offset);
    const record = decodeRecord(buffer, 0);
    if (!record) throw new Error(`${this.#path} is damaged at byte ${offset}`);
    return record.text;
  }

  async rename(path: string): Promise<void> {
    await rename(this.#path, path);
    this.#path = path;
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => {});
  }

  async remove(): Promise<void> {
    await unlink(this.#path).catch(() => {}); // Whoever took it over removes it.
    await this.close();
  }
}
