/**
 * From the sizes of some to the size of all, and how far off that may be. Pure.
 */

/** An estimated total. */
export interface Estimate {
  readonly bytes: number;
  /** Two of three estimates are off by less; null when one sample cannot tell. */
  readonly standardErrorBytes: number | null;
  readonly sampled: number;
  readonly of: number;
}

/**
 * @param sizes of a random sample
 * @param of how many there are; fewer than were sampled means that some went meanwhile
 * @returns undefined without a sample of what there is
 */
export function estimateTotal(sizes: readonly number[], of: number): Estimate | undefined {
  const sampled = sizes.length;
  if (of <= 0) return { bytes: 0, standardErrorBytes: 0, sampled: 0, of: 0 };
  if (sampled === 0) return undefined;
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sampled;
  return {
    bytes: Math.round(mean * of),
    standardErrorBytes: standardError(sizes, mean, of),
    sampled,
    of,
  };
}

/** Of a sum of parts: their errors are independent. */
export function addUp(parts: readonly Estimate[]): Estimate {
  const sum = (of: (part: Estimate) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  const isKnown = parts.every(({ standardErrorBytes }) => standardErrorBytes !== null);
  return {
    bytes: sum(({ bytes }) => bytes),
    standardErrorBytes: isKnown
      ? Math.round(Math.sqrt(sum(({ standardErrorBytes }) => standardErrorBytes! ** 2)))
      : null,
    sampled: sum(({ sampled }) => sampled),
    of: sum(({ of }) => of),
  };
}

/** Positions of a sample from 0 to below `of`, spread over all of it: one by chance in each of so many equal parts. */
export function spread(of: number, most: number, random: () => number): number[] {
  const parts = Math.min(of, most);
  return Array.from({ length: parts }, (_, i) => {
    const from = Math.floor((i * of) / parts);
    const to = Math.floor(((i + 1) * of) / parts);
    return Math.min(to - 1, from + Math.floor(random() * (to - from)));
  });
}

/** Of a sample without repetition: nothing is unknown when all were looked at. */
function standardError(sizes: readonly number[], mean: number, of: number): number | null {
  const sampled = sizes.length;
  if (sampled >= of) return 0;
  if (sampled < 2) return null;
  const variance = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / (sampled - 1);
  return Math.round(of * Math.sqrt((variance / sampled) * (1 - sampled / of)));
}
