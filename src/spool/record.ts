/**
 * How an accepted add lies in a file: magic, length, checksum, text.
 *
 * Does no I/O. A reader finds every whole record, also behind damaged bytes, and says how many bytes it could not
 * make sense of. A record that was being written when the power went is such bytes: nobody was told that it
 * had been accepted.
 */
import { crc32 } from 'node:zlib';

const MAGIC = Buffer.from('DRV1');
const HEADER_BYTES = 12;

/** A record's place in its file, header included, and its text. */
export interface FoundRecord {
  readonly offset: number;
  readonly bytes: number;
  readonly text: string;
}

/** The bytes of one record. */
export function encodeRecord(text: string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(body.length, 4);
  header.writeUInt32LE(crc32(body), 8);
  return Buffer.concat([header, body]);
}

/** The record that begins at `offset`, if a whole and undamaged one does. */
export function decodeRecord(file: Buffer, offset: number): FoundRecord | undefined {
  const start = offset + HEADER_BYTES;
  if (start > file.length || MAGIC.compare(file, offset, offset + MAGIC.length) !== 0)
    return undefined;
  const end = start + file.readUInt32LE(offset + 4);
  if (end > file.length) return undefined;
  const body = file.subarray(start, end);
  if (crc32(body) !== file.readUInt32LE(offset + 8)) return undefined;
  return { offset, bytes: end - offset, text: body.toString() };
}

/** All records of a file, and how many of its bytes belong to none. */
export function findRecords(file: Buffer): { records: FoundRecord[]; strayBytes: number } {
  const records: FoundRecord[] = [];
  let strayBytes = 0;
  let offset = 0;
  while (offset < file.length) {
    const record = decodeRecord(file, offset);
    if (record) {
      records.push(record);
      offset += record.bytes;
    } else {
      const next = file.indexOf(MAGIC, offset + 1);
      const resumeAt = next === -1 ? file.length : next;
      strayBytes += resumeAt - offset;
      offset = resumeAt;
    }
  }
  return { records, strayBytes };
}
