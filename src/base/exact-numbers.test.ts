import { expect, test } from 'vitest';
import { digitsOf, parseExactly, stringifyExactly, withoutMarks } from './exact-numbers.ts';

test('numbers come back with the digits that they had', () => {
  for (const text of [
    ...['9007199254740993', '-18446744073709551615', '0.12345678901234567890', '1e400'],
    ...['[1e-400,{"a":[123456789012345678901234567890]}]', '"9007199254740993"', '12', 'null'],
  ])
    expect(stringifyExactly(parseExactly(text))).toBe(text);
});

test('a number that JavaScript can hold is one', () => {
  const text = '{"a":1,"b":-0.5,"c":9007199254740991,"d":"x","e":1e3,"f":1.5E-7,"g":0e5}';
  expect(parseExactly(text)).toEqual({
    ...{ a: 1, b: -0.5, c: 9007199254740991, d: 'x', e: 1_000, f: 1.5e-7, g: 0 },
  });
});

test('without marks it is what JSON.parse makes of the text', () => {
  const text = '{"id":9007199254740993,"list":[1,2]}';
  expect(withoutMarks(parseExactly(text))).toEqual(JSON.parse(text));
  expect(withoutMarks(undefined)).toBeUndefined();
});

test('a string that somebody has marked never becomes anything but a number', () => {
  const mark = '\uE000drover-number:';
  expect(digitsOf(`${mark}5`)).toBe('5');
  expect(stringifyExactly([`${mark}17`])).toBe('[17]');
  for (const forged of [
    '1,"admin":true',
    '\\',
    '',
    '{}',
    '01x',
    '1]',
    '01',
    '-01',
    '00',
    '01.5',
    '1e',
  ]) {
    const value = [mark + forged];
    expect(JSON.parse(stringifyExactly(value)!)).toEqual(value);
  }
});
