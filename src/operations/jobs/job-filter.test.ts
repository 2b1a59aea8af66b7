/** Filters on jobs of a state. */
import { expect, test } from 'vitest';
import { parseExactly } from '../../base/exact-numbers.ts';
import { parseJobFilter } from './job-filter.ts';
import type { StoredRow } from './job-row.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const HOUR = 3_600_000;
const JOB: StoredRow = {
  ...{ id: 'a b', score: null, bytes: 2 },
  fields: {
    ...{ name: 'resize', timestamp: String(NOW - 2 * HOUR), atm: '3' },
    failedReason: 'No Answer from the printer',
  },
};
const matches = (text: string, fields: StoredRow['fields'] = {}): boolean =>
  parseJobFilter(text, 'failed', NOW).matches({ ...JOB, fields: { ...JOB.fields, ...fields } });

test.each([
  ['', true],
  ['   ', true],
  ['name:resize', true],
  ['name:Resize', false],
  ['-name:resize', false],
  ['name:resize id:"a b"', true],
  ['name:resize id:a', false],
  ['error:"no answer"', true],
  ['error:timeout', false],
  ['-error:timeout', true],
  ['attempts:3', true],
  ['attempts:>=3', true],
  ['attempts:>3', false],
  ['attempts:<4', true],
  ['state:failed', true],
  ['after:3h', true],
  ['after:1h', false],
  ['before:1h', true],
  ['before:3h', false],
  ['after:3h before:1h', true],
  ['before:2026-11-25T11:00Z', true],
])('%j: %s', (text, expected) => {
  expect(matches(text)).toBe(expected);
});

test('the time of a job is that of its end, else of its add; the first bound belongs to the range', () => {
  expect(matches('after:1h', { finishedOn: String(NOW - HOUR) })).toBe(true);
  expect(matches('after:1h', { finishedOn: String(NOW - HOUR - 1) })).toBe(false);
  expect(matches('before:1h', { finishedOn: String(NOW - HOUR) })).toBe(false);
  // Nobody knows when it was added.
  expect(matches('after:3h', { timestamp: '' })).toBe(false);
});

test('of several bounds the narrowest holds', () => {
  expect(parseJobFilter('after:3h after:1h before:10m before:30m', 'failed', NOW)).toMatchObject({
    ...{ from: NOW - HOUR, to: NOW - HOUR / 2 },
  });
});

test.each([
  ['data.user.id:42', true],
  ['data.user.id:43', false],
  ['-data.user.id:43', true],
  ['data.user.name:"Ann B"', true],
  ['data.flag:true', true],
  ['data.none:null', true],
  ['data.big:9007199254740993', true],
  ['data.big:9007199254740992', false],
  ['data.list.1:b', true],
  ['data.user:42', false],
  ['data.missing:undefined', false],
  ['data.constructor:x', false],
  ['data.__proto__.x:1', false],
  ['data.list.length:2', true],
])('%j about data: %s', (text, expected) => {
  const data = parseExactly(
    '{"user":{"id":42,"name":"Ann B"},"flag":true,"none":null,"big":9007199254740993,"list":["a","b"]}',
  );
  expect(parseJobFilter(text, 'failed', NOW).matchesData(data)).toBe(expected);
});

test('it tells whether it looks at what may be hidden', () => {
  const asks = (text: string) => {
    const { asksReason, asksData } = parseJobFilter(text, 'failed', NOW);
    return { asksReason, asksData };
  };
  expect(asks('name:x id:1 attempts:1 after:1h')).toEqual({ asksReason: false, asksData: false });
  expect(asks('-error:x')).toEqual({ asksReason: true, asksData: false });
  expect(asks('name:x -data.a:1')).toEqual({ asksReason: false, asksData: true });
});

test.each([
  ['nmae:x', 1],
  ['name:x foo:y', 8],
  ['state:waiting', 7],
  ['-state:failed', 1],
  ['-after:1h', 1],
  ['attempts:many', 10],
  ['attempts:-1', 10],
  ['after:soon', 7],
  ['before:3h after:1h', 11],
  ['data.:x', 1],
  ['data.a..b:x', 1],
  [`data${'.a'.repeat(21)}:x`, 1],
  ['name', 1],
  ['name:"open', 11],
])('%j is refused at column %i', (text, column) => {
  expect(() => parseJobFilter(text, 'failed', NOW)).toThrow(
    expect.objectContaining({ code: 'FILTER_INVALID', position: column }),
  );
});
