/** Queues in order and under headings. */
import { expect, test } from 'vitest';
import type { OverviewRow } from '../../../../src/operations/views.ts';
import { type Arrangement, arrange } from './arrange.ts';

const ROWS = [
  { queue: 'mails', health: 'healthy', counts: {} },
  { queue: 'reports', health: 'unhealthy', counts: {} },
  { queue: 'exports', health: 'degraded', counts: {} },
] as unknown as readonly OverviewRow[];

function arranged(wishes: Partial<Arrangement>): string[][] {
  const sorting = { column: 'health', isDescending: true };
  const groups = arrange(ROWS, { text: '', health: null, group: 'none', sorting, ...wishes });
  return groups.map(({ rows }) => rows.map(({ queue }) => queue));
}

test('the worst comes first when health is sorted downwards, as the first click does', () => {
  expect(arranged({})).toEqual([['reports', 'exports', 'mails']]);
  const sorting = { column: 'health', isDescending: false };
  expect(arranged({ sorting })).toEqual([['mails', 'exports', 'reports']]);
});

test('groups come in the order of their first queues', () => {
  expect(arranged({ group: 'health' })).toEqual([['reports'], ['exports'], ['mails']]);
});

test('where nothing matches there is one group without queues, so that this can be said', () => {
  expect(arranged({ group: 'prefix', text: 'nothing' })).toEqual([[]]);
});
