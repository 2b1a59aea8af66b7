/** Values that are there at once as a rule. */
import { describe, expect, it } from 'vitest';
import { after, changeEach } from './perhaps.ts';

describe('what is there at once', () => {
  it('goes on in the same turn', () => {
    expect(after(2, (two) => two + 1)).toBe(3);
    expect(changeEach([1, 2], (item) => item * 2)).toEqual([2, 4]);
  });

  it('is the same list when nothing in it changes', () => {
    const items = [{}, {}];
    expect(changeEach(items, (item) => item)).toBe(items);
  });
});

describe('what is promised', () => {
  it('goes on when it is there', async () => {
    expect(await after(Promise.resolve(2), (two) => two + 1)).toBe(3);
    const mixed = changeEach([1, 2], (item) => (item === 1 ? Promise.resolve(10) : item));
    expect(mixed).toBeInstanceOf(Promise);
    expect(await mixed).toEqual([10, 2]);
  });
});
