/**
 * Where sequences of bytes stand in samples: what a dictionary is looked for with. Pure.
 *
 * All samples lie one behind the other; for each sequence of `gram` bytes that stands in enough of them, the places
 * are kept. A longer sequence is followed from the places of its beginning, byte by byte, so what is counted is
 * exact: that two grams may share a slot only costs time.
 */

const SLOT_BITS = 18;
const SLOTS = 2 ** SLOT_BITS;

/** Samples that can be looked up. */
export class SampleIndex {
  /** All samples. */
  readonly bytes: Buffer;
  /** Where each begins, and where the last ends. */
  readonly starts: readonly number[];
  readonly #slots: Int32Array;
  readonly #counts: Uint16Array;
  readonly #sampleOf: Uint16Array;
  readonly #places: Uint32Array;
  /** Slot → where its places begin. */
  readonly #first: Uint32Array;

  constructor(parts: {
    bytes: Buffer;
    starts: readonly number[];
    slots: Int32Array;
    counts: Uint16Array;
    sampleOf: Uint16Array;
    places: Uint32Array;
    first: Uint32Array;
  }) {
    this.bytes = parts.bytes;
    this.starts = parts.starts;
    this.#slots = parts.slots;
    this.#counts = parts.counts;
    this.#sampleOf = parts.sampleOf;
    this.#places = parts.places;
    this.#first = parts.first;
  }

  /** In how many samples the gram at a place stands; 0 where none begins. It may be too many. */
  count(at: number): number {
    const slot = this.#slots[at]!;
    return slot < 0 ? 0 : this.#counts[slot]!;
  }

  /** Where the gram at a place stands, in order, and perhaps others. */
  places(at: number): Uint32Array {
    const slot = this.#slots[at]!;
    return slot < 0
      ? new Uint32Array(0)
      : this.#places.subarray(this.#first[slot]!, this.#first[slot + 1]!);
  }

  /** The places at which the byte `offset` further on is the one at `start`, within the same sample. */
  goingOn(places: Uint32Array, start: number, offset: number): Uint32Array {
    const { bytes } = this;
    const sampleOf = this.#sampleOf;
    const wanted = bytes[start + offset];
    if (sampleOf[start + offset] !== sampleOf[start]) return new Uint32Array(0);
    const going = new Uint32Array(places.length);
    let count = 0;
    for (const place of places)
      if (bytes[place + offset] === wanted && sampleOf[place + offset] === sampleOf[place])
        going[count++] = place;
    return count === places.length ? places : going.subarray(0, count);
  }

  /** In how many samples the places are. */
  distinct(places: Uint32Array): number {
    let count = 0;
    let last = -1;
    for (const place of places) {
      const sample = this.#sampleOf[place]!;
      if (sample !== last) count += 1;
      last = sample;
    }
    return count;
  }
}

/** Indexes the grams that stand in `least` samples or more. Pauses now and then. */
export function* indexGrams(
  samples: readonly Buffer[],
  gram: number,
  least: number,
): Generator<void, SampleIndex> {
  const bytes = Buffer.concat(samples);
  const slots = new Int32Array(bytes.length).fill(-1);
  const sampleOf = new Uint16Array(bytes.length);
  const counts = new Uint16Array(SLOTS);
  const lastSeen = new Uint16Array(SLOTS);
  const starts = [0];
  for (const [index, sample] of samples.entries()) {
    yield;
    const start = starts.at(-1)!;
    const end = start + sample.length;
    starts.push(end);
    sampleOf.fill(index, start, end);
    for (let at = start; at + gram <= end; at++) {
      const slot = slotOf(bytes, at, gram);
      slots[at] = slot;
      if (lastSeen[slot] === index + 1) continue;
      lastSeen[slot] = index + 1;
      counts[slot]! += 1;
    }
  }
  const first = placesBegin(slots, counts, least);
  const places = new Uint32Array(first[SLOTS]!);
  const next = first.slice();
  for (const [index] of samples.entries()) {
    yield;
    for (let at = starts[index]!; at < starts[index + 1]!; at++) {
      const slot = slots[at]!;
      if (slot >= 0 && counts[slot]! >= least) places[next[slot]!++] = at;
    }
  }
  return new SampleIndex({ bytes, starts, slots, counts, sampleOf, places, first });
}

/** Slot → where its places begin among those of all slots that are kept. */
function placesBegin(slots: Int32Array, counts: Uint16Array, least: number): Uint32Array {
  const first = new Uint32Array(SLOTS + 1);
  for (const slot of slots) if (slot >= 0 && counts[slot]! >= least) first[slot + 1]! += 1;
  for (let slot = 0; slot < SLOTS; slot++) first[slot + 1]! += first[slot]!;
  return first;
}

function slotOf(bytes: Buffer, at: number, gram: number): number {
  let hash = 0;
  for (let i = 0; i < gram; i++) hash = Math.imul(hash ^ bytes[at + i]!, 0x9e3779b1);
  return (hash ^ (hash >>> 15)) >>> (32 - SLOT_BITS);
}
