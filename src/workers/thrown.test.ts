/** What becomes of a value that is thrown although it is no error. */
import { expect, test } from 'vitest';
import { asError } from './thrown.ts';

test('an error stays what it is, and so does anything with a message', () => {
  const error = new TypeError('x');
  expect(asError(error)).toBe(error);
  const foreign = { message: 'from another realm', stack: 'Foreign: …' };
  expect(asError(foreign)).toBe(foreign);
});

test.each([
  ['no room', 'no room'],
  ['', 'An empty string was thrown'],
  [undefined, 'undefined'],
  [null, 'null'],
  [42, '42'],
  [{ status: 503 }, '{ status: 503 }'],
])('%j becomes an error that says %j, without frames of ours', (thrown, message) => {
  expect(asError(thrown)).toMatchObject({
    name: 'NonError',
    message,
    stack: `NonError: ${message}`,
  });
});

test('what is huge is cut', () => {
  expect((asError('x'.repeat(1_000_000)) as Error).message).toHaveLength(10_000);
});
