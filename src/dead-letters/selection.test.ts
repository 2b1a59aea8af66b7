import { expect, test } from 'vitest';
import { partsOf } from './read-jobs.ts';
import { chosenIds, filterOf, freeze } from './selection.ts';
import type { Found } from './walk.ts';

const NOW = 1_764_000_000_000;

test('a selection is frozen at its moment', () => {
  const frozen = freeze({ filter: 'queue:q after:1h' }, NOW);
  expect(frozen).toEqual({ queue: 'q', filter: 'queue:q after:1h', frozenAt: NOW });
  expect(filterOf(frozen)).toMatchObject({ from: NOW - 3_600_000, to: NOW + 1 });
  expect(filterOf(freeze({ queue: 'q', filter: 'before:1h' }, NOW))).toMatchObject({
    to: NOW - 3_600_000,
  });
});

test('a group is a filter, ids are none', () => {
  const group = freeze({ queue: 'q', group: '5f1c09ab77d2e134' }, NOW);
  expect(group.filter).toBe('group:5f1c09ab77d2e134');
  const chosen = { queue: 'q', ids: ['2', '1', '2'] };
  expect(filterOf(freeze(chosen, NOW))).toBeUndefined();
  expect(chosenIds(chosen)).toEqual(['2', '1']);
  expect(() => chosenIds({ queue: 'q', ids: [''] })).toThrow('an id is empty');
});

test('a page is cut where its bytes are enough, and one that is larger stands alone', () => {
  const found = [1, 2, 9, 1, 1].map((bytes) => ({ bytes }) as Found);
  const parts = [...partsOf(found, 4)].map((part) => part.map(({ bytes }) => bytes));
  expect(parts).toEqual([[1, 2], [9], [1, 1]]);
  expect([...partsOf([], 4)]).toEqual([]);
});
