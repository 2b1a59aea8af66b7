/** Beats as they come back from Redis: whole, or not at all. */
import { expect, test } from 'vitest';
import { parseBeat } from './parse-beat.ts';

const POOL = {
  ...{ most: 4, slots: 2, active: 1, epoch: -1, rev: -1 },
  ...{ started: 3, ended: 2, returned: 0, busyMs: 12.5, runs: 2, runMs: 9.5, runMsSquared: 50 },
};
const BEAT = {
  ...{ id: 'web-1:4711', host: 'web-1', version: '1.2.3', capacity: 8, isStopping: false },
  pools: { photos: POOL },
};
const AT = 1_764_000_000_000;

test('a beat comes back as it is, with its time', () => {
  expect(parseBeat(`${AT} ${JSON.stringify(BEAT)}`)).toEqual({ ...BEAT, beatAt: AT });
  expect(parseBeat(`${AT} ${JSON.stringify({ ...BEAT, version: null })}`)?.version).toBeNull();
});

test.each([
  { id: 5 },
  { host: null },
  { capacity: 'many' },
  { capacity: -1 },
  { isStopping: 'no' },
  { pools: null },
  { pools: [] },
  { pools: { photos: null } },
  { pools: { photos: { ...POOL, most: -1 } } },
  { pools: { photos: { ...POOL, runs: '2' } } },
  { pools: { photos: { ...POOL, busyMs: null } } },
  { pools: { photos: { ...POOL, rev: 'x' } } },
  { pools: { photos: {} } },
])('with %j it is none', (fields) => {
  expect(parseBeat(`${AT} ${JSON.stringify({ ...BEAT, ...fields })}`)).toBeUndefined();
});

test.each([
  '',
  ' ',
  `${AT}`,
  `${AT} `,
  `${AT} {`,
  `x ${JSON.stringify(BEAT)}`,
  `-1 {}`,
  `${AT} []`,
])('"%s" is none', (text) => {
  expect(parseBeat(text)).toBeUndefined();
});

test('what is too long to be one is not even read', () => {
  const long = { ...BEAT, version: 'x'.repeat(1_000_000) };
  expect(parseBeat(`${AT} ${JSON.stringify(long)}`)).toBeUndefined();
});
