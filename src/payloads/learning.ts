/**
 * Learns a dictionary from the payloads that pass by: takes samples, works them through a little at a time, and
 * keeps the outcome only when it helps payloads that it was not learned from.
 *
 * Never on a job's path: a payload costs one look at a counter, every third a copy. Equal payloads count once, since
 * what belongs to one job must not look as if many had it.
 */
import { createHash } from 'node:crypto';
import { systemClock } from '../base/clock.ts';
import { sleep } from '../base/wait.ts';
import { deflateSmall } from './compress.ts';
import { train } from './dictionary.ts';

/** Samples to learn from, and others to try the outcome on. */
const LEARNED_FROM = 96;
const TRIED_ON = 16;
/** Of the payloads that pass by, one of so many is a sample: neighbours are often alike. */
const ONE_OF = 3;
/** When there are not enough different ones among so many, there is little to learn. */
const MOST_SEEN = 6_000;
const MOST_SAMPLE_BYTES = 8 * 1024;
/** It costs each payload some time; what is worth it is in by then. */
const MOST_DICTIONARY_BYTES = 6 * 1024;
/** What it must make of the payloads, at most, of what they take without it. */
const WORTH_RATIO = 0.9;
/** Work, then pause: a third of one core, for a few seconds an hour at most. */
const WORK_MS = 2;
const PAUSE_MS = 4;

/** Gathers different payloads until there are enough. */
export class Samples {
  readonly #samples = new Map<string, Buffer>();
  #seen = 0;

  get areEnough(): boolean {
    return this.#samples.size >= LEARNED_FROM + TRIED_ON;
  }

  /** Payloads repeat themselves: it is not worth looking on. */
  get areTooAlike(): boolean {
    return this.#seen >= MOST_SEEN && !this.areEnough;
  }

  offer(payload: Buffer): void {
    if (this.#seen++ % ONE_OF !== 0 || this.areEnough) return;
    // A copy: a slice would keep the memory of what it was cut from.
    const sample = Buffer.from(payload.subarray(0, MOST_SAMPLE_BYTES));
    this.#samples.set(createHash('sha256').update(sample).digest('base64'), sample);
  }

  get all(): Buffer[] {
    return [...this.#samples.values()];
  }
}

/**
 * The dictionary that the samples make; undefined when it would not be worth it, or `signal` was aborted.
 *
 * @param present the one in use, which it must beat
 */
export async function learn(
  samples: readonly Buffer[],
  present: Buffer | undefined,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  // Every seventh, so that both parts are of the same time.
  const isTrial = (_: Buffer, index: number): boolean => index % 7 === 6;
  const learning = train({
    samples: samples.filter((each, index) => !isTrial(each, index)),
    mostBytes: MOST_DICTIONARY_BYTES,
    deflatedBytes: (bytes, dictionary) => deflatedBytes(bytes, dictionary),
  });
  const dictionary = await inSteps(learning, signal);
  if (!dictionary || dictionary.length === 0) return undefined;
  const trials = samples.filter(isTrial);
  const total = (with_: Buffer | undefined): number =>
    trials.reduce((sum, each) => sum + deflatedBytes(each, with_), 0);
  return total(dictionary) <= total(present) * WORTH_RATIO ? dictionary : undefined;
}

function deflatedBytes(bytes: Buffer, dictionary: Buffer | undefined): number {
  return deflateSmall(bytes, dictionary?.length ? dictionary : undefined).length;
}

/** Works for a moment and pauses, until it is done. */
async function inSteps<T>(work: Generator<void, T>, signal: AbortSignal): Promise<T | undefined> {
  for (;;) {
    const until = systemClock.monotonic() + WORK_MS;
    do {
      const step = work.next();
      if (step.done) return step.value;
    } while (systemClock.monotonic() < until);
    if ((await sleep(PAUSE_MS, { signal, background: true })) === 'aborted') return undefined;
  }
}
