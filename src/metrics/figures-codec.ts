/**
 * Records as bytes and back: small whole numbers in as few bytes as they need, buckets as gaps and counts. Pure.
 *
 * The first byte is the version of the format. A record of another version, and one that is damaged, is not
 * read: the caller skips and counts it.
 */
import { Sketch, type SketchParts } from './sketch.ts';
import { TALLIED, type Tally, WindowRecord } from './window-record.ts';

/** Of the format below. */
export const RECORD_VERSION = 1;
/** Durations are stored in µs. */
const PER_MS = 1_000;
/** Keeps the index of a first bucket above 0. */
const INDEX_OFFSET = 1_024;
const HAS_DERIVED = 1;
const COMPLETED_UNKNOWN = 2;
const DEAD_UNKNOWN = 4;

/** The record as bytes, without the version. */
export function encodeRecord(record: WindowRecord): Uint8Array {
  const out = new Writer();
  for (const value of totalsOf(record)) out.number(value);
  out.number(record.names.size);
  for (const [name, tally] of record.names) {
    out.text(name);
    writeTally(out, tally);
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
    writeSketch(out, derived.wait);
    writeSketch(out, derived.run);
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

function writeTally(out: Writer, tally: Tally): void {
  for (const name of TALLIED) out.number(tally[name]);
  writeSketch(out, tally.wait);
  writeSketch(out, tally.run);
}

function readTally(from: Reader, tally: Tally): Tally {
  for (const name of TALLIED) tally[name] = from.number();
  tally.wait.merge(readSketch(from));
  tally.run.merge(readSketch(from));
  return tally;
}

/** Gaps and counts apart: each compresses better among its like. */
function writeSketch(out: Writer, sketch: Sketch): void {
  const { level, zeros, sum, max, buckets } = sketch.parts;
  out.number(buckets.length);
  out.number(zeros);
  if (zeros === 0 && buckets.length === 0) return;
  out.number(level);
  out.number(sum * PER_MS);
  out.number(max * PER_MS);
  let last = -INDEX_OFFSET;
  for (const [index] of buckets) {
    out.number(index - last);
    last = index;
  }
  for (const [, count] of buckets) out.number(count);
}

function readSketch(from: Reader): Sketch {
  const length = from.number();
  const zeros = from.number();
  if (zeros === 0 && length === 0) return new Sketch();
  if (length > 4 * INDEX_OFFSET) throw new RangeError(`a sketch of ${length} buckets`);
  const level = from.number();
  const sum = from.number() / PER_MS;
  const max = from.number() / PER_MS;
  let last = -INDEX_OFFSET;
  const indexes = Array.from({ length }, () => {
    last += from.number();
    return last;
  });
  if (level > Sketch.MOST_LEVELS || last > 4 * INDEX_OFFSET)
    throw new RangeError(`a sketch of level ${level} with bucket ${last}`);
  const buckets = indexes.map((index) => [index, from.number()] as const);
  return Sketch.of({ level, zeros, sum, max, buckets } satisfies SketchParts);
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
