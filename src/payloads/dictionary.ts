/**
 * Works out what payloads have in common: the dictionary that similar ones are deflated with. Pure.
 *
 * One payload of some kilobytes has little in it that repeats, and a thousand of a queue repeat the same names and
 * values. A fragment is taken when it stands in at least three and at least a tenth of the samples, counted exactly,
 * so nothing that belongs to one job enters a dictionary. Of those, the one that saves most for its length is taken
 * first, then what saves most beside it, and so on. It works in small steps: whoever runs it may pause at each,
 * since a job may be waiting.
 */
import { indexGrams, type SampleIndex } from './sample-index.ts';

/** Samples that a fragment must stand in. */
const LEAST_SAMPLES = 3;
const LEAST_SHARE = 0.1;
/** A deflated match is no longer. */
const LONGEST = 258;
const SHORTEST = 6;
/** What is deflated to a single match takes so many bytes: a dictionary cannot do better. */
const ONE_MATCH_BYTES = 5;
/** Samples that fragments are looked for in: what stands in a tenth of all is almost surely in one of them. */
const MOST_SOURCES = 32;
/** Fragments that are compared, at most: it bounds the time. */
const MOST_CANDIDATES = 2_000;
/** From where to where in a sample a fragment may reach is seen by how many samples stop, or start, to agree. */
const DROP = 0.8;
const RISE = 1.25;

/** How many bytes become of `bytes` when they are deflated with a dictionary. */
export type DeflatedBytes = (bytes: Buffer, dictionary: Buffer) => number;

/** What to learn from. */
export interface Training {
  /** Different payloads. */
  readonly samples: readonly Buffer[];
  readonly mostBytes: number;
  readonly deflatedBytes: DeflatedBytes;
}

interface Candidate {
  readonly bytes: Buffer;
  /** Samples that it stands in. */
  readonly samples: number;
  /** Bytes saved over all samples for each of its own, when that was last looked at. */
  worth: number;
}

/** In how many of so many samples a fragment must stand. */
export function leastSamples(samples: number): number {
  return Math.max(LEAST_SAMPLES, Math.ceil(samples * LEAST_SHARE));
}

/** The dictionary: fragments one behind the other, the most valuable last, where they are nearest. */
export function* train(training: Training): Generator<void, Buffer> {
  const fragments = yield* findFragments(training);
  return Buffer.concat(fragments.toReversed());
}

/** What stands in enough of the samples and is worth its place, the most valuable first. */
export function* findFragments(training: Training): Generator<void, Buffer[]> {
  const { samples, mostBytes, deflatedBytes } = training;
  const open = yield* findCandidates(samples);
  const fragments: Buffer[] = [];
  let dictionary: Buffer = Buffer.alloc(0);
  const worthOf = ({ bytes, samples: holders }: Candidate): number => {
    const saved = deflatedBytes(bytes, dictionary) - ONE_MATCH_BYTES;
    return saved > 0 ? (saved * holders) / bytes.length : 0;
  };
  // What was taken meanwhile can only lower a worth: the best is the one that still is when looked at again.
  while (open.length > 0) {
    const best = open.pop()!;
    best.worth = worthOf(best);
    yield;
    if (best.worth === 0 || dictionary.length + best.bytes.length > mostBytes) continue;
    if (best.worth < (open.at(-1)?.worth ?? 0)) {
      open.splice(placeOf(best.worth, open), 0, best);
      continue;
    }
    fragments.push(best.bytes);
    dictionary = Buffer.concat([best.bytes, dictionary]);
  }
  return fragments;
}

/** Ascending by what they would be worth at best. */
function* findCandidates(samples: readonly Buffer[]): Generator<void, Candidate[]> {
  const least = leastSamples(samples.length);
  const index = yield* indexGrams(samples, SHORTEST, least);
  const found = new Map<string, Candidate>();
  const add = (start: number, length: number, holders: number): void => {
    if (length < SHORTEST) return;
    const bytes = index.bytes.subarray(start, start + length);
    found.set(bytes.toString('latin1'), { bytes, samples: holders, worth: holders });
  };
  for (let source = 0; source < Math.min(samples.length, MOST_SOURCES); source++) {
    const [from, to] = [index.starts[source]!, index.starts[source + 1]! - SHORTEST];
    let next = from;
    for (let at = from; at <= to; at++) {
      const count = index.count(at);
      const isStart = at >= next || count >= RISE * index.count(Math.max(at - 1, from));
      if (count < least || !isStart) continue;
      next = Math.max(next, at + extend(index, at, least, add));
      yield;
    }
  }
  return [...found.values()]
    .sort((one, other) => other.samples * other.bytes.length - one.samples * one.bytes.length)
    .slice(0, MOST_CANDIDATES)
    .sort((one, other) => one.worth - other.worth);
}

/** Tells the longest fragment that begins at `start`, and those at which many samples part. Returns its length. */
function extend(
  index: SampleIndex,
  start: number,
  least: number,
  add: (start: number, length: number, holders: number) => void,
): number {
  let places = index.places(start);
  let holders = index.distinct(places);
  let length = 0;
  for (; length < LONGEST; length++) {
    const going = index.goingOn(places, start, length);
    const left = index.distinct(going);
    if (left < least || left < holders * DROP) add(start, length, holders);
    if (left < least) return length;
    [places, holders] = [going, left];
  }
  add(start, length, holders);
  return length;
}

/** Where `worth` belongs in an ascending list. */
function placeOf(worth: number, open: readonly Candidate[]): number {
  let [low, high] = [0, open.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (open[middle]!.worth < worth) low = middle + 1;
    else high = middle;
  }
  return low;
}
