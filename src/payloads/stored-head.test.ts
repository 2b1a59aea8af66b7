/** The beginning of a stored payload is enough to know its size and form. */
import { expect, test } from 'vitest';
import { plainLength, readStoredHead } from './stored-head.ts';

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
