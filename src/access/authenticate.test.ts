import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { CoordinatorError } from '../errors.ts';
import type { AccessOptions } from './access-options.ts';
import { createAuthenticator } from './authenticate.ts';
import type { Principal } from './principal.ts';
import { TokenCheck } from './token-check.ts';
import { hashOfSecret, newTokenSecret } from './token-secret.ts';

const TOKEN = `drover_${'a'.repeat(12)}_${'b'.repeat(43)}`;
const deploys: Principal = { kind: 'token', id: 'a', name: 'deploys', grants: [] };

function open(options: AccessOptions = {}) {
  const clock = new FakeClock();
  const tokens = { check: async (secret: string) => (secret === TOKEN ? deploys : null) };
  const told: object[] = [];
  const announce = (name: string, payload: object): void => void told.push({ name, ...payload });
  const authenticator = createAuthenticator(options, { tokens, clock, announce });
  const ask = (headers: Record<string, string> = {}, address: string | null = '192.0.2.9') => {
    const request = new Request('http://localhost/', { headers });
    return authenticator.authenticate({ headers: request.headers, address, request });
  };
  /** The principal, null, or the code of the error. */
  const who = (headers?: Record<string, string>, address?: string) =>
    ask(headers, address).then(
      (found) => found && `${found.kind}:${found.id}`,
      ({ code }) => code,
    );
  return { clock, ask, who, authenticator, told };
}

const basic = (credentials: string) => ({
  authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
});
const users = [
  { user: 'ann', password: 'correct horse', may: 'admin' },
  { user: 'bob', password: 'battery:staple', may: [{ may: ['viewer'], queues: ['a*'] }] },
] as const;

test('without credentials nobody is known, which is no error', async () => {
  expect(await open().who()).toBeNull();
  expect(await open({ basic: users }).who()).toBeNull();
});

test('it is configured when an option names a way', () => {
  const is = (options: AccessOptions): boolean => open(options).authenticator.isConfigured;
  expect([is({}), is({ tokens: false })]).toEqual([false, false]);
  expect([is({ tokens: true }), is({ basic: users }), is({ authorize: () => null })]).toEqual([
    true,
    true,
    true,
  ]);
});

test('user and password are let in, and get what they may', async () => {
  const { ask, who } = open({ basic: users });
  expect(await who(basic('ann:correct horse'))).toBe('basic:ann');
  expect(await ask(basic('bob:battery:staple'))).toEqual({
    ...{ kind: 'basic', id: 'bob', name: 'bob', grants: [{ may: ['viewer'], queues: ['a*'] }] },
  });
  expect(
    await who({
      authorization: basic('ann:correct horse').authorization.replace('Basic', 'bAsIc'),
    }),
  ).toBe('basic:ann');
});

test.each([
  'ann:',
  'ann:wrong',
  'ann',
  ':correct horse',
  'bob:correct horse',
  'nobody:correct horse',
  'Ann:correct horse',
  'ann:correct horse ',
  '',
  '\u0000',
])('user and password %j are not', async (credentials) =>
  expect(await open({ basic: users }).who(basic(credentials))).toBe('NOT_AUTHENTICATED'),
);

test.each([
  '',
  'Basic',
  'Basic ',
  'Bearer',
  'Bearer ',
  'Digest abc',
  'Bearer a b',
  'Bearer drover_',
  `Bearer ${TOKEN}x`,
  `Token ${TOKEN}`,
  TOKEN,
  'Basic !!!!',
  `${'x'.repeat(50_000)} y`,
])('the header %j lets nobody in', async (authorization) =>
  expect(await open({ basic: users }).who({ authorization })).toBe('NOT_AUTHENTICATED'),
);

test('API tokens are taken unless they are switched off', async () => {
  const authorization = `Bearer ${TOKEN}`;
  expect(await open().who({ authorization })).toBe('token:a');
  expect(await open({ tokens: false }).who({ authorization })).toBe('NOT_AUTHENTICATED');
});

