/**
 * Lists the jobs of one state, page by page, with or without a filter.
 *
 * Without a filter a page is one round trip. With one, at most so many jobs are looked at for a page, and an answer may
 * be short, or empty, and still have a next page. Data is only read for a filter that asks about it, a few megabytes at
 * a time, and never where it is very large.
 */
import type { Redis } from 'ioredis';
import { parseExactly } from '../../base/exact-numbers.ts';
import { partsOf } from '../../dead-letters/read-jobs.ts';
import { CoordinatorError } from '../../errors.ts';
import type { PayloadCodecs } from '../../payloads/payload-codec.ts';
import { type JobCursor, readCursor, writeCursor } from './job-cursor.ts';
import { type JobFilter, parseJobFilter } from './job-filter.ts';
import type { StoredRow } from './job-row.ts';
import type { JobState } from './job-views.ts';
import { readPage, type StoredPage } from './read-page.ts';

/** Which jobs. */
export interface JobQuery {
  readonly queue: string;
  readonly keyPrefix: string;
  readonly state: JobState;
  readonly order: 'newest' | 'oldest';
  readonly filter: JobFilter | undefined;
  readonly most: number;
  /** Jobs looked at for a page with a filter. */
  readonly mostLookedAt: number;
  readonly cursor: JobCursor | undefined;
}

/** What was found. */
export interface FoundJobs {
  readonly rows: readonly StoredRow[];
  readonly looked: number;
  /** Ids whose job is gone. */
  readonly gone: number;
  /** Jobs whose data the filter could not look at: it cannot be read here, or is too large. */
  readonly unread: number;
  readonly total: number;
  readonly next: JobCursor | null;
}

/** Jobs looked at in one step, so that nobody else waits long. */
const LOOK_AT_ONCE = 500;
/** Data above it is not looked at by a filter. */
const MOST_DATA_BYTES = 1_024 * 1_024;

/** Reads a page. Rejects with NOT_FOUND when there is no queue. */
export async function findJobs(
  redis: Redis,
  payloads: PayloadCodecs,
  query: JobQuery,
): Promise<FoundJobs> {
  const { queue, filter, most, mostLookedAt } = query;
  const rows: StoredRow[] = [];
  let [looked, gone, unread, total] = [0, 0, 0, 0];
  let next: JobCursor | null | undefined = query.cursor;
  do {
    const atOnce = filter ? Math.min(LOOK_AT_ONCE, mostLookedAt - looked) : most;
    const bounds = filter && { from: filter.from, to: filter.to };
    const page: StoredPage | undefined = await readPage(redis, {
      ...{ ...query, ...bounds, most: atOnce, cursor: next ?? undefined },
    });
    if (!page) throw new CoordinatorError('NOT_FOUND', `There is no queue "${queue}"`);
    const matching = page.rows.filter((row) => filter?.matches(row) ?? true);
    const found = filter?.asksData
      ? await matchData(redis, payloads, query, matching, filter)
      : { rows: matching, unread: 0 };
    const taken = found.rows.slice(0, most - rows.length);
    rows.push(...taken);
    looked += page.looked;
    gone += page.gone;
    unread += found.unread;
    total = page.total;
    next = taken.length < found.rows.length ? page.behind(taken.at(-1)!) : page.next;
  } while (filter && next && rows.length < most && looked < mostLookedAt);
  return { rows, looked, gone, unread, total, next };
}

/** Those whose data matches. */
async function matchData(
  redis: Redis,
  payloads: PayloadCodecs,
  { queue, keyPrefix }: JobQuery,
  rows: readonly StoredRow[],
  filter: JobFilter,
): Promise<{ rows: StoredRow[]; unread: number }> {
  const codec = payloads.of(queue);
  const readable = rows.filter(({ bytes }) => bytes <= MOST_DATA_BYTES);
  const matching: StoredRow[] = [];
  let unread = rows.length - readable.length;
  for (const part of partsOf(readable)) {
    const stored = await Promise.all(part.map(({ id }) => redis.hget(keyPrefix + id, 'data')));
    for (const [i, text] of stored.entries()) {
      try {
        const data = parseExactly(await codec.unpack('data', text ?? 'null'));
        if (filter.matchesData(data)) matching.push(part[i]!);
      } catch {
        unread += 1; // Encrypted with a key that is not here, its body is missing, or no JSON.
      }
    }
  }
  return { rows: matching, unread };
}

/** The filter and the cursor of a request. Throws FILTER_INVALID and INPUT_INVALID. */
export function readRequest(
  state: JobState,
  order: 'newest' | 'oldest',
  text: string | undefined,
  cursor: string | undefined,
  now: number,
): { filter: JobFilter | undefined; cursor: JobCursor | undefined } {
  const filter = text?.trim() ? parseJobFilter(text, state, now) : undefined;
  return { filter, cursor: readCursor(`${state} ${order}`, cursor) };
}

/** The cursor of an answer. */
export function toNext(
  state: JobState,
  order: 'newest' | 'oldest',
  next: JobCursor | null,
): string | null {
  return next && writeCursor(`${state} ${order}`, next);
}
