/**
 * Records as they lie in Redis: encoded and deflated, behind a byte that tells the version.
 *
 * An hour has a budget of bytes: while it takes more, the sketches that take most are collapsed, so their error
 * grows from 1 to 2 to 4 %, and every reader can see it. Minutes are never collapsed.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { decodeRecord, encodeRecord, RECORD_VERSION } from './figures-codec.ts';
import { Sketch } from './sketch.ts';
import type { WindowRecord } from './window-record.ts';

/** Chosen so that 24 h of minutes and 90 days of hours stay below 1 MB: see docs/guides/metrics.md. */
const HOUR_BYTES = 264;
/** More for each further job name. */
const HOUR_BYTES_PER_NAME = 40;
/** A damaged record must not fill the memory. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The record for Redis. */
export function packRecord(record: WindowRecord): Buffer {
  const deflated = deflateRawSync(encodeRecord(record), {
    level: 9,
    strategy: constants.Z_FILTERED,
  });
  return Buffer.concat([Buffer.of(RECORD_VERSION), deflated]);
}

/** The record of an hour, collapsed as far as its budget wants it. Changes `record`. */
export function packHour(record: WindowRecord): Buffer {
  const budget = HOUR_BYTES + HOUR_BYTES_PER_NAME * Math.max(0, record.names.size - 1);
  for (;;) {
    const packed = packRecord(record);
    if (packed.length <= budget) return packed;
    const wide = widestOf(record);
    if (wide.length === 0) return packed;
    for (const sketch of wide) sketch.collapse();
  }
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

/** Those with most buckets that may still be collapsed. Several at a time: each try packs the whole record. */
function widestOf({ names, derived }: WindowRecord): Sketch[] {
  const sized = [...names.values(), ...(derived ? [derived] : [])]
    .flatMap(({ wait, run }) => [wait, run])
    .filter(({ level }) => level < Sketch.MOST_LEVELS)
    .map((sketch) => ({ sketch, buckets: sketch.parts.buckets.length }));
  const most = Math.max(1, ...sized.map(({ buckets }) => buckets));
  return sized
    .filter(({ buckets }) => buckets > 1 && buckets > most * 0.75)
    .map((each) => each.sketch);
}