test('a token that cannot be checked now is another error than a wrong one', async () => {
  const tokens = { check: () => Promise.reject(new CoordinatorError('QUEUE_UNAVAILABLE', 'away')) };
  const request = new Request('http://localhost/', {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const asked = createAuthenticator({}, { tokens }).authenticate({
    headers: request.headers,
    address: null,
    request,
  });
  await expect(asked).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
});

test('after five wrong passwords an address must wait, also with the right one; others need not', async () => {
  const { who, ask, clock } = open({ basic: users });
  for (let i = 0; i < 5; i += 1) expect(await who(basic('ann:wrong'))).toBe('NOT_AUTHENTICATED');
  await expect(ask(basic('ann:correct horse'))).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterMs: 10_000,
  });
  expect(await who(basic('ann:correct horse'), '192.0.2.10')).toBe('basic:ann');
  await clock.pass(10_000);
  expect(await who(basic('ann:correct horse'))).toBe('basic:ann');
});

test('that an address has to wait is told, and not again within a minute however often it tries', async () => {
  const { who, told, clock } = open({ basic: users });
  const attack = async (times: number, address = '192.0.2.9'): Promise<void> => {
    for (let i = 0; i < times; i += 1) await who(basic('ann:wrong'), address);
  };
  await attack(5);
  expect(told).toEqual([]);
  await attack(100);
  expect(told).toEqual([
    { name: 'logins.limited', address: '192.0.2.9', reason: 'wrong logins', waitMs: 10_000 },
  ]);
  await attack(10, '192.0.2.10');
  expect(told).toHaveLength(2);
  await clock.pass(60_000);
  await attack(20);
  expect(told).toHaveLength(3);
  expect(JSON.stringify(told)).not.toMatch(/ann|wrong"/);
});

test('right logins cost nothing, and wrong tokens keep no right one out', async () => {
  const { who } = open({ basic: users });
  for (let i = 0; i < 20; i += 1) expect(await who(basic('ann:correct horse'))).toBe('basic:ann');
  for (let i = 0; i < 5; i += 1)
    expect(await who({ authorization: 'Bearer drover_x' })).toBe('NOT_AUTHENTICATED');
  expect(await who({ authorization: 'Bearer drover_x' })).toBe('RATE_LIMITED');
  expect(await who({ authorization: `Bearer ${TOKEN}` })).toBe('token:a');
});

test('tokens that nobody here knows are looked up at a bounded rate by address, and a known one at any time', async () => {
  const clock = new FakeClock();
  let lookUps = 0;
  const get = async (id: string) => {
    lookUps += 1;
    return id === known.id ? { ...known, hash: hashOfSecret(known.secret) } : undefined;
  };
  const known = {
    ...{ ...newTokenSecret(), name: 'deploys', grants: [{ may: ['viewer'] as const }] },
    ...{ createdBy: 'ann', createdAt: 0, expiresAt: null, revokedAt: null },
  };
  const store = { get, touch: async () => {} };
  const tokens = new TokenCheck({ store, clock, isReadOnly: () => true, now: () => clock.now() });
  const authenticator = createAuthenticator({ tokens: true }, { tokens, clock });
  const who = (secret: string, address = '192.0.2.9') => {
    const request = new Request('http://localhost/', {
      headers: { authorization: `Bearer ${secret}` },
    });
    const facts = { headers: request.headers, address, request };
    return authenticator.authenticate(facts).catch(({ code }) => code as string);
  };
  expect(await who(known.secret)).toMatchObject({ id: known.id });
  for (let i = 0; i < 500; i += 1) await who(newTokenSecret().secret);
  expect(lookUps).toBe(100);
  expect(await who(newTokenSecret().secret)).toBe('RATE_LIMITED');
  await clock.pass(6_000); // Redis is asked again for the one that is known, too.
  const before = lookUps;
  for (let i = 0; i < 500; i += 1) await who(newTokenSecret().secret);
  expect(lookUps - before).toBe(60);
  expect(await who(known.secret)).toMatchObject({ id: known.id });
  expect(await who(newTokenSecret().secret, '192.0.2.10')).toBe('NOT_AUTHENTICATED');
});

test('looking again at who was let in is no login: it waits for nobody, and counts for nothing', async () => {
  const { ask, who, authenticator } = open({ basic: users });
  const again = (headers: Record<string, string>) => {
    const request = new Request('http://localhost/', { headers });
    const facts = { headers: request.headers, address: '192.0.2.9', request };
    return authenticator.authenticate(facts, true);
  };
  for (let i = 0; i < 20; i += 1)
    await expect(again(basic('ann:wrong'))).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED' });
  expect(await who(basic('ann:correct horse'))).toBe('basic:ann');
  for (let i = 0; i < 9; i += 1) await who(basic('ann:wrong'));
  await expect(ask(basic('ann:correct horse'))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  expect(await again(basic('ann:correct horse'))).toMatchObject({ id: 'ann' });
});

const proxy = {
  ...{ from: ['192.0.2.0/28', '2001:db8::7'] },
  groups: { ops: 'operator', leads: [{ may: ['audit.read'] }] },
} as const;
const ann = { 'x-forwarded-user': 'ann', 'x-forwarded-groups': 'ops, leads,unknown, __proto__' };

test('a listed proxy is believed, with what its groups may do', async () => {
  const { ask, who } = open({ proxy });
  expect(await ask(ann)).toEqual({
    ...{
      kind: 'proxy',
      id: 'ann',
      name: 'ann',
      grants: [{ may: ['operator'] }, { may: ['audit.read'] }],
    },
  });
  expect(await who(ann, '::ffff:192.0.2.15')).toBe('proxy:ann');
  expect(await who(ann, '2001:db8::7')).toBe('proxy:ann');
  expect(await ask({ 'x-forwarded-user': 'bob' })).toMatchObject({ id: 'bob', grants: [] });
});

test.each([
  '192.0.2.16',
  '127.0.0.1',
  '::1',
  '2001:db8::8',
  '::ffff:198.51.100.1',
  '192.0.2.1, 192.0.2.2',
  '',
  'proxy',
])('the headers of %j are ignored', async (address) =>
  expect(await open({ proxy }).who(ann, address)).toBeNull(),
);

test('nobody is known when the address is not, or the user is doubtful', async () => {
  expect(await open({ proxy }).ask(ann, null)).toBeNull();
  for (const user of ['', ' ', 'eve, ann', 'x'.repeat(301)])
    expect(await open({ proxy }).who({ 'x-forwarded-user': user })).toBeNull();
});

test('the application is asked first; null goes on to the other ways', async () => {
  const authorize = async (request: Request): Promise<Principal | null> =>
    request.headers.has('cookie')
      ? { kind: 'loopback', id: 'u1', name: 'Ann', grants: [{ may: ['admin'] }] }
      : null;
  const { ask, who } = open({ authorize, basic: users });
  // Whatever it calls itself, it came from the application.
  expect(await ask({ cookie: 'a=b' })).toEqual({
    kind: 'application',
    id: 'u1',
    name: 'Ann',
    grants: [{ may: ['admin'] }],
  });
  expect(await who(basic('ann:correct horse'))).toBe('basic:ann');
  expect(await who()).toBeNull();
});

test.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('database');
    },
  ],
  ['rejects', () => Promise.reject(new Error('database'))],
  ['answers true', () => true],
  ['answers a principal without an id', () => ({ name: 'a', grants: [] })],
  [
    'answers one with unknown permissions',
    () => ({ id: 'a', name: 'a', grants: [{ may: ['everything'] }] }),
  ],
  ['answers one with control characters', () => ({ id: 'a\r\nb', name: 'a', grants: [] })],
  ['answers one without grants', () => ({ id: 'a', name: 'a' })],
])('an application that %s lets nobody in', async (_, authorize) => {
  const { who } = open({ authorize: authorize as () => null });
  expect(await who()).toBe('NOT_AUTHENTICATED');
});

