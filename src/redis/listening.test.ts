import { expect, test } from 'vitest';
import { compareIds } from './listening.ts';

test('stream ids are ordered by time, then by sequence', () => {
  const ids = ['1700000000001-0', '1700000000000-10', '1700000000000-9', '0-0'];
  expect([...ids].sort(compareIds)).toEqual([
    '0-0',
    '1700000000000-9',
    '1700000000000-10',
    '1700000000001-0',
  ]);
});
