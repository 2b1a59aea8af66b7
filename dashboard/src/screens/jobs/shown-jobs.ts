/**
 * The jobs that are on the page, and what a newer answer makes of them. Pure.
 *
 * Rows never move by themselves: a newer answer changes what they say, marks those that are gone from the state, and
 * counts those that are not on the page yet.
 */
import type { JobPage, JobRow } from '../../../../src/operations/views.ts';

/** A job on the page. */
export interface ShownJob extends JobRow {
  /** Whether it has left this state since it was listed. */
  readonly hasLeft?: boolean;
}

/** What is on the page. */
export interface ShownJobs {
  readonly rows: readonly ShownJob[];
  readonly next: string | null;
  /** In this state, whatever the filter says. */
  readonly total: number;
  readonly looked: number;
  readonly gone: number;
  readonly unread: number;
  /** Whether the last page ended since enough was looked at, and not since it was full. */
  readonly isCut: boolean;
  /** Of the newest answer: jobs that are not on the page. */
  readonly fresh: number;
}

/** From the first page. `limit` is what was asked for. */
export function fromFirst(page: JobPage, limit: number): ShownJobs {
  const { rows, next, total, looked, gone, unread } = page;
  const isCut = next !== null && rows.length < limit;
  return { rows, next, total, looked, gone, unread, isCut, fresh: 0 };
}

/** With one more page behind. A job that moved meanwhile is shown once. */
export function withMore(shown: ShownJobs, page: JobPage, limit: number): ShownJobs {
  const known = new Set(shown.rows.map(({ id }) => id));
  return {
    ...shown,
    rows: [...shown.rows, ...page.rows.filter(({ id }) => !known.has(id))],
    ...{ next: page.next, total: page.total },
    looked: shown.looked + page.looked,
    gone: shown.gone + page.gone,
    unread: shown.unread + page.unread,
    isCut: page.next !== null && page.rows.length < limit,
  };
}

/** What a newer first page tells of the rows that are there. Rows that say the same stay the same objects. */
export function withNews(shown: ShownJobs, page: JobPage): ShownJobs {
  const news = new Map(page.rows.map((row) => [row.id, row]));
  const known = new Set(shown.rows.map(({ id }) => id));
  // The page covers what stands before the last row that both have.
  const last = page.next === null ? shown.rows.length - 1 : lastOf(shown.rows, news);
  const rows = shown.rows.map((row, i): ShownJob => {
    const now = news.get(row.id);
    if (now) return isSame(row, now) ? row : now;
    return i <= last && !row.hasLeft ? { ...row, hasLeft: true } : row;
  });
  const fresh = page.rows.filter(({ id }) => !known.has(id)).length;
  const isSameRows = rows.every((row, i) => row === shown.rows[i]);
  return { ...shown, rows: isSameRows ? shown.rows : rows, total: page.total, fresh };
}

function lastOf(rows: readonly ShownJob[], news: ReadonlyMap<string, JobRow>): number {
  return rows.findLastIndex(({ id }) => news.has(id));
}

function isSame({ hasLeft, ...row }: ShownJob, now: JobRow): boolean {
  return hasLeft === undefined && JSON.stringify(row) === JSON.stringify(now);
}
