/** Where pages of jobs go on. */
import { expect, test } from 'vitest';
import { cursorField } from '../fields.ts';
import { readCursor, toAnchors, writeCursor } from './job-cursor.ts';

const OF = 'waiting newest';

test.each([
  ['1'],
  ['repeat:nightly:1700000000000'],
  ['with space "quotes" \\ and ünïcode 🎉'],
  ['💥'.repeat(500)],
])('a cursor behind the id %j is read as it was written, and may be sent', (id) => {
  const cursor = { at: '9007199254740991', ids: toAnchors(['a', 'b', id]) };
  const text = writeCursor(OF, cursor);
  expect(text).toMatch(/^[\w-]+$/);
  expect(cursorField.safeParse(text).success).toBe(true);
  expect(readCursor(OF, text)).toEqual(cursor);
});

test.each(['-1', '0', '1.5', '6.9e+18', '1e20'])(
  'the score %s, as Redis writes it, is read',
  (at) => {
    expect(readCursor(OF, writeCursor(OF, { at, ids: ['x'] }))).toEqual({ at, ids: ['x'] });
  },
);

test('it holds the last ids, the last one first, and only that one where they are long', () => {
  expect(toAnchors(['1', '2', '3', '4', '5', '6', '7'])).toEqual(['7', '6', '5', '4', '3']);
  const long = Array.from({ length: 5 }, (_, i) => `${i}`.repeat(512));
  expect(toAnchors(long)).toEqual([long[4]]);
  expect(toAnchors(['short', 'x'.repeat(499), 'last'])).toEqual(['last']);
});

test('no text begins at the beginning', () => {
  expect(readCursor(OF, undefined)).toBeUndefined();
  expect(readCursor(OF, '')).toBeUndefined();
});

const encoded = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

test.each([
  ['of another state', writeCursor('failed newest', { at: '1', ids: ['x'] })],
  ['of the other order', writeCursor('waiting oldest', { at: '1', ids: ['x'] })],
  ['without a place', encoded([OF])],
  ['without an id', encoded([OF, '1'])],
  ['with too many ids', encoded([OF, '1', 'a', 'b', 'c', 'd', 'e', 'f'])],
  ['with a number as an id', encoded([OF, '1', 5])],
  ['with a number as its place', encoded([OF, 1, 'x'])],
  ['with an interval of Redis as its place', encoded([OF, '(1', 'x'])],
  ['with no number as its place', encoded([OF, '+inf', 'x'])],
  ['that is an object', encoded({ __proto__: null, at: '1' })],
  ['that is no JSON', Buffer.from('[').toString('base64url')],
  ['that is nothing', '!!!'],
])('one %s is refused, with its field', (_, text) => {
  expect(() => readCursor(OF, text)).toThrow(
    expect.objectContaining({
      code: 'INPUT_INVALID',
      message: expect.stringContaining('begin without it'),
    }),
  );
});
