import { describe, expect, test } from 'vitest';
import { resolveAddress } from './redis-address.ts';

const clientOf = (url: string) => resolveAddress(url, undefined)?.client;

describe('an address from a URL', () => {
  test('carries host, port, user, password and database', () => {
    expect(clientOf('redis://ann:s%40cret@cache.local:6380/3')).toEqual({
      host: 'cache.local',
      port: 6380,
      username: 'ann',
      password: 's@cret',
      db: 3,
    });
  });

  test('fills in what is missing', () => {
    expect(clientOf('redis://')).toEqual({ host: 'localhost', port: 6379, db: 0 });
  });

  test('turns on TLS for rediss', () => {
    expect(clientOf('rediss://h')).toMatchObject({ tls: {} });
  });

  test('may be a unix socket with a database', () => {
    expect(clientOf('unix:///run/redis.sock?db=2')).toEqual({ path: '/run/redis.sock', db: 2 });
  });

  test('may hold an IPv6 address', () => {
    expect(clientOf('redis://[::1]:7000')).toMatchObject({ host: '::1', port: 7000 });
  });

  test.each([
    ['localhost:6379', 'redis://'],
    ['http://localhost', 'redis://'],
    ['redis://h/photos', 'number'],
  ])('says what to do instead of %s', (url, remedy) => {
    expect(() => clientOf(url)).toThrow(remedy);
  });

  test('never shows the password in a complaint', () => {
    expect(() => clientOf('redis//:hunter2@h')).toThrow(/^(?!.*hunter2)/);
    expect(() => clientOf('redis://u:hunter2@h/x')).toThrow(/^(?!.*hunter2)/);
  });
});

test('the URL wins over the parts', () => {
  expect(resolveAddress('redis://a', { host: 'b' })?.host).toBe('a');
});

test('any part names a Redis, none does not', () => {
  expect(resolveAddress(undefined, { port: 7000 })?.client).toMatchObject({
    host: 'localhost',
    port: 7000,
  });
  expect(resolveAddress(undefined, {})).toBeUndefined();
  expect(resolveAddress(undefined, { host: undefined })).toBeUndefined();
});

test('Sentinels need the name of the primary', () => {
  const sentinels = [{ host: 's1', port: 26379 }];
  expect(() => resolveAddress(undefined, { sentinels })).toThrow('sentinelName');
  expect(resolveAddress(undefined, { sentinels, sentinelName: 'mymaster' })?.client).toMatchObject({
    sentinels,
    name: 'mymaster',
  });
});
