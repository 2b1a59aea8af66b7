import { expect, test } from 'vitest';
import { indented } from './json-text.ts';

test('a text gets line breaks, and keeps every digit and every name', () => {
  expect(indented('{"a":9007199254740993,"a":1.50,"b":[],"c":[1,{"d:":"x,{"}]}')).toBe(
    `{
  "a": 9007199254740993,
  "a": 1.50,
  "b": [],
  "c": [
    1,
    {
      "d:": "x,{"
    }
  ]
}`,
  );
  expect(indented('no JSON')).toBe('no JSON');
});
