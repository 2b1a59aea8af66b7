/**
 * What a queue takes of Redis's memory, as readers get it. Pure.
 *
 * Every part says where it comes from; what is not known is null, never 0.
 */
import { addUp, type Estimate } from './estimate.ts';

/** What takes memory: jobs by state with their lists, and all else that belongs to a queue. */
export type MemoryKind =
  | 'waiting'
  | 'active'
  | 'delayed'
  | 'prioritized'
  | 'waiting-children'
  | 'completed'
  | 'failed'
  | 'events'
  | 'metrics'
  | 'dead-letters'
  | 'groups'
  | 'bodies'
  | 'dictionaries'
  | 'schedulers'
  | 'other';

/**
 * `measured`: Redis has told what samples take · `derived`: from their lengths, since Redis does not let this user ask ·
 * `absent`: nothing is known.
 */
export type MemorySource = 'measured' | 'derived' | 'absent';

/** One kind. */
export interface MemoryPart {
  readonly kind: MemoryKind;
  readonly bytes: number | null;
  /** Two of three estimates are off by less; null when that is not known. */
  readonly standardErrorBytes: number | null;
  /** How many there are, and of how many the size was asked. */
  readonly count: number;
  readonly sampled: number;
  readonly source: MemorySource;
}

/** The data or the results of all jobs of a queue, estimated from the same samples. */
export interface PayloadPart {
  readonly kind: 'data' | 'result';
  /** As JSON. */
  readonly plainBytes: number;
  /** As they stand in the jobs: JSON, envelopes, pointers. */
  readonly storedBytes: number;
  /** Part of both: of payloads that were too large to look at, so what is saved there is not known. */
  readonly unreadBytes: number;
  /** Of their bodies, in whichever store. Shared ones are counted for each job. */
  readonly bodyBytes: number;
  /** What compression would save of those that are stored plain; null when that cannot be told. */
  readonly compressionWouldSaveBytes: number | null;
  readonly sampled: number;
}

/** A queue's memory. */
export interface MemoryView {
  /** Name of the queue inside Drover's keys. */
  readonly queue: string;
  /** When it was looked at, epoch ms, and how long ago. */
  readonly at: number;
  readonly ageMs: number;
  /** Of all kinds that are known: at least so much when `isComplete` is false. */
  readonly bytes: number;
  readonly standardErrorBytes: number | null;
  readonly isComplete: boolean;
  readonly source: Exclude<MemorySource, 'absent'>;
  readonly kinds: readonly MemoryPart[];
  readonly payloads: readonly PayloadPart[];
  /** What retention has removed of the queue so far, estimated; null where no leader has swept it. */
  readonly freedBytes: number | null;
}

/** What was found of a queue. */
export type MemorySample = Pick<MemoryView, 'kinds' | 'payloads' | 'freedBytes'>;

/** One kind, from what was asked of it. */
export function toPart(
  kind: MemoryKind,
  count: number,
  estimate: Estimate | undefined,
  source: Exclude<MemorySource, 'absent'>,
): MemoryPart {
  if (!estimate)
    return { kind, bytes: null, standardErrorBytes: null, count, sampled: 0, source: 'absent' };
  const { bytes, standardErrorBytes, sampled } = estimate;
  return { kind, bytes, standardErrorBytes, count, sampled, source };
}

/** @param at epoch ms of the look */
export function toMemoryView(
  queue: string,
  { kinds, ...rest }: MemorySample,
  at: number,
  now: number,
): MemoryView {
  const known = kinds.filter(({ bytes }) => bytes !== null);
  const total = addUp(
    known.map(({ bytes, standardErrorBytes, sampled, count }) => ({
      ...{ bytes: bytes!, standardErrorBytes, sampled, of: count },
    })),
  );
  return {
    ...{ queue, at, ageMs: Math.max(0, now - at), bytes: total.bytes },
    standardErrorBytes: total.standardErrorBytes,
    isComplete: known.length === kinds.length,
    source: known.some(({ source }) => source === 'derived') ? 'derived' : 'measured',
    ...{ kinds, ...rest },
  };
}
