/**
 * Random numbers that are the same for the same seed on every machine, and the distributions that workloads need.
 *
 * Each workload draws from a stream of its own, named by seed and label, so that adding one changes no other.
 */

/** The next number of a stream, from 0 up to but not including 1. */
export type Random = () => number;

/** A stream of its own for each pair (sfc32, seeded by a hash of both). */
export function createRandom(seed: number, label: string): Random {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const char of `${label}#${seed}`) {
    hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  }
  let [a, b, c, counter] = [hash, 0x9e3779b9 ^ seed, 0x243f6a88, 1];
  const random = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first numbers still look like the seed.
  for (let i = 0; i < 20; i++) random();
  return random;
}

/** Exponential. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random());
}

/** Lognormal, by its mean and its squared coefficient of variation. */
export function lognormal(random: Random, mean: number, scv: number): number {
  const variance = Math.log(1 + scv);
  return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * normal(random));
}

/** Pareto with scale and shape, cut off at `most`. */
export function pareto(random: Random, scale: number, shape: number, most: number): number {
  return Math.min(most, scale * (1 - random()) ** (-1 / shape));
}

function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}
