import { expect, test } from 'vitest';
import { closest } from './closest.ts';

test('a mistyped name finds the one that was meant', () => {
  expect(closest('redisURL', ['redis', 'redisUrl', 'prefix'])).toBe('redisUrl');
  expect(closest('prefx', ['redis', 'redisUrl', 'prefix'])).toBe('prefix');
});

test('nothing is guessed when nothing is near', () => {
  expect(closest('colour', ['redis', 'prefix'])).toBeUndefined();
  expect(closest('c', ['a', 'b'])).toBeUndefined();
});
