/** Where a text stops being JSON. */
import { expect, test } from 'vitest';
import { jsonFault } from './json-fault.ts';

test.each([
  ...['null', '-0.5e+10', '"a\\u00e9\\n\\"\u007f\u0085"', '[]', '{}', ' { "a" : [ 1 , {} ] } \n'],
  ...['9007199254740993', '"😀"', '[[[]]]', '{"a":1,"a":2}'],
])('%j is JSON', (text) => {
  expect(() => JSON.parse(text)).not.toThrow();
  expect(jsonFault(text)).toBeNull();
});

test.each([
  ['', 0],
  ['tru', 0],
  ['{"a": 1,}', 8],
  ['{"a" 1}', 5],
  ["{'a': 1}", 1],
  ['[1,]', 3],
  ['[1', 2],
  ['"open', 5],
  ['"a\nb"', 2],
  ['"\\x"', 1],
  ['01', 1],
  ['1 2', 2],
  ['{"a":\n tru}', 7],
])('%j stops at %i', (text, at) => {
  expect(() => JSON.parse(text)).toThrow();
  expect(jsonFault(text)).toBe(at);
});

test('what is too deep for anybody is a fault, and no crash', () => {
  expect(jsonFault('['.repeat(100_000))).toBeGreaterThan(900);
});
