import { expect, test } from 'vitest';
import { banner, resolveServeOptions } from './serve.ts';

const none = (): string => {
  throw new Error('nothing to read');
};
const NEAR = 'redis://127.0.0.1:6379';
const FAR = 'rediss://user:pw@redis.example.org';

test.each([
  [NEAR, {}, false],
  ['redis://localhost', {}, false],
  ['redis://[::1]:6379', {}, false],
  ['unix:///run/redis.sock', {}, false],
  [FAR, {}, true],
  ['redis://127.0.0.1.evil.example', {}, true],
  [FAR, { write: true }, false],
  [NEAR, { readOnly: true }, true],
])('on %s with %j nothing is changed: %s', (url, wishes, readOnly) => {
  expect(resolveServeOptions(wishes, url, none).readOnly).toBe(readOnly);
});

test('other machines get in only when somebody has to say who they are', () => {
  for (const host of ['0.0.0.0', '::', 'ops.example.org', '127.0.0.1.example.org'])
    expect(() => resolveServeOptions({ host }, NEAR, none)).toThrow('--token-auth');
  expect(resolveServeOptions({ host: '::', tokenAuth: true }, NEAR, none).login).toEqual({
    kind: 'token',
  });
  const wishes = { host: '::', user: 'ops', passwordFile: 'p' };
  expect(resolveServeOptions(wishes, NEAR, () => 'long-enough\n').login).toEqual({
    ...{ kind: 'basic', user: 'ops', password: 'long-enough' },
  });
  expect(() => resolveServeOptions(wishes, NEAR, () => 'short\n')).toThrow('8 characters');
});

test('the name of the environment is a short one', () => {
  const named = (environment: string) => resolveServeOptions({ environment }, NEAR, none);
  expect(named('production').environment).toBe('production');
  for (const bad of ['', 'x'.repeat(41)]) expect(() => named(bad)).toThrow('--environment');
});

test('the base path has one slash before it and none behind', () => {
  const pathOf = (basePath: string) => resolveServeOptions({ basePath }, NEAR, none).basePath;
  expect([pathOf(''), pathOf('/'), pathOf('ops/'), pathOf('/a/b')]).toEqual([
    '',
    '',
    '/ops',
    '/a/b',
  ]);
});

test('the banner tells who may come in, and no password', () => {
  const wishes = { user: 'ops', passwordFile: 'p' };
  const options = resolveServeOptions(wishes, FAR, () => 'long-enough');
  const text = banner('http://127.0.0.1:3000', 'rediss://redis.example.org', options);
  expect(text).toContain('ops, with the password');
  expect(text).toContain('read-only');
  expect(text).toContain('http://127.0.0.1:3000/api/v1');
  expect(text).not.toContain('long-enough');
});
