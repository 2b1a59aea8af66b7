import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACCESS_OPTIONS, type AccessOptions, checkAccessOptions } from './access-options.ts';
import { networkList, networkOf, sourceOf } from './networks.ts';

const jwt = {
  issuer: 'https://id.example.org',
  audience: 'drover',
  jwksUrl: 'https://id.example.org/keys',
  grants: { ops: 'operator' },
};
const user = { user: 'ann', password: 'correct horse', may: 'admin' };
const proxy = { from: ['192.0.2.1'], groups: { ops: 'operator' } };

test.each<object>([
  {},
  { tokens: true },
  { basic: [user] },
  { jwt },
  { jwt: { ...jwt, algorithms: ['ES384'] } },
  { proxy },
  { authorize: () => null },
  { basic: [{ ...user, may: [{ may: ['viewer', 'jobs.retry'], queues: ['a*'] }] }] },
])('%j can be used', (options) =>
  expect(checkAccessOptions(options as AccessOptions)).toBe(options),
);

test.each<[object, string]>([
  [{ token: true }, 'access.token is no option: did you mean "tokens"?'],
  [{ basic: [{ ...user, role: 'admin' }] }, 'access.basic.0.role is no option'],
  [{ basic: [] }, 'access.basic must hold a user'],
  [{ basic: [user, user] }, 'access.basic holds a user twice'],
  [{ basic: [{ ...user, user: 'a:b' }] }, 'access.basic.0.user must hold no colon'],
  [
    { basic: [{ ...user, password: 'short' }] },
    'access.basic.0.password must have at least 8 characters',
  ],
  [{ basic: [{ ...user, may: 'root' }] }, 'access.basic.0.may must be viewer, operator or admin'],
  [{ jwt: { ...jwt, algorithms: ['HS256'] } }, 'access.jwt.algorithms.0 must be asymmetric'],
  [{ jwt: { ...jwt, algorithms: ['none'] } }, 'access.jwt.algorithms.0 must be asymmetric'],
  [
    { jwt: { ...jwt, jwksUrl: 'http://id.example.org/keys' } },
    'access.jwt.jwksUrl must be an https address',
  ],
  [{ jwt: { ...jwt, jwksUrl: undefined } }, 'access.jwt needs one of jwksUrl and jwks'],
  [
    { jwt: { ...jwt, jwks: { keys: [{ kty: 'EC' }] } } },
    'access.jwt needs one of jwksUrl and jwks',
  ],
  [{ jwt: { ...jwt, grants: {} } }, 'access.jwt.grants must name somebody'],
  [
    { proxy: { ...proxy, from: ['192.0.2.0/33'] } },
    'access.proxy.from.0 must be an address or a network',
  ],
  [{ proxy: { ...proxy, from: [] } }, 'access.proxy.from must hold the address of a proxy'],
  [
    { proxy: { ...proxy, userHeader: 'x user' } },
    'access.proxy.userHeader must be the name of a header',
  ],
  [{ authorize: true }, 'access.authorize must be a function'],
])('%j is refused with what would be right', (options, message) => {
  expect(() => checkAccessOptions(options as AccessOptions)).toThrow(message);
});

test('no message shows a password', () => {
  try {
    checkAccessOptions({ basic: [{ ...user, password: 'hunter', may: 'admin' }] });
    expect.unreachable();
  } catch (error) {
    expect(String(error)).not.toContain('hunter');
  }
});

test('each option is described, and nothing else is', () => {
  const text = readFileSync(new URL('access-options.ts', import.meta.url), 'utf8');
  const body = /export interface AccessOptions \{([^}]*)\}/.exec(text)![1]!;
  const names = [...body.matchAll(/readonly (\w+)\?/g)].map(([, name]) => name);
  expect(Object.keys(ACCESS_OPTIONS)).toEqual(names);
});

test.each(['192.0.2.1', '192.0.2.0/24', '0.0.0.0/0', '::1', '2001:db8::/32', '::/0'])(
  '%s is a network',
  (text) => {
    expect(networkOf(text)).toBeDefined();
  },
);

test.each([
  '',
  '192.0.2',
  '192.0.2.256',
  '192.0.2.0/',
  '192.0.2.0/33',
  '192.0.2.0/-1',
  '192.0.2.0/24/1',
  '::/129',
  'fe80::1%eth0',
  'example.org',
  '192.0.2.0/0x1',
])('%j is none', (text) => expect(networkOf(text)).toBeUndefined());

test('an address is in a list when it is in one of its networks, whatever form it has', () => {
  const isIn = networkList(['192.0.2.0/30', '2001:db8::/64']);
  expect(['192.0.2.3', '::ffff:192.0.2.3', '2001:db8::ffff', '2001:DB8:0:0::1'].map(isIn)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['192.0.2.4', '2001:db8:0:1::1', '::', '', 'x', null].map(isIn)).not.toContain(true);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0DB8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['2001:db8:1:2:3::', '2001:db8:1:2'],
  ['unknown', 'unknown'],
])('%s counts as %s', (address, source) => expect(sourceOf(address)).toBe(source));
