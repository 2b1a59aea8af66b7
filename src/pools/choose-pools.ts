/**
 * Which pools of the index a leader scales, where there are more than it can.
 *
 * Pure. The index is in the order in which pools were heard of, and every process names its own each minute: by that
 * order alone the scaled pools would take turns. Those that are scaled stay, as long as some process still has them.
 */

/** Pools of a fleet that are scaled. */
export const MOST_POOLS = 1_000;
/** Processes name their pools once a minute: who was not named twice gives way. */
const NAMED_WITHIN_MS = 150_000;

/** A pool in the index. */
export interface IndexEntry {
  readonly queue: string;
  /** Server time, epoch ms. */
  readonly heardAt: number;
}

/** The pools to scale. `heard`: the newest of the index, one more than are scaled if there are so many. */
export function choosePools(
  scaled: readonly IndexEntry[],
  heard: readonly IndexEntry[],
  now: number,
): readonly IndexEntry[] {
  if (heard.length <= MOST_POOLS) return heard;
  const news = new Map(heard.map((entry) => [entry.queue, entry]));
  const stay = scaled
    .map((entry) => news.get(entry.queue) ?? entry)
    .filter(({ heardAt }) => heardAt >= now - NAMED_WITHIN_MS);
  const chosen = new Map([...stay, ...heard].map((entry) => [entry.queue, entry]));
  return [...chosen.values()].slice(0, MOST_POOLS);
}
