/**
 * Records as they lie in Redis: encoded and deflated, behind a byte that tells the version.
 *
 * A record to which nothing more is added is settled: of its sketches the percentiles are kept, which take fifty
 * bytes each instead of five hundred.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { decodeRecord, encodeRecord, RECORD_VERSION } from './figures-codec.ts';
import type { WindowRecord } from './window-record.ts';

/** With more job names than this, percentiles are listed in larger steps. */
const MOST_FINE_NAMES = 2;
/** A damaged record must not fill the memory. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The record for Redis. */
export function packRecord(record: WindowRecord): Buffer {
  return pack(encodeRecord(record));
}

/** The same, with the percentiles of its sketches only. */
export function packSettled(record: WindowRecord): Buffer {
  return pack(encodeRecord(record, record.names.size > MOST_FINE_NAMES ? 'coarse' : 'fine'));
}

/** The record in `packed`, or undefined when it is of another version or damaged. */
export function unpackRecord(packed: Uint8Array): WindowRecord | undefined {
  if (packed[0] !== RECORD_VERSION) return undefined;
  try {
    const { buffer, byteOffset, length } = packed;
    const deflated = new Uint8Array(buffer, byteOffset + 1, length - 1);
    return decodeRecord(inflateRawSync(deflated, { maxOutputLength: MOST_BYTES }));
  } catch {
    return undefined;
  }
}

function pack(bytes: Uint8Array): Buffer {
  const deflated = deflateRawSync(bytes, { level: 9, strategy: constants.Z_FILTERED });
  return Buffer.concat([Buffer.of(RECORD_VERSION), deflated]);
}
