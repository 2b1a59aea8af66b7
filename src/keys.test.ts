/** Keys of jobs, read. */
import { expect, test } from 'vitest';
import { jobOfKey } from './keys.ts';

test.each([
  ['bull:photos:7', 'bull', { queue: 'photos', id: '7' }],
  ['other:photos:7', 'bull', { queue: 'other:photos', id: '7' }],
  ['a:b:photos:7', 'bull', { queue: 'a:b:photos', id: '7' }],
  ['bull:photos:repeat:nightly:1700', 'bull', { queue: 'photos', id: 'repeat:nightly:1700' }],
  ['a:b:photos:repeat:nightly:1700', 'a:b', { queue: 'a:b:photos', id: 'repeat:nightly:1700' }],
  ['{bull}:photos:ü "7"', '{bull}', { queue: '{bull}:photos', id: 'ü "7"' }],
  ['bull:photos:', 'bull', null],
  ['bull::7', 'bull', null],
  ['photos:7', 'bull', null],
  ['photos', 'bull', null],
  ['', 'bull', null],
])('the key %j, where %j is expected, is that of %j', (key, prefix, job) => {
  expect(jobOfKey(key, prefix)).toEqual(job);
});
