/** The language of paths: what it can say, and what it refuses. */
import { expect, test } from 'vitest';
import { follow, parseRedactionPath, type RedactionPaths } from './redaction-path.ts';

const leads = (path: string, ...place: string[]): boolean => {
  const parsed = parseRedactionPath(path);
  if ('problem' in parsed) throw new Error(parsed.problem);
  let left: RedactionPaths | 'secret' = [parsed.path];
  for (const name of place) {
    if (left === 'secret') return true;
    left = follow(left, name);
  }
  return left === 'secret';
};

test.each([
  ['phone', ['phone']],
  ['customer.phone', ['customer', 'phone']],
  ['cards[*].number', ['cards', '7', 'number']],
  ['cards[0].number', ['cards', '0', 'number']],
  ['[*].number', ['3', 'number']],
  ['*.token', ['session', 'token']],
  ['**.password', ['password']],
  ['**.password', ['a', 'b', 'c', 'password']],
  ['login.**.key.value', ['login', 'key', 'key', 'value']],
  ['headers["x-api key"]', ['headers', 'x-api key']],
  ['["a.b"].c', ['a.b', 'c']],
  ['x-api-key', ['x-api-key']],
  ['Größe', ['Größe']],
  ['__proto__.a', ['__proto__', 'a']],
  ['customer', ['customer', 'phone']],
])('%s leads to %j', (path, place) => {
  expect(leads(path, ...place)).toBe(true);
});

test.each([
  ['customer.phone', ['phone']],
  ['customer.phone', ['customer']],
  ['cards[0].number', ['cards', '1', 'number']],
  ['*.token', ['token']],
  ['*.token', ['a', 'b', 'token']],
  ['login.**.key', ['key']],
  ['Phone', ['phone']],
])('%s does not lead to %j', (path, place) => {
  expect(leads(path, ...place)).toBe(false);
});

test.each([
  '',
  '.',
  'a.',
  '.a',
  'a..b',
  'a b',
  'a[',
  'a[x]',
  'a[-1]',
  'a["]',
  'a["\\x"]',
  '[*]a',
  '**',
  'a.**',
  '**.a.**.b',
  `${'a.'.repeat(30)}a`,
  'a'.repeat(300),
  7,
  null,
])('%j is refused with a reason', (path) => {
  expect(parseRedactionPath(path)).toEqual({ problem: expect.stringMatching(/\w/) });
});
