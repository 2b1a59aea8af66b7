/**
 * Records as bytes and back: small whole numbers in as few bytes as they need, buckets as gaps and counts. Pure.
 *
 * The first byte is the version of the format. A record of another version, and one that is damaged, is not
 * read: the caller skips and counts it.
 */
import { type Fineness, tableLength, toTable, ZERO } from './quantile-table.ts';
import { Sketch, type SketchParts } from './sketch.ts';
import { TALLIED, type Tally, WindowRecord } from './window-record.ts';

/** Of the format below. */
export const RECORD_VERSION = 1;
/** Durations are stored in µs. */
const PER_MS = 1_000;
/** Above every bucket. */
const MOST_BUCKETS = 4_096;
/** How a sketch is written. */
const EMPTY = 0;
const BUCKETS = 1;
const TABLES: readonly [code: number, fineness: Fineness][] = [
  [2, 'fine'],
  [3, 'coarse'],
];
const HAS_DERIVED = 1;
const COMPLETED_UNKNOWN = 2;
const DEAD_UNKNOWN = 4;

/**
 * The record as bytes, without the version.
 *
 * @param settle keeps the percentiles of each sketch only: for records to which nothing more is added
 */
export function encodeRecord(record: WindowRecord, settle?: Fineness): Uint8Array {
  const out = new Writer();
  for (const value of totalsOf(record)) out.number(value);
  out.number(record.names.size);
  for (const [name, tally] of record.names) {
    out.text(name);
    writeTally(out, tally, settle);
  }
  const { derived } = record;
  out.number(
    (derived ? HAS_DERIVED : 0) +
      (derived?.completed === null ? COMPLETED_UNKNOWN : 0) +
      (derived?.dead === null ? DEAD_UNKNOWN : 0),
  );
  if (derived) {
    out.number(derived.completed ?? 0);
    out.number(derived.dead ?? 0);
    writeSketch(out, derived.wait, settle);
    writeSketch(out, derived.run, settle);
  }
  return out.bytes;
}

/** The record that `bytes` hold; throws RangeError when they hold none. */
export function decodeRecord(bytes: Uint8Array): WindowRecord {
  const from = new Reader(bytes);
  const record = new WindowRecord();
  record.minutes = from.number();
  record.slotMs = from.number();
  record.busyMs = from.number();
  record.stalled = from.number();
  record.arrivals = from.number();
  record.arrivalMinutes = from.number();
  for (let names = from.number(); names > 0; names -= 1) {
    const name = from.text();
    record.names.set(name, readTally(from, record.tally(name)));
  }
  const flags = from.number();
  if (flags & HAS_DERIVED) {
    const [completed, dead] = [from.number(), from.number()];
    record.derived = {
      completed: flags & COMPLETED_UNKNOWN ? null : completed,
      dead: flags & DEAD_UNKNOWN ? null : dead,
      wait: readSketch(from),
      run: readSketch(from),
    };
  }
  return record;
}

function totalsOf(record: WindowRecord): readonly number[] {
  const { minutes, slotMs, busyMs, stalled, arrivals, arrivalMinutes } = record;
  return [minutes, slotMs, busyMs, stalled, arrivals, arrivalMinutes];
}

function writeTally(out: Writer, tally: Tally, settle: Fineness | undefined): void {
  for (const name of TALLIED) out.number(tally[name]);
  writeSketch(out, tally.wait, settle);
  writeSketch(out, tally.run, settle);
}

function readTally(from: Reader, tally: Tally): Tally {
  for (const name of TALLIED) tally[name] = from.number();
  tally.wait.merge(readSketch(from));
  tally.run.merge(readSketch(from));
  return tally;
}

/** A sketch with fewer buckets than percentiles is not worth settling. */
function writeSketch(out: Writer, sketch: Sketch, settle: Fineness | undefined): void {
  const { count, parts } = sketch;
  if (count === 0) out.number(EMPTY);
  else if (settle && parts.buckets.length > tableLength(settle) / 2)
    writeTable(out, parts, count, settle);
  else writeBuckets(out, parts);
}

/** Gaps and counts apart: each compresses better among its like. */
function writeBuckets(out: Writer, { sum, max, zeros, buckets }: SketchParts): void {
  for (const value of [BUCKETS, sum * PER_MS, max * PER_MS, zeros, buckets.length])
    out.number(value);
  let last = ZERO;
  for (const [index] of buckets) {
    out.number(index - last);
    last = index;
  }
  for (const [, count] of buckets) out.number(count);
}

function writeTable(out: Writer, parts: SketchParts, count: number, fineness: Fineness): void {
  const { sum, max, zeros, buckets } = parts;
  const [code] = TABLES.find(([, each]) => each === fineness)!;
  for (const value of [code, sum * PER_MS, max * PER_MS, count]) out.number(value);
  let last = ZERO;
  for (const index of toTable(zeros, buckets, fineness)) {
    out.number(index - last);
    last = index;
  }
}

function readSketch(from: Reader): Sketch {
  const code = from.number();
  if (code === EMPTY) return new Sketch();
  const sum = from.number() / PER_MS;
  const max = from.number() / PER_MS;
  const count = from.number();
  const fineness = TABLES.find(([each]) => each === code)?.[1];
  if (fineness) {
    const table = readIndexes(from, tableLength(fineness));
    return Sketch.settled({ fineness, count, sum, max, table });
  }
  if (code !== BUCKETS) throw new RangeError(`a sketch written as ${code}`);
  const indexes = readIndexes(from, from.number());
  const buckets = indexes.map((index) => [index, from.number()] as const);
  return Sketch.of({ zeros: count, sum, max, buckets });
}

function readIndexes(from: Reader, length: number): number[] {
  if (length > MOST_BUCKETS) throw new RangeError(`a sketch of ${length} buckets`);
  let last = ZERO;
  const indexes = Array.from({ length }, () => {
    last += from.number();
    return last;
  });
  if (last > MOST_BUCKETS) throw new RangeError(`bucket ${last}`);
  return indexes;
}

/** Whole numbers from 0 up to 2^53, seven bits a byte, the lowest first. */
class Writer {
  readonly #bytes: number[] = [];

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  number(value: number): void {
    let left = Math.min(Math.max(0, Math.round(value)), Number.MAX_SAFE_INTEGER);
    while (left >= 128) {
      this.#bytes.push((left % 128) + 128);
      left = Math.floor(left / 128);
    }
    this.#bytes.push(left);
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.number(bytes.length);
    this.#bytes.push(...bytes);
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= 128) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new RangeError('the record ends too early');
      this.#at += 1;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError('a number without an end');
  }

  text(): string {
    const length = this.number();
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new RangeError('the record ends too early');
    this.#at += length;
    return new TextDecoder().decode(bytes);
  }
}
