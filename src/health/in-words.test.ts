import { expect, test } from 'vitest';
import { bytesInWords, countInWords, durationInWords, percentInWords } from './in-words.ts';

test.each([
  [0, '0 ms'],
  [850, '850 ms'],
  [1_000, '1 s'],
  [4_200, '4.2 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [240_000, '4 min'],
  [5_400_000, '1 h 30 min'],
  [3_600_000, '1 h'],
  [100 * 3_600_000, '4 d 4 h'],
])('%i ms are %s', (ms, words) => {
  expect(durationInWords(ms)).toBe(words);
});

test('percentages, counts and bytes', () => {
  expect([0, 0.0004, 0.032, 0.5, 1].map(percentInWords)).toEqual([
    ...['0 %', '< 0.1 %', '3.2 %', '50 %', '100 %'],
  ]);
  expect([1, 0, 1_204].map((n) => countInWords(n, 'job'))).toEqual([
    '1 job',
    '0 jobs',
    '1,204 jobs',
  ]);
  expect(
    [0, 900, 1_024, 1.5 * 1_024 ** 2, 2 * 1_024 ** 3, 5_000 * 1_024 ** 4].map(bytesInWords),
  ).toEqual(['0 B', '900 B', '1 KB', '1.5 MB', '2 GB', '5000 TB']);
});
