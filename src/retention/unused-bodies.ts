/**
 * What nothing refers to, and since when, as it is remembered in Redis between rounds: `<store> <queue> <id>`, for a
 * dictionary with `:dictionary` in place of the store, a name that no store can have.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';

/** In place of a store's name. */
export const DICTIONARY_STORE = ':dictionary';

const PAGE = 1_000;

/** What a member names. */
export interface UnusedBody {
  readonly store: string;
  readonly queue: string;
  readonly id: string;
}

export function toMember({ store, queue, id }: UnusedBody): string {
  return `${store} ${queue} ${id}`;
}

export function fromMember(member: string): UnusedBody {
  const first = member.indexOf(' ');
  const last = member.lastIndexOf(' ');
  return {
    store: member.slice(0, first),
    queue: member.slice(first + 1, last),
    id: member.slice(last + 1),
  };
}

/** Those that `isWanted`, and since when. */
export async function readUnused(
  redis: Redis,
  keys: Keys,
  isWanted: (body: UnusedBody) => boolean,
): Promise<Map<string, number>> {
  const known = new Map<string, number>();
  let cursor = '0';
  do {
    const [next, page] = await redis.zscan(keys.bodiesUnused(), cursor, 'COUNT', PAGE);
    for (let i = 0; i < page.length; i += 2)
      if (isWanted(fromMember(page[i]!))) known.set(page[i]!, Number(page[i + 1]));
    cursor = next;
  } while (cursor !== '0');
  return known;
}

/** They are unused since now. */
export async function rememberUnused(
  redis: Redis,
  keys: Keys,
  members: readonly string[],
  now: number,
): Promise<void> {
  const since = String(Math.round(now));
  for (const some of pagesOf(members))
    await redis.zadd(keys.bodiesUnused(), ...some.flatMap((member) => [since, member]));
}

/** They are used again, or gone. */
export async function forgetUnused(
  redis: Redis,
  keys: Keys,
  members: readonly string[],
): Promise<void> {
  for (const some of pagesOf(members)) await redis.zrem(keys.bodiesUnused(), ...some);
}

function* pagesOf(members: readonly string[]): Iterable<readonly string[]> {
  for (let start = 0; start < members.length; start += PAGE)
    yield members.slice(start, start + PAGE);
}
