/**
 * Sorts rows of queues and cuts pages out of them. A cursor names the last row of a page and what it was sorted by, so a
 * queue that comes or goes moves no other one. Pure.
 */
import { InputError } from '../../errors.ts';
import type { QueueRow } from './queue-views.ts';
import type { QueueSort } from './queue-wishes.ts';

type Place = readonly [value: number, label: string];

/** How a page is wanted. */
export interface PageWanted {
  readonly sort: QueueSort;
  readonly limit: number;
  readonly cursor: string | undefined;
  /** When the rows were read, epoch ms: ages grow from page to page, times do not. */
  readonly now: number;
}

/** Nothing waits there. */
const LAST = Number.MIN_SAFE_INTEGER;

const VALUES: Readonly<Record<QueueSort, (row: QueueRow, now: number) => number>> = {
  name: () => 0,
  waiting: ({ counts }) => (counts.waiting ?? 0) + (counts.prioritized ?? 0),
  failed: ({ counts }) => counts.failed ?? 0,
  oldest: ({ oldestWaitingMs }, now) =>
    oldestWaitingMs === null ? LAST : -Math.round(now - oldestWaitingMs),
};

/** Labels behind a cursor, in the order of their names. */
export function labelsAfter(labels: readonly string[], cursor: string | undefined): string[] {
  const place = cursor === undefined ? undefined : parseCursor(cursor);
  return labels.filter((label) => !place || label > place[1]);
}

/** The page of `rows` behind a cursor, and where the next begins. The highest comes first; names decide between equals. */
export function cutPage(
  rows: readonly QueueRow[],
  { sort, limit, cursor, now }: PageWanted,
): { readonly rows: readonly QueueRow[]; readonly next: string | null } {
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  const placed = rows
    .map((row): { row: QueueRow; place: Place } => ({
      row,
      place: [VALUES[sort](row, now), row.queue],
    }))
    .filter(({ place }) => !after || isBehind(after, place))
    .sort((one, other) => (isBehind(one.place, other.place) ? -1 : 1));
  const page = placed.slice(0, limit);
  const last = page.at(-1);
  const next = placed.length > limit && last ? toCursor(last.place) : null;
  return { rows: page.map(({ row }) => row), next };
}

/** The cursor behind a label, for rows by name. */
export function cursorBehind(label: string): string {
  return toCursor([0, label]);
}

function isBehind([value, label]: Place, other: Place): boolean {
  return other[0] === value ? other[1] > label : other[0] < value;
}

function toCursor(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function parseCursor(cursor: string): Place {
  try {
    const place = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
    if (Array.isArray(place) && typeof place[0] === 'number' && typeof place[1] === 'string')
      return [place[0], place[1]];
  } catch {
    // Told below.
  }
  throw new InputError('/cursor', 'is none that a page has given: leave it out to begin anew');
}
