import { expect, test } from 'vitest';
import { LinkedList } from './linked-list.ts';

test('keeps the order of entry whoever leaves', () => {
  const list = new LinkedList<string>();
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((value) => list.append(value));
  expect([...list]).toEqual(['a', 'b', 'c', 'd']);
  list.remove(b!);
  expect([...list]).toEqual(['a', 'c', 'd']);
  list.remove(d!);
  list.remove(a!);
  expect([...list]).toEqual(['c']);
  expect(list.first).toBe(c);
  list.append('e');
  expect([...list]).toEqual(['c', 'e']);
  list.remove(c!);
  expect([...list]).toEqual(['e']);
});

test('what has left holds on to nobody', () => {
  const list = new LinkedList<number>();
  const [, two] = [1, 2, 3].map((value) => list.append(value));
  list.remove(two!);
  expect(two).toEqual({ value: 2, previous: undefined, next: undefined, list: undefined });
  expect([...list]).toEqual([1, 3]);
});

test('leaving twice changes nothing', () => {
  const list = new LinkedList<number>();
  const one = list.append(1);
  list.append(2);
  list.remove(one);
  list.remove(one);
  expect(list.size).toBe(1);
  expect([...list]).toEqual([2]);
});

test('a place in one list is none in another', () => {
  const [here, there] = [new LinkedList<number>(), new LinkedList<number>()];
  const link = here.append(1);
  there.append(2);
  there.remove(link);
  expect([[...here], [...there]]).toEqual([[1], [2]]);
});

test('what leaves during a walk does not end the walk', () => {
  const list = new LinkedList<number>();
  const links = [1, 2, 3].map((value) => list.append(value));
  const seen: number[] = [];
  for (const value of list) {
    seen.push(value);
    for (const link of links) list.remove(link);
  }
  expect(seen).toEqual([1, 2, 3]);
  expect(list.size).toBe(0);
});

test('an empty list has nothing in it', () => {
  const list = new LinkedList<number>();
  expect(list.first).toBeUndefined();
  expect([...list]).toEqual([]);
});