async function provider({ alg = 'ES256' } = {}) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg };
  const sign = (
    claims: Record<string, unknown> = {},
    {
      issuer = 'https://id.example.org',
      audience = 'drover',
      expires = '5m' as string | number,
      key = privateKey,
    } = {},
  ) =>
    new SignJWT({ roles: ['ops'], name: 'Ann', sub: 'u-17', ...claims })
      .setProtectedHeader({ alg, kid: 'k1' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime(expires)
      .sign(key)
      .then((token) => ({ authorization: `Bearer ${token}` }));
  const jwt = {
    ...{ issuer: 'https://id.example.org', audience: 'drover', jwks: { keys: [jwk] } },
    grants: { ops: 'operator', leads: 'admin' },
  } as const;
  return { jwt, jwk, sign };
}

test('a token of the identity provider is let in, with what its claim allows', async () => {
  const { jwt, sign } = await provider();
  const { ask } = open({ jwt });
  expect(await ask(await sign())).toEqual({
    kind: 'jwt',
    id: 'u-17',
    name: 'Ann',
    grants: [{ may: ['operator'] }],
  });
  expect(await ask(await sign({ roles: 'leads others' }))).toMatchObject({
    grants: [{ may: ['admin'] }],
  });
  expect(await ask(await sign({ roles: ['constructor', 7, null] }))).toMatchObject({ grants: [] });
  expect(await ask(await sign({ roles: undefined, name: 'A\u0007nn' }))).toMatchObject({
    grants: [],
    name: 'Ann',
  });
});

test('the claim may lie inside of others, or have dots in its name', async () => {
  const { jwt, sign } = await provider();
  const nested = open({ jwt: { ...jwt, claim: 'realm_access.roles' } });
  expect(await nested.ask(await sign({ realm_access: { roles: ['ops'] } }))).toMatchObject({
    grants: [{ may: ['operator'] }],
  });
  const dotted = open({ jwt: { ...jwt, claim: 'https://example.org/roles' } });
  expect(await dotted.ask(await sign({ 'https://example.org/roles': ['ops'] }))).toMatchObject({
    grants: [{ may: ['operator'] }],
  });
});

test('a token of somebody else, for somebody else, or from before is not', async () => {
  const { jwt, sign } = await provider();
  const other = await provider();
  const { who, clock } = open({ jwt });
  const wrong = [
    await sign({}, { issuer: 'https://evil.example.org' }),
    await sign({}, { audience: 'another' }),
    await sign({}, { expires: Math.floor(Date.now() / 1_000) - 60 }),
    await other.sign(),
    { authorization: 'Bearer a.b.c' },
    { authorization: `Bearer ${'x'.repeat(20_000)}` },
    // Unsigned, and signed with the public key as if it were a shared secret.
    { authorization: `Bearer ${unsigned('none')}.` },
    { authorization: `Bearer ${unsigned('HS256')}.AAAA` },
  ];
  for (const headers of wrong) {
    expect(await who(headers)).toBe('NOT_AUTHENTICATED');
    await clock.pass(60_000);
  }
});

test.each([{}, 7, '', 'a\u0000b', 'x'.repeat(301)])('a subject %j is nobody', async (subject) => {
  const { jwt, sign } = await provider();
  const { who } = open({ jwt });
  expect(await who(await sign({ sub: subject }))).toBe('NOT_AUTHENTICATED');
});

function unsigned(alg: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    sub: 'u',
    iss: 'https://id.example.org',
    aud: 'drover',
    exp: 9_999_999_999,
    roles: ['leads'],
  };
  return `${part({ alg, kid: 'k1' })}.${part(claims)}`;
}

test('keys are fetched from the provider; when that fails it is said so, and works again later', async () => {
  const {
    jwt: { jwks, ...jwt },
    sign,
  } = await provider();
  const state = { isBroken: true, asked: 0 };
  const server = createServer((_, response) => {
    state.asked += 1;
    response.statusCode = state.isBroken ? 500 : 200;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const { ask } = open({ jwt: { ...jwt, jwksUrl } });
  for (let i = 0; i < 8; i += 1)
    await expect(ask(await sign())).rejects.toMatchObject({
      ...{ code: 'NOT_AUTHENTICATED', message: expect.stringContaining('cannot be read') },
    });
  state.isBroken = false;
  expect(await ask(await sign())).toMatchObject({ kind: 'jwt', id: 'u-17' });
  const { asked } = state;
  await ask(await sign());
  expect(state.asked).toBe(asked);
});
