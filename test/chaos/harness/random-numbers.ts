/**
 * Random numbers that a seed repeats: the 32-bit generator "mulberry32", good enough for lots.
 */

/** A source of numbers. */
export interface Random {
  /** From 0 to 1, without 1. */
  number(): number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  chance(share: number): boolean;
  /** One of them. */
  pick<T>(items: readonly T[]): T;
}

/** The same seed gives the same numbers on every machine. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const number = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number): number =>
    least + Math.floor(number() * (most - least + 1));
  return {
    number,
    between,
    chance: (share) => number() < share,
    pick: (items) => items[between(0, items.length - 1)]!,
  };
}
