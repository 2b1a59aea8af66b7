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

/** Texts, but for what stands right. */
const laidOut = (head: string[], rows: string[][], columns: number, isRight: boolean[]): string[] =>
  layOut(head, rows, { columns, isRight, isText: isRight.map((right) => !right) });

test('a table is no wider than it may be: the widest text gives way, and the name of the row stays', () => {
  const rows = [['mails-of-the-shop', 'a'.repeat(50), '1']];
  const lines = laidOut(['NAME', 'WHY', 'N'], rows, 40, [false, false, true]);
  expect(Math.max(...lines.map(widthOf))).toBe(40);
  expect(lines[1]).toMatch(/^mails-of-the-shop a+… 1$/);
});

test('a very long name of a row gives way at last', () => {
  const [, row] = laidOut(['NAME', 'N'], [['a'.repeat(90), '1']], 60, [false, true]);
  expect(row).toMatch(/^a+… 1$/);
  expect(widthOf(row!)).toBe(60);
});

test('gaps and heads give way before anything is cut, and a number never is', () => {
  const head = ['QUEUE', 'COMPLETED', 'PROCESSES'];
  const row = ['photos', '1234567', '12345678'];
  const isRight = [false, true, true];
  expect(laidOut(head, [row], 26, isRight)).toEqual([
    'QUEUE  COMPLETED PROCESSES',
    'photos   1234567  12345678',
  ]);
  expect(laidOut(head, [row], 23, isRight)).toEqual([
    'QUEUE  COMPLE… PROCESS…',
    'photos 1234567 12345678',
  ]);
  expect(laidOut(head, [row], 10, isRight)[1]).toBe('photos 1234567 12345678');
});

test('numbers stand right', () => {
  expect(laidOut(['N'], [['7'], ['1234']], 80, [true])).toEqual(['   N', '   7', '1234']);
});
