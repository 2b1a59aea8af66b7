/**
 * Durations from a seed, of the shapes that jobs have. For tests and benchmarks; nothing in the library uses it.
 */

/** One duration in ms. */
export type Draw = () => number;

/** Numbers from 0 to 1, the same for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The shapes by name. */
export function draws(random: () => number): Record<string, Draw> {
  const share = (): number => 1 - random(); // above 0, for logarithms
  const normal = (): number => Math.sqrt(-2 * Math.log(share())) * Math.cos(2 * Math.PI * random());
  return {
    pareto: () => 5 / share() ** (1 / 1.1),
    lognormal: () => Math.exp(5 + 1.2 * normal()),
    'very lognormal': () => Math.exp(3 + 2.5 * normal()),
    exponential: () => -200 * Math.log(share()),
    constant: () => 250,
    bimodal: () => (random() < 0.9 ? 3 + random() : 60_000 + 1_000 * random()),
    'whole milliseconds': () => Math.floor(-20 * Math.log(share())),
    uniform: () => random() * 1_000,
  };
}
