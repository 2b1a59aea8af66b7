/** The beginning of a stored payload is enough to know its size and form. */
import { expect, test } from 'vitest';
import { plainLength, readStoredHead, wouldBeReadable } from './stored-head.ts';

test.each([
  ['{"a":1}', { form: 'plain', plainBytes: null, bodyBytes: 0, isEncrypted: false }],
  ['', { form: 'plain', plainBytes: null, bodyBytes: 0, isEncrypted: false }],
  [
    '{"$drover":"z1,3fk,3f9a1c07,,eJwrSS',
    { form: 'inline', plainBytes: 4_448, bodyBytes: 0, isEncrypted: false },
  ],
  [
    '{"$drover":"n2,3fk,,2026-a,eJwrSS',
    { form: 'inline', plainBytes: 4_448, bodyBytes: 0, isEncrypted: true },
  ],
  [
    '{"$drover":"p1,3fk,3f9a1c07,k1,files,01JDQ5,rs,abc"}',
    { form: 'pointer', plainBytes: 4_448, bodyBytes: 1_000, isEncrypted: true },
  ],
])('%s', (text, head) => {
  expect(readStoredHead(text)).toEqual(head);
});

test('the length of a payload is that of its JSON, packed or not', () => {
  expect(plainLength('{"$drover":"z1,3fk,,,eJwrSS')).toBe(4_448);
  expect(plainLength('{"$drover":true}')).toBe(16);
  expect(plainLength('{"a":"ä"}')).toBe(9);
});

test('encrypted data would be readable in plain text, packed or not, but not in empty data', () => {
  const encrypted = '{"$drover":"e1,3fk,,k1,eJwrSS';
  expect(readStoredHead(encrypted).isEncrypted).toBe(true);
  expect(wouldBeReadable(encrypted, '{"a":1}')).toBe(true);
  expect(wouldBeReadable(encrypted, '{"$drover":"z1,3fk,,,eJwrSS')).toBe(true);
  expect(wouldBeReadable(encrypted, encrypted)).toBe(false);
  expect(wouldBeReadable(encrypted, '{}')).toBe(false);
  expect(wouldBeReadable('{"a":1}', '{"a":2}')).toBe(false);
});
