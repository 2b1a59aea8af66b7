/**
 * Works out what payloads have in common: the dictionary that similar ones are deflated with. Pure.
 *
 * One payload of some kilobytes has little in it that repeats, and a thousand of a queue repeat the same names and
 * values. A fragment is taken when it stands in at least three and at least a tenth of the samples, counted exactly,
 * so nothing that belongs to one job enters a dictionary. It works in small steps: whoever runs it may pause at
 * each, since a job may be waiting.
 */

/** Shorter fragments gain next to nothing. */
const GRAM = 6;
const SLOT_BITS = 18;
const SLOTS = 2 ** SLOT_BITS;
/** Samples that a fragment must stand in. */
const LEAST_SAMPLES = 3;
const LEAST_SHARE = 0.1;
/** A deflated match is no longer. */
const LONGEST = 258;
/** What naming a match costs: that much of a fragment is no gain. */
const MATCH_BYTES = 3;
/** Fragments that are looked at, at most: it bounds the time. */
const MOST_CANDIDATES = 4_000;
/** Work between two pauses, in fragments. */
const STEP = 8;

/** In how many of so many samples a fragment must stand. */
export function leastSamples(samples: number): number {
  return Math.max(LEAST_SAMPLES, Math.ceil(samples * LEAST_SHARE));
}

/**
 * The dictionary: fragments one behind the other, the most valuable last, where they are nearest.
 *
 * @param samples different payloads
 */
export function* train(samples: readonly Buffer[], mostBytes: number): Generator<void, Buffer> {
  const fragments = yield* findFragments(samples, mostBytes);
  return Buffer.concat(fragments.toReversed());
}

/** What stands in enough of the samples, the most valuable first. */
export function* findFragments(
  samples: readonly Buffer[],
  mostBytes: number,
): Generator<void, Buffer[]> {
  const least = leastSamples(samples.length);
  const counts = yield* countGrams(samples);
  const candidates = yield* findRuns(samples, counts, least);
  const fragments: Buffer[] = [];
  const isTaken = new Uint8Array(SLOTS);
  let bytes = 0;
  for (const [index, candidate] of candidates.entries()) {
    if (index % STEP === 0) yield;
    for (const part of newParts(candidate, isTaken))
      for (const fragment of frequentParts(part, samples, least)) {
        if (bytes + fragment.length > mostBytes) continue;
        fragments.push(fragment);
        bytes += fragment.length;
        eachGram(fragment, (slot) => {
          isTaken[slot] = 1;
        });
      }
  }
  return fragments;
}

/** In how many samples each sequence of GRAM bytes stands. Two may share a slot: it only ever counts too many. */
function* countGrams(samples: readonly Buffer[]): Generator<void, Uint16Array> {
  const counts = new Uint16Array(SLOTS);
  const lastSeen = new Uint16Array(SLOTS);
  for (const [index, sample] of samples.entries()) {
    yield;
    eachGram(sample, (slot) => {
      if (lastSeen[slot] === index + 1) return;
      lastSeen[slot] = index + 1;
      counts[slot]! += 1;
    });
  }
  return counts;
}

/** The longest pieces of samples whose every gram is frequent, those that save most first. */
function* findRuns(
  samples: readonly Buffer[],
  counts: Uint16Array,
  least: number,
): Generator<void, Buffer[]> {
  const runs = new Map<string, number>();
  for (const sample of samples) {
    yield;
    let start = -1;
    eachGram(sample, (slot, at) => {
      const isFrequent = counts[slot]! >= least;
      if (isFrequent && start < 0) start = at;
      const isFull = start >= 0 && at - start >= LONGEST - GRAM;
      const isLast = at === sample.length - GRAM;
      if (start < 0 || (isFrequent && !isFull && !isLast)) return;
      const end = isFrequent ? at + GRAM : at + GRAM - 1;
      const run = sample.toString('latin1', start, end);
      runs.set(run, (runs.get(run) ?? 0) + 1);
      start = -1;
    });
  }
  yield;
  const gain = ([run, times]: readonly [string, number]): number =>
    times * (run.length - MATCH_BYTES);
  return [...runs]
    .sort((one, other) => gain(other) - gain(one) || (one[0] < other[0] ? -1 : 1))
    .slice(0, MOST_CANDIDATES)
    .map(([run]) => Buffer.from(run, 'latin1'));
}

/** The parts of a candidate that fragments before it do not hold already. */
function newParts(candidate: Buffer, isTaken: Uint8Array): Buffer[] {
  const parts: Buffer[] = [];
  let start = -1;
  eachGram(candidate, (slot, at) => {
    const isNew = isTaken[slot] === 0;
    if (isNew && start < 0) start = at;
    const isLast = at === candidate.length - GRAM;
    if (start < 0 || (isNew && !isLast)) return;
    parts.push(candidate.subarray(start, isNew ? at + GRAM : at + GRAM - 1));
    start = -1;
  });
  return parts;
}

/** What of a part really stands in enough samples: all of it, or what is left when it is halved again and again. */
function frequentParts(part: Buffer, samples: readonly Buffer[], least: number): Buffer[] {
  if (part.length < GRAM) return [];
  if (isFrequent(part, samples, least)) return [part];
  const middle = part.length >> 1;
  return [part.subarray(0, middle), part.subarray(middle)].flatMap((half) =>
    frequentParts(half, samples, least),
  );
}

function isFrequent(part: Buffer, samples: readonly Buffer[], least: number): boolean {
  let missing = least;
  for (const [index, sample] of samples.entries()) {
    if (sample.includes(part)) missing -= 1;
    if (missing === 0) return true;
    if (missing > samples.length - index) return false;
  }
  return false;
}

function eachGram(bytes: Buffer, visit: (slot: number, at: number) => void): void {
  for (let at = 0; at + GRAM <= bytes.length; at++) {
    const low = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    const high = bytes[at + 3]! | (bytes[at + 4]! << 8) | (bytes[at + 5]! << 16);
    const mixed = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77);
    visit((mixed ^ (mixed >>> 15)) >>> (32 - SLOT_BITS), at);
  }
}
