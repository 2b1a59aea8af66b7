/** What newer answers make of the rows on the page. */
import { expect, test } from 'vitest';
import type { JobPage, JobRow } from '../../../../src/operations/views.ts';
import { fromFirst, withMore, withNews } from './shown-jobs.ts';

const row = (id: string, attemptsMade = 1): JobRow => ({
  ...{ queue: 'mails', id, name: 'welcome', state: 'failed', addedAt: 1, startedAt: 2 },
  ...{ finishedAt: 3, runsAt: null, attemptsMade, attempts: 3, priority: 0, failedReason: null },
  ...{ dataBytes: 2, parent: null, scheduler: null },
});
const page = (ids: readonly string[], next: string | null = 'next'): JobPage => ({
  ...{ rows: ids.map((id) => row(id)), next, total: 9, looked: ids.length, gone: 0, unread: 0 },
});
const said = ({ rows }: { rows: readonly { id: string; hasLeft?: boolean }[] }): string[] =>
  rows.map(({ id, hasLeft }) => (hasLeft ? `(${id})` : id));

test('rows stay in their place: new ones are counted, those that left are marked', () => {
  const shown = fromFirst(page(['c', 'b', 'a']), 3);
  const news = withNews(shown, page(['e', 'd', 'a']));
  expect(said(news)).toEqual(['(c)', '(b)', 'a']);
  expect(news.fresh).toBe(2);
});

test('of rows behind the newer page nothing is known', () => {
  const shown = fromFirst(page(['d', 'c', 'b', 'a']), 4);
  expect(said(withNews(shown, page(['e', 'd'])))).toEqual(['d', 'c', 'b', 'a']);
  expect(said(withNews(shown, page(['e', 'c'])))).toEqual(['(d)', 'c', 'b', 'a']);
  expect(said(withNews(shown, page(['e', 'c'], null)))).toEqual(['(d)', 'c', '(b)', '(a)']);
});

test('what says the same stays the same object; what has changed, or is back, is another', () => {
  const shown = fromFirst(page(['b', 'a']), 2);
  expect(withNews(shown, page(['b', 'a'])).rows).toBe(shown.rows);
  const changed = withNews(shown, { ...page(['b', 'a']), rows: [row('b', 2), row('a')] });
  expect(changed.rows[0]?.attemptsMade).toBe(2);
  expect(changed.rows[1]).toBe(shown.rows[1]);
  const left = withNews(shown, page(['a'], null));
  expect(said(withNews(left, page(['b', 'a'], null)))).toEqual(['b', 'a']);
});

test('a further page is added once, with what was looked at for it', () => {
  const more = withMore(fromFirst(page(['c', 'b']), 2), page(['b', 'a'], null), 2);
  expect(said(more)).toEqual(['c', 'b', 'a']);
  expect(more).toMatchObject({ looked: 4, next: null, isCut: false });
});

test('a page that is short though there is more was cut by how much is looked at', () => {
  expect(fromFirst(page(['a']), 100).isCut).toBe(true);
  expect(fromFirst(page(['a'], null), 100).isCut).toBe(false);
  expect(fromFirst(page(['b', 'a']), 2).isCut).toBe(false);
});
