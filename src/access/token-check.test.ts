import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { CoordinatorError } from '../errors.ts';
import { TokenCheck } from './token-check.ts';
import { isForgettable, parseToken, type TokenRecord } from './token-record.ts';
import { hasHash, hashOfSecret, idOfSecret, newTokenSecret } from './token-secret.ts';

const DAY_MS = 86_400_000;

function open(over: Partial<TokenRecord> = {}, isReadOnly = false) {
  const clock = new FakeClock();
  const { id, secret } = newTokenSecret();
  const state = {
    token: {
      ...{ id, name: 'deploys', hash: hashOfSecret(secret), grants: [{ may: ['viewer'] }] },
      ...{
        createdBy: 'ann',
        createdAt: clock.now(),
        expiresAt: clock.now() + DAY_MS,
        revokedAt: null,
      },
      ...over,
    } as TokenRecord | undefined,
    ...{ isAway: false, asked: [] as string[], touched: 0 },
  };
  const store = {
    async get(asked: string) {
      state.asked.push(asked);
      if (state.isAway) throw new CoordinatorError('QUEUE_UNAVAILABLE', 'Redis cannot be reached');
      return asked === id ? state.token : undefined;
    },
    async touch() {
      state.touched += 1;
    },
  };
  const check = new TokenCheck({
    store,
    isReadOnly: () => isReadOnly,
    now: () => clock.now(),
    clock,
  });
  return { clock, id, secret, state, check };
}

test('a token is who it was made for', async () => {
  const { check, secret, id } = open();
  expect(await check.check(secret)).toEqual({
    ...{ kind: 'token', id, name: 'deploys', grants: [{ may: ['viewer'] }] },
  });
});

test('a wrong secret with a right id, an unknown id, and what is no token are nobody', async () => {
  const { check, secret, state } = open();
  const wrong = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
  for (const each of [wrong, newTokenSecret().secret]) expect(await check.check(each)).toBeNull();
  expect(state.asked).toHaveLength(2);
  for (const each of ['', 'drover_', 'drover_x_y', `${secret}x`, ` ${secret}`, 'x'.repeat(100_000)])
    expect(await check.check(each)).toBeNull();
  expect(state.asked).toHaveLength(2);
});

test('an expired and a revoked token are good for nothing', async () => {
  const { check, secret, clock } = open();
  await clock.pass(DAY_MS - 1);
  expect(await check.check(secret)).not.toBeNull();
  await clock.pass(1);
  expect(await check.check(secret)).toBeNull();
  const revoked = open({ revokedAt: 1 });
  expect(await revoked.check.check(revoked.secret)).toBeNull();
});

test('Redis is asked once in 5 s, once for many at a time, and a revocation works then', async () => {
  const { check, secret, state, clock } = open();
  await Promise.all([check.check(secret), check.check(secret), check.check(secret)]);
  await clock.pass(4_999);
  await check.check(secret);
  expect(state.asked).toHaveLength(1);
  state.token = { ...state.token!, revokedAt: clock.now() };
  await clock.pass(1);
  expect(await check.check(secret)).toBeNull();
  expect(state.asked).toHaveLength(2);
});

test('what was revoked in this process is asked for at once', async () => {
  const { check, secret, state, id } = open();
  await check.check(secret);
  state.token = undefined;
  check.forget(id);
  expect(await check.check(secret)).toBeNull();
});

test('while Redis is away a known token is good for a minute more, and not each request waits', async () => {
  const { check, secret, state, clock } = open();
  await check.check(secret);
  state.isAway = true;
  await clock.pass(64_000);
  expect(await check.check(secret)).not.toBeNull();
  expect(await check.check(secret)).not.toBeNull();
  expect(state.asked).toHaveLength(2);
  await clock.pass(1_000);
  await expect(check.check(secret)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  state.isAway = false;
  expect(await check.check(secret)).not.toBeNull();
});

test('while Redis is away nobody gets in with a token that was not seen, or was revoked', async () => {
  const { check, secret, state, clock } = open({ revokedAt: 1 });
  await check.check(secret);
  state.isAway = true;
  await clock.pass(6_000);
  expect(await check.check(secret)).toBeNull();
  await expect(check.check(newTokenSecret().secret)).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
  });
});

test('unknown ids are remembered for 5 s, and not without bound', async () => {
  const { check, state } = open();
  const { secret } = newTokenSecret();
  await check.check(secret);
  await check.check(secret);
  expect(state.asked).toHaveLength(1);
  for (let i = 0; i < 2_000; i += 1) await check.check(newTokenSecret().secret);
  await check.check(secret);
  expect(state.asked).toHaveLength(2_002);
});

test('a flood of unknown ids pushes no known token out, also when Redis goes then', async () => {
  const { check, secret, state } = open();
  await check.check(secret);
  for (let i = 0; i < 5_000; i += 1) await check.check(newTokenSecret().secret);
  state.isAway = true;
  expect(await check.check(secret)).not.toBeNull();
});

test('a token that was taken out of Redis is good no more', async () => {
  const { check, secret, state, clock } = open();
  await check.check(secret);
  state.token = undefined;
  await clock.pass(5_000);
  expect(await check.check(secret)).toBeNull();
  state.isAway = true;
  await clock.pass(5_000);
  expect(await check.check(secret).catch(({ code }) => code)).not.toMatchObject({ kind: 'token' });
});

test('its use is noted at most once a minute, and never where nothing may be written', async () => {
  const { check, secret, state, clock } = open();
  for (let i = 0; i < 12; i += 1) {
    await check.check(secret);
    await clock.pass(10_000);
  }
  expect(state.touched).toBe(2);
  const readOnly = open({}, true);
  await readOnly.check.check(readOnly.secret);
  expect(readOnly.state.touched).toBe(0);
});

test('a secret is 32 random bytes with its id, and its hash does not hold it', () => {
  const { id, secret } = newTokenSecret();
  expect(secret).toMatch(/^drover_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
  expect(idOfSecret(secret)).toBe(id);
  expect(newTokenSecret().secret).not.toBe(secret);
  const hash = hashOfSecret(secret);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect([hasHash(secret, hash), hasHash(`${secret}x`, hash), hasHash(secret, '')]).toEqual([
    true,
    false,
    false,
  ]);
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"name":"a"}',
  '{"name":"a","hash":"h","grants":[{}],"expiresAt":null,"revokedAt":null}',
  '{"name":"a","hash":"h","grants":[],"expiresAt":"soon","revokedAt":null}',
  '{"name":"a","hash":"h","grants":[],"expiresAt":null}',
])('a stored %j is good for nothing', (json) => expect(parseToken('id', json)).toBeUndefined());

test('tokens are forgotten 30 days after they were good', () => {
  const { state } = open({ expiresAt: 0 });
  expect(isForgettable(state.token!, 30 * DAY_MS)).toBe(false);
  expect(isForgettable(state.token!, 30 * DAY_MS + 1)).toBe(true);
  expect(isForgettable({ ...state.token!, expiresAt: null }, Number.MAX_SAFE_INTEGER)).toBe(false);
});
