/**
 * When a fake service fails: told by a seed, so that a run can be repeated. Pure.
 *
 * Whether the nth request of a key fails depends on seed, key and n alone, not on which requests come between.
 * After `MOST_IN_A_ROW` faults a key has peace.
 */
import { createHash } from 'node:crypto';

/**
 * - `error`: answers 500 and has done nothing
 * - `lost`: does its work and cuts the connection instead of answering
 * - `silence`: does its work and never answers
 * - `limit`: answers 429 and takes nothing from anybody for a while
 */
export type Fault = 'error' | 'lost' | 'silence' | 'limit';

/** How often each fault comes, 0 to 1; the rest goes well. */
export type FaultRates = Readonly<Partial<Record<Fault, number>>>;

const MOST_IN_A_ROW = 4;

export function faultOf(seed: number, rates: FaultRates, key: string, nth: number): Fault | null {
  if (nth > MOST_IN_A_ROW) return null;
  const digest = createHash('sha256').update(`${seed} ${key} ${nth}`).digest();
  let left = digest.readUInt32BE() / 2 ** 32;
  for (const [fault, rate] of Object.entries(rates) as [Fault, number][]) {
    left -= rate;
    if (left < 0) return fault;
  }
  return null;
}
