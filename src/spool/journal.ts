/**
 * What one process writes of its accepted adds: group commit over files of limited size.
 *
 * Everything that arrives while a batch is being synced goes into the next batch, so a thousand adds at once
 * cost one sync. After an error a batch is tried once more, in a new file, and then rejected.
 */
import { join } from 'node:path';
import { encodeRecord } from './record.ts';
import { Segment } from './segment.ts';

/** Where a record lies. */
export interface Place {
  readonly segment: Segment;
  readonly offset: number;
  readonly bytes: number;
}

interface Waiting {
  readonly record: Buffer;
  resolve(place: Place): void;
  reject(error: unknown): void;
}

/** A file that has grown beyond this gets no further batch. */
const SEGMENT_BYTES = 16 * 1024 * 1024;
/** One batch, at most. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** Appends records to the files `<stream>.<number>.spool` of a folder. */
export class Journal {
  readonly #folder: string;
  readonly #stream: string;
  #segment: Segment | undefined;
  #segments = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor(folder: string, stream: string) {
    this.#folder = folder;
    this.#stream = stream;
  }

  /** Resolves when the record is on the disk. */
  append(text: string): Promise<Place> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record: encodeRecord(text), resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** A record is no longer needed: a file goes with its last one. */
  async release({ segment }: Place): Promise<void> {
    segment.wanted -= 1;
    if (segment.wanted > 0) return;
    if (segment === this.#segment) this.#segment = undefined;
    await segment.remove();
  }

  /** Waits for what is being written, and closes. Files that are still needed stay. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#segment?.close();
    this.#segment = undefined;
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // Whoever adds in this turn shares the first batch.
    while (this.#waiting.length > 0) await this.#write(this.#takeBatch());
    this.#writing = undefined;
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#waiting) {
      bytes += record.length;
      if (count > 0 && bytes > BATCH_BYTES) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const bytes = Buffer.concat(batch.map(({ record }) => record));
    try {
      // A second try finds a new file: the first one may have been taken over, or its place on the disk be bad.
      const place = await this.#append(bytes, batch.length).catch(() =>
        this.#append(bytes, batch.length),
      );
      let { offset } = place;
      for (const { record, resolve } of batch) {
        resolve({ ...place, offset, bytes: record.length });
        offset += record.length;
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async #append(bytes: Buffer, records: number): Promise<Pick<Place, 'segment' | 'offset'>> {
    const segment = await this.#openSegment();
    segment.wanted += records; // Before the write: a release must not remove the file meanwhile.
    try {
      return { segment, offset: await segment.append(bytes) };
    } catch (error) {
      this.#segment = undefined;
      segment.wanted -= records;
      if (segment.wanted === 0) await segment.remove();
      throw error;
    }
  }

  async #openSegment(): Promise<Segment> {
    if (this.#segment && this.#segment.bytes < SEGMENT_BYTES) return this.#segment;
    this.#segments += 1;
    const name = `${this.#stream}.${this.#segments}.spool`;
    this.#segment = await Segment.create(join(this.#folder, name));
    return this.#segment;
  }
}
