import { expect, test } from 'vitest';
import { mostSlots } from '../workers/pool-options.ts';
import type { PoolSettings } from '../workers/pool-settings.ts';
import { fitted, heard, type OwnShare, UNLED_MS, wantedSlots } from './own-share.ts';

const SETTINGS = { min: 1, max: 8, perHostMax: 6, concurrency: 5 } as PoolSettings;
const NEW: OwnShare = { epoch: -1, rev: -1, slots: undefined, first: 1 };
const published = (epoch: number | string, rev: number | string, shares: unknown) => ({
  ...{ epoch: String(epoch), rev: String(rev) },
  shares: typeof shares === 'string' ? shares : JSON.stringify(shares),
});
const named = heard(NEW, published(7, 3, { me: 4 }), 'me');

test('a share is taken, and only a newer one replaces it', () => {
  expect(named).toMatchObject({ epoch: 7, rev: 3, slots: 4 });
  for (const [epoch, rev] of [
    [7, 3],
    [7, 2],
    [6, 99],
  ] as const)
    expect(heard(named, published(epoch, rev, { me: 1 }), 'me')).toBe(named);
  expect(heard(named, published(7, 4, { me: 1 }), 'me').slots).toBe(1);
  expect(heard(named, published(8, 0, { me: 2 }), 'me').slots).toBe(2);
});

test('who was never named keeps its first slots; who is named no longer opens none until it is again', () => {
  const unnamed = heard(NEW, published(1, 1, { other: 4 }), 'me');
  expect(wantedSlots(unnamed, SETTINGS, 0)).toBe(1);
  const dropped = heard(named, published(7, 4, { other: 4 }), 'me');
  expect(wantedSlots(dropped, SETTINGS, 0)).toBe(0);
  expect(wantedSlots(heard(dropped, published(7, 5, { me: 2 }), 'me'), SETTINGS, 0)).toBe(2);
});

test.each([
  ['no JSON', published(9, 9, '{"me":')],
  ['no object', published(9, 9, [3])],
  ['nothing', published('', '', '')],
  ['no number', published(9, 9, { me: 'x' })],
  ['a part of a slot', published(9, 9, { me: 1.5 })],
  ['less than nothing', published(9, 9, { me: -1 })],
  ['an epoch that is none', published('x', 9, { me: 1 })],
])('%s changes nothing', (_, garbage) => {
  expect(heard(named, garbage, 'me')).toBe(named);
});

test('a share is bounded by what fits into the process', () => {
  expect(mostSlots(SETTINGS)).toBe(5);
  expect(wantedSlots(heard(NEW, published(1, 1, { me: 500 }), 'me'), SETTINGS, 0)).toBe(5);
});

test('where nobody leads no work is left lying, and what a leader gave before stays', () => {
  const [one, none] = [heard(NEW, published(1, 1, { me: 1 }), 'me'), { ...named, slots: 0 }];
  const settings = { ...SETTINGS, min: 3 };
  expect(wantedSlots(NEW, settings, UNLED_MS - 1)).toBe(1);
  expect(wantedSlots(NEW, settings, UNLED_MS)).toBe(3);
  expect(wantedSlots({ ...NEW, first: 0 }, { ...settings, min: 0 }, UNLED_MS)).toBe(1);
  expect(wantedSlots(none, settings, UNLED_MS)).toBe(3);
  expect(wantedSlots(one, settings, UNLED_MS)).toBe(1);
  expect(wantedSlots(none, { ...settings, min: 50 }, UNLED_MS)).toBe(5);
});

test('what a loaded process may run goes to its pools by weight, and each has something', () => {
  const wish = (queue: string, slots: number, weight: number) => ({
    ...{ queue, slots, weight, active: 0 },
  });
  const wishes = [wish('a', 10, 3), wish('b', 10, 1), wish('c', 0, 9)];
  expect([...fitted(wishes, 8)]).toEqual([
    ['a', 6],
    ['b', 2],
    ['c', 0],
  ]);
  for (const capacity of [2, 1]) expect([...fitted(wishes, capacity).values()]).toEqual([1, 1, 0]);
  expect([...fitted(wishes, 100).values()]).toEqual([10, 10, 0]);
});
