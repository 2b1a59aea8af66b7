/**
 * Goes over the dead letters of a selection, page by page, from a place that can be kept and gone on from.
 *
 * Only small fields are read. The place is the last record of a page: the index is ordered by failedAt, and records
 * that were removed or have died again meanwhile move nothing that is still to come.
 */
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';
import { numberOf } from './dead-letter.ts';
import type { Candidate } from './filter.ts';
import { type FrozenSelection, filterOf } from './selection.ts';

/** A dead letter as far as deciding about it needs. */
export interface Found extends Candidate {
  /** '' when there is no record. */
  readonly state: string;
  readonly failedAt: number;
  readonly deaths: number;
  readonly replayedBy: string;
  /** Bytes of the original job. */
  readonly bytes: number;
  /** Where a walk goes on behind it. */
  readonly place: string;
}

/** Some dead letters of a selection. */
export interface Page {
  /** Those that match. */
  readonly found: readonly Found[];
  /** How many were looked at. */
  readonly looked: number;
  /** Where the next page begins; null after the last one. */
  readonly next: string | null;
}

/** Which way: by age, or newest first. */
export type Direction = 'oldest' | 'newest';

/** Behind the bytes of the original job, in the order in which they are read. */
const FIELDS = [
  ...(['state', 'failedAt', 'jobName', 'type', 'fingerprint'] as const),
  ...(['version', 'attemptsMade', 'deaths', 'replayedBy'] as const),
];

/**
 * KEYS records · ARGV fields. Returns for each record the bytes of its original job and the fields. One step only to
 * spare the cost of a thousand commands.
 */
const READ_LUA = /* lua */ `
local found = {}
for i, record in ipairs(KEYS) do
  found[i] = redis.call('HMGET', record, unpack(ARGV))
  table.insert(found[i], 1, redis.call('HSTRLEN', record, 'originalJob'))
end
return found`;

/**
 * KEYS 1 index · ARGV 1 direction, 2 from, 3 to (both bounds of the score), 4 how many, 5 score and 6 id of the last
 * record of the page before, or ''. Returns ids and scores. One step: the last record is found by its rank, which
 * moves when anything else is written.
 */
const PAGE_LUA = /* lua */ `
local isNewest = ARGV[1] == 'newest'
local first
if ARGV[6] ~= '' and redis.call('ZSCORE', KEYS[1], ARGV[6]) == ARGV[5] then
  first = redis.call(isNewest and 'ZREVRANK' or 'ZRANK', KEYS[1], ARGV[6]) + 1
elseif ARGV[6] ~= '' then
  first = isNewest and redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[5], '+inf')
    or redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[5])
elseif isNewest then
  first = redis.call('ZCOUNT', KEYS[1], ARGV[3], '+inf')
else
  first = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[2])
end
return redis.call(isNewest and 'ZREVRANGE' or 'ZRANGE', KEYS[1], first, first + ARGV[4] - 1, 'WITHSCORES')`;

/** Walks over one frozen selection. */
export class Walk {
  readonly #keys: Keys;
  readonly #selection: FrozenSelection;
  readonly #ids: readonly string[] | string;
  readonly #bulkId: string;
  readonly #filter: ReturnType<typeof filterOf>;

  /**
   * @param ids those that were chosen, or the key of the list that holds them; unused where a filter selects
   * @param bulkId what this action has replayed belongs to its selection as it did before, when it was dead
   */
  constructor(
    keys: Keys,
    selection: FrozenSelection,
    ids: readonly string[] | string,
    bulkId = '',
  ) {
    this.#bulkId = bulkId;
    this.#keys = keys;
    this.#selection = selection;
    this.#ids = ids;
    this.#filter = filterOf(selection);
  }

  /** @param place '' for the first page, else `next` of the page before */
  async page(
    redis: Redis,
    place: string,
    most: number,
    direction: Direction = 'oldest',
  ): Promise<Page> {
    return this.#filter
      ? this.#filtered(redis, place, most, direction)
      : this.#chosen(redis, place, most, direction);
  }

  async #chosen(redis: Redis, place: string, most: number, direction: Direction): Promise<Page> {
    const start = Number(place || 0);
    const [first, last] =
      direction === 'oldest' ? [start, start + most - 1] : [-start - most, -start - 1];
    const ids =
      typeof this.#ids === 'string'
        ? await redis.lrange(this.#ids, first, last)
        : this.#ids.slice(first, last === -1 ? undefined : last + 1);
    if (direction === 'newest') ids.reverse();
    const found = await this.#read(redis, ids, (_, i) => String(start + i + 1));
    return { found, looked: ids.length, next: ids.length < most ? null : String(start + most) };
  }

  async #filtered(redis: Redis, place: string, most: number, direction: Direction): Promise<Page> {
    const { queue } = this.#selection;
    const { from, to, needsReason, matches } = this.#filter!;
    const colon = place.indexOf(':');
    const last = place === '' ? ['', ''] : [place.slice(0, colon), place.slice(colon + 1)];
    const index = this.#keys.deadLetters(queue);
    const bounds = [String(from), `${Number.isFinite(to) ? to : '+inf'}`];
    const reply = (await redis.eval(
      PAGE_LUA,
      1,
      index,
      direction,
      ...bounds,
      most,
      ...last,
    )) as string[];
    const scores = new Map<string, string>();
    for (let i = 0; i < reply.length; i += 2) {
      const score = Number(reply[i + 1]);
      if (score >= from && score < to) scores.set(reply[i]!, reply[i + 1]!);
    }
    const placeOf = (id: string): string => `${scores.get(id)}:${id}`;
    const all = await this.#read(redis, [...scores.keys()], placeOf, needsReason);
    const found = all.filter((each) => each.state !== '' && matches(this.#asSelected(each)));
    const isLast = 2 * scores.size < reply.length || reply.length < 2 * most;
    return { found, looked: all.length, next: isLast ? null : placeOf(all.at(-1)!.jobId) };
  }

  #asSelected(found: Found): Found {
    const isOurs = found.replayedBy !== '' && found.replayedBy === this.#bulkId;
    return isOurs ? { ...found, state: 'dead' } : found;
  }

  /** The small fields of these records. */
  async #read(
    redis: Redis,
    ids: readonly string[],
    placeOf: (id: string, i: number) => string,
    withReason = false,
  ): Promise<Found[]> {
    if (ids.length === 0) return [];
    const records = ids.map((id) => this.#keys.deadLetter(this.#selection.queue, id));
    const fields = withReason ? [...FIELDS, 'failureReason'] : FIELDS;
    const replies = await redis.eval(READ_LUA, records.length, ...records, ...fields);
    return (replies as Reply[]).map((reply, i) => toFound(ids[i]!, reply, placeOf(ids[i]!, i)));
  }
}

type Reply = (string | number | null)[];

function toFound(jobId: string, reply: Reply, place: string): Found {
  const text = (i: number): string => String(reply[i] ?? '');
  const failedAt = text(2);
  return {
    ...{ jobId, place, bytes: Number(reply[0]) },
    // A record without a state is one that another version wrote.
    state: failedAt === '' ? '' : text(1) || 'dead',
    failedAt: numberOf(failedAt, 0),
    ...{ jobName: text(3), type: text(4), fingerprint: text(5), version: text(6) },
    attemptsMade: numberOf(text(7), 0),
    deaths: numberOf(text(8), 1),
    ...{ replayedBy: text(9), reason: text(10) },
  };
}
