/**
 * Tells by a key which queue it belongs to. Pure.
 */

/** Label of the queue that a key belongs to; the longest that fits, since a prefix may hold the name of another. */
export function labelOfKey(
  key: string,
  queueKeys: ReadonlyMap<string, string>,
): string | undefined {
  let best: string | undefined;
  let length = 0;
  for (const [label, start] of queueKeys)
    if (key.startsWith(start) && start.length > length) [best, length] = [label, start.length];
  return best;
}
