/**
 * Tells a queue of BullMQ's from what only looks like one: any key that ends in `:meta` may be somebody else's. Pure.
 */

/** What of the hash tells it. */
export const TELLING_FIELDS = [
  'version',
  'opts.maxLenEvents',
  'paused',
  'concurrency',
  'max',
] as const;

/** Beside the hash of a queue there is one of these, once it has been used. */
export const SIBLINGS = ['id', 'events', 'completed', 'failed'] as const;

/** As BullMQ writes its version: the library that wrote it, and which. */
const LIBRARY = /^[\w@/.-]+:\d+\.\d+\.\d+/;
const KEY_END = ':meta';
/** Labels that no face can take: they would break logs and terminals. */
const CONTROL = /\p{Cc}/u;

/** The prefix and the name of the queue whose hash this key may be; undefined when it can be none. */
export function queueOfMetaKey(
  key: string,
): { readonly prefix: string; readonly name: string } | undefined {
  if (!key.endsWith(KEY_END) || CONTROL.test(key)) return undefined;
  const base = key.slice(0, -KEY_END.length);
  const colon = base.lastIndexOf(':');
  if (colon < 0 || colon === base.length - 1) return undefined;
  return { prefix: base.slice(0, colon), name: base.slice(colon + 1) };
}

/**
 * Whether it is one.
 *
 * @param fields values of `TELLING_FIELDS`, null where there is none
 * @param hasSiblings whether one of `SIBLINGS` is there
 */
export function isQueue(fields: readonly (string | null)[], hasSiblings: boolean): boolean {
  const [version, maxLenEvents, ...settings] = fields;
  if (version && LIBRARY.test(version)) return true;
  if (maxLenEvents && /^\d+$/.test(maxLenEvents)) return true;
  // A queue that was only ever paused or limited by a client that leaves the hash alone.
  return hasSiblings && settings.some((setting) => setting !== null);
}
