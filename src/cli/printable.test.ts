import { expect, test } from 'vitest';
import { printable, printableJson, printableLines } from './printable.ts';

test.each([
  ['plain text stays', 'plain text stays'],
  ['Grüße, 日本 👍', 'Grüße, 日本 👍'],
  ['\x1b[31mred\x1b[0m', 'red'],
  ['\x9b31mred', 'red'],
  ['\x1b]0;title\x07rest', 'rest'],
  ['\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\', 'link'],
  ['\x1b]52;c;ZXZpbA==\x07copied', 'copied'],
  ['\x1bPdevice\x1b\\x', 'x'],
  ['\x1b[2J\x1b[H', ''],
  ['a\r\nb\tc', 'a b c'],
  ['back\b\b\bspace\x00', 'backspace'],
  ['left\u202eright\u2066', 'leftright'],
  ['a\x1b', 'a'],
])('%j is shown as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('lines stay lines', () => {
  expect(printableLines('at a (b.js:1)\r\n\tat c\x1b[2K')).toBe('at a (b.js:1)\n  at c');
});

test('JSON stays the same JSON', () => {
  const value = { text: '\x1b[31m \x9b31m \u202e \x7f é 👍' };
  const json = printableJson(JSON.stringify(value));
  expect(JSON.parse(json)).toEqual(value);
  expect(json).not.toMatch(/[\p{Cc}\u202e]/u);
});
