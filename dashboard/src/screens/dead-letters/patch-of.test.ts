import { expect, test } from 'vitest';
import { applyTo } from '../../../../src/dead-letters/patch.ts';
import { changesOf, patchBetween } from './patch-of.ts';

test('what is edited becomes a patch that makes the same of the data, digit by digit', () => {
  const before = '{"to":"a","ledger":9007199254740993,"order":{"total":12.5,"x":1}}';
  const after = '{"to":"a","ledger":9007199254740995,"order":{"total":12.5,"name":"Ada"}}';
  const patch = patchBetween(before, after);
  expect(applyTo(patch, before)).toEqual({ data: after });
  expect(new Map(changesOf(patch, before).map(({ path, ...change }) => [path, change]))).toEqual(
    new Map([
      ['/ledger', { before: '9007199254740993', after: '9007199254740995' }],
      ['/order/x', { before: '1', after: null }],
      ['/order/name', { before: null, after: '"Ada"' }],
    ]),
  );
});

test('nothing is changed by spaces, and what is no JSON is refused', () => {
  expect(patchBetween('{"a":[1,2]}', '{ "a": [1, 2] }')).toEqual([]);
  expect(() => patchBetween('{}', '{"a":')).toThrow(SyntaxError);
});
