import { expect, test } from 'vitest';
import { isLoopbackRequest } from './loopback.ts';

const is = (
  address: string | null,
  headers: Record<string, string> = { host: 'localhost:3000' },
): boolean => isLoopbackRequest({ address, headers: new Headers(headers) });

test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])(
  '%s is this machine',
  (address) => {
    expect(is(address)).toBe(true);
  },
);

test.each([
  null,
  '',
  '192.0.2.1',
  '::ffff:192.0.2.1',
  '::',
  '128.0.0.1',
  '127.0.0.1.example.org',
  '2001:db8::1',
  'localhost',
  '1127.0.0.1',
])('%j is not', (address) => expect(is(address)).toBe(false));

test.each(['localhost', 'LOCALHOST:80', '127.0.0.1:3000', '[::1]', '[::1]:8443'])(
  'the host %s is',
  (host) => {
    expect(is('127.0.0.1', { host })).toBe(true);
  },
);

test.each([
  '',
  'example.org',
  'localhost.example.org',
  '127.0.0.1.example.org',
  'localhost:80:80',
  'localhost@example.org',
  '127.0.0.2',
  '::1',
  'localhost, example.org',
  'xlocalhost',
])('the host %j is not, whatever it resolves to', (host) =>
  expect(is('127.0.0.1', { host })).toBe(false),
);

test('without a host it is not', () => {
  expect(is('127.0.0.1', {})).toBe(false);
});

test.each([
  'forwarded',
  'x-forwarded-for',
  'X-Forwarded-Host',
  'x-forwarded-proto',
  'x-forwarded-user',
  'x-real-ip',
  'via',
])('with %s somebody speaks for others', (name) =>
  expect(is('127.0.0.1', { host: 'localhost', [name]: 'x' })).toBe(false),
);

test('what speaks HTTP/1.0 is a proxy that passes on what others ask', () => {
  const headers = new Headers({ host: 'localhost:3000' });
  const by = (httpVersion: string | null): boolean =>
    isLoopbackRequest({ address: '127.0.0.1', headers, httpVersion });
  expect(['1.0', '0.9'].map(by)).toEqual([false, false]);
  expect(['1.1', '2.0', null].map(by)).toEqual([true, true, true]);
});
