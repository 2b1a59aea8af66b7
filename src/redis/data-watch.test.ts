import { expect, test } from 'vitest';
import { missingBytes, parseLineage } from './data-watch.ts';

const NONE = '0'.repeat(40);
const info = (id: string, offset: number, before = NONE, until = -1): string =>
  [
    '# Replication',
    'role:master',
    `master_replid:${id}`,
    `master_replid2:${before}`,
    `master_repl_offset:${offset}`,
    `second_repl_offset:${until}`,
    '',
  ].join('\r\n');

const lineage = (...args: Parameters<typeof info>) => parseLineage(info(...args))!;

test('a promoted replica that had received everything has lost nothing', () => {
  expect(missingBytes(lineage('a', 500), lineage('b', 510, 'a', 501))).toBe(0);
});

test('a promoted replica that was behind has lost at least the difference', () => {
  expect(missingBytes(lineage('a', 500), lineage('b', 420, 'a', 401))).toBe(100);
});

test('the same server, and one of another line, were not promoted', () => {
  expect(missingBytes(lineage('a', 500), lineage('a', 900))).toBeUndefined();
  expect(missingBytes(lineage('a', 500), lineage('c', 10))).toBeUndefined();
  expect(missingBytes(lineage('a', 500), lineage('c', 10, 'b', 5))).toBeUndefined();
});

test('what the server does not tell is unknown', () => {
  expect(parseLineage('')).toBeUndefined();
  expect(parseLineage(info('a', 7))).toEqual({ id: 'a', offset: 7, before: null });
});
