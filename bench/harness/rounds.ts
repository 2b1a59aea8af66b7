/**
 * Interleaved rounds: A B, B A, A B ... so that what drifts on the machine hits both sides alike.
 */

/** What was measured, round by round. */
export interface Rounds<T> {
  readonly ours: T[];
  readonly peer: T[];
}

/** Runs both sides once per round, one after the other, each round in the other order. */
export function interleave<T>(
  rounds: number,
  measure: (side: 'ours' | 'peer') => Promise<T>,
): Promise<Rounds<T>> {
  return interleaveAll(rounds, ['ours', 'peer'], measure);
}

/** The same for any number of sides. */
export async function interleaveAll<S extends string, T>(
  rounds: number,
  sides: readonly S[],
  measure: (side: S) => Promise<T>,
): Promise<Record<S, T[]>> {
  const results = Object.fromEntries(sides.map((side) => [side, []])) as unknown as Record<S, T[]>;
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? sides : [...sides].reverse();
    for (const side of order) results[side].push(await measure(side));
  }
  return results;
}

/** Runs one side once per round. */
export async function repeat<T>(rounds: number, measure: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < rounds; round++) results.push(await measure());
  return results;
}

/** One figure of each round. */
export function pick<T>({ ours, peer }: Rounds<T>, figure: (result: T) => number): Rounds<number> {
  return { ours: ours.map(figure), peer: peer.map(figure) };
}
