import { expect, test } from 'vitest';
import { cut, layOut, pad, widthOf } from './table.ts';

test('wide letters take two columns, accents of their own none', () => {
  expect(widthOf('日本')).toBe(4);
  expect(widthOf('e\u0301')).toBe(1);
  expect(pad('日', 4)).toBe('日  ');
  expect(pad('7', 3, true)).toBe('  7');
});

test('what does not fit ends in an ellipsis', () => {
  expect(cut('abcdef', 6)).toBe('abcdef');
  expect(cut('abcdef', 4)).toBe('abc…');
  expect(widthOf(cut('日本語です', 6))).toBeLessThanOrEqual(6);
  expect(cut('abc', 1)).toBe('…');
  expect(cut('abc', 0)).toBe('');
});

test('a table is no wider than it may be: the widest column gives way', () => {
  const rows = [['a'.repeat(50), '1']];
  const lines = layOut(['NAME', 'N'], rows, { columns: 30, isRight: [false, true] });
  expect(Math.max(...lines.map(widthOf))).toBe(30);
  expect(lines[1]).toMatch(/^a+… +1$/);
});

test('numbers stand right', () => {
  const lines = layOut(['N'], [['7'], ['1234']], { columns: 80, isRight: [true] });
  expect(lines).toEqual(['   N', '   7', '1234']);
});
