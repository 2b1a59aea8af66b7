/** Tokens and the audit through the gate, on the real handlers and a real Redis. */
import type { Coordinator } from 'drover';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type ChainPlace, chainEntry, GENESIS, parseEntry } from '../../src/access/audit-entry.ts';
import type { Grant, Principal } from '../../src/access/principal.ts';
import { REFUSALS } from '../../src/access/rate-limit.ts';
import { ACCESS_ACTIONS } from '../../src/operations/access/access-actions.ts';
import { ACCESS_HANDLERS } from '../../src/operations/access/access-handlers.ts';
import type { ActionName, InputOf, OutputOf } from '../../src/operations/actions.ts';
import { createClient, nextEvent, startCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { chainOf, keys } from './audits.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(() => createClient(server).flushall());

const who = (...grants: Grant[]): Principal => ({ kind: 'basic', id: 'ann', name: 'Ann', grants });
const admin = who({ may: ['admin'] });

/** Asks as somebody, and holds the answer against the published schema. */
function asker(coordinator: Coordinator, principal: Principal = admin) {
  return async <Name extends ActionName & keyof typeof ACCESS_HANDLERS>(
    name: Name,
    input: InputOf<Name>,
  ): Promise<OutputOf<Name>> => {
    const output = await coordinator.control.call(name, input, { principal, address: '192.0.2.1' });
    if (!ACCESS_ACTIONS[name].answers) ACCESS_HANDLERS[name].output.parse(output);
    return output;
  };
}

const bearer = (coordinator: Coordinator, secret: string) => {
  const request = new Request('http://localhost/', {
    headers: { authorization: `Bearer ${secret}` },
  });
  const facts = { headers: request.headers, address: '192.0.2.1', request };
  return coordinator.control.authenticator().authenticate(facts);
};

test('a token is made, used, listed and revoked; its secret is nowhere in Redis', async () => {
  const coordinator = await startCoordinator(server);
  const ask = asker(coordinator);
  const grants: Grant[] = [{ may: ['viewer', 'jobs.retry'], queues: ['a*'] }];
  const { secret, id, ...made } = await ask('tokens.create', {
    name: 'deploys',
    grants,
    expires: '2d',
  });
  expect(made).toMatchObject({ createdBy: 'Ann', grants, revokedAt: null, lastUsedAt: null });
  expect(made.expiresAt! - made.createdAt).toBe(2 * 86_400_000);
  expect(await bearer(coordinator, secret)).toEqual({ kind: 'token', id, name: 'deploys', grants });
  await until(async () => (await ask('tokens.list', {}))[0]?.lastUsedAt);
  const redis = createClient(server);
  const [random] = secret.split('_').slice(-1);
  const everything = [
    await redis.hgetall(keys.tokens()),
    await redis.xrange(keys.audit(), '-', '+'),
  ];
  expect(JSON.stringify(everything)).not.toContain(random!.slice(0, 10));
  expect(JSON.stringify(everything)).toContain(id);

  expect((await ask('tokens.revoke', { token: id })).revokedAt).toBeGreaterThan(0);
  await expect(bearer(coordinator, secret)).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED' });
  expect(await ask('tokens.list', {})).toMatchObject([{ id, revokedAt: expect.any(Number) }]);
  await expect(ask('tokens.revoke', { token: '0'.repeat(12) })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('a token that was revoked in one process is good nowhere within 10 s', {
  timeout: 20_000,
}, async () => {
  const [one, two] = [await startCoordinator(server), await startCoordinator(server)];
  const { secret, id } = await asker(one)('tokens.create', {
    name: 'ci',
    grants: [{ may: ['viewer'] }],
  });
  expect(await bearer(two, secret)).toMatchObject({ id });
  await asker(one)('tokens.revoke', { token: id });
  const isRefused = (): Promise<boolean> =>
    bearer(two, secret).then(
      () => false,
      () => true,
    );
  await until(isRefused, { timeoutMs: 10_000, intervalMs: 200 });
});

test('nobody gives more than they have', async () => {
  const coordinator = await startCoordinator(server);
  const ask = asker(coordinator, who({ may: ['viewer', 'tokens.manage'], queues: ['a*'] }));
  const give = (grants: Grant[]) => ask('tokens.create', { name: 'x', grants });
  await expect(give([{ may: ['viewer'] }])).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(give([{ may: ['data.read'], queues: ['a'] }])).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  const { secret } = await give([{ may: ['viewer'], queues: ['ab*'] }]);
  expect(await bearer(coordinator, secret)).toMatchObject({ grants: [{ queues: ['ab*'] }] });
});

test.each<[string, object]>([
  ['/name', { name: 'a\nb', grants: [{ may: ['viewer'] }] }],
  ['/grants', { name: 'a', grants: [] }],
  ['/grants/0/may/0', { name: 'a', grants: [{ may: ['root'] }] }],
  ['/grants/0/queues/0', { name: 'a', grants: [{ may: ['viewer'], queues: ['a\u0000'] }] }],
  ['/expires', { name: 'a', grants: [{ may: ['viewer'] }], expires: '3y' }],
  ['/expires', { name: 'a', grants: [{ may: ['viewer'] }], expires: '731d' }],
  ['/hash', { name: 'a', grants: [{ may: ['viewer'] }], hash: 'x' }],
])('a token with a wrong %s is not made', async (pointer, input) => {
  const coordinator = await startCoordinator(server);
  const asked = coordinator.control.call('tokens.create', input, { principal: admin });
  await expect(asked).rejects.toMatchObject({ code: 'INPUT_INVALID', pointer });
  expect(await createClient(server).exists(keys.tokens())).toBe(0);
});

test('whoever asks is told what they may do', async () => {
  const coordinator = await startCoordinator(server, { readOnly: true });
  const ask = asker(coordinator, who({ may: ['viewer'], queues: ['a*'] }, { may: ['audit.read'] }));
  expect(await ask('access.me', {})).toEqual({
    ...{ kind: 'basic', id: 'ann', name: 'Ann', isReadOnly: true },
    grants: [
      { may: ['queues.read', 'jobs.read'], queues: ['a*'] },
      { may: ['audit.read'], queues: ['*'] },
    ],
  });
});

test('the audit shows each change with its result, newest first, by pages and by filter', async () => {
  const coordinator = await startCoordinator(server);
  const ask = asker(coordinator);
  const grants: Grant[] = [{ may: ['viewer'] }];
  const made = [];
  for (const name of ['one', 'two', 'three'])
    made.push(await ask('tokens.create', { name, grants }));
  await ask('tokens.revoke', { token: made[1]!.id });
  await ask('tokens.revoke', { token: 'f'.repeat(12) }).catch(() => {});
  const bob = { ...who({ may: ['viewer'] }), id: 'bob', name: 'Bob' };
  await asker(coordinator, bob)('tokens.create', { name: 'no', grants }).catch(() => {});
  const { rows } = await ask('audit.list', {});
  expect(rows).toMatchObject([
    {
      action: 'tokens.create',
      actor: { id: 'bob' },
      result: 'refused',
      code: 'FORBIDDEN',
      tookMs: null,
    },
    { action: 'tokens.revoke', result: 'failed', code: 'NOT_FOUND', tookMs: expect.any(Number) },
    {
      action: 'tokens.revoke',
      result: 'done',
      parameters: { token: made[1]!.id },
      address: '192.0.2.1',
    },
    ...['three', 'two', 'one'].map((name) => ({
      parameters: { name },
      result: 'done',
      code: null,
    })),
  ]);
  const paged = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await ask('audit.list', { limit: 1, ...(cursor && { cursor }) });
    paged.push(...page.rows);
    cursor = page.next;
  }
  expect(paged).toEqual(rows);
  const found = async (query: InputOf<'audit.list'>) =>
    (await ask('audit.list', query)).rows.map(({ n }) => n);
  const numbers = rows.map(({ n }) => n);
  expect(await found({ action: 'tokens.revoke' })).toEqual(numbers.slice(1, 3));
  for (const actor of ['bob', 'Bob', 'basic:bob'])
    expect(await found({ actor })).toEqual(numbers.slice(0, 1));
  expect(await found({ queue: 'photos' })).toEqual([]);
  expect(await found({ after: '1h' })).toEqual(numbers);
  expect(await found({ before: '1h' })).toEqual([]);
  expect(await found({ before: String(rows[2]!.at), after: '0' })).toEqual(
    numbers.filter((n) => rows.find((row) => row.n === n)!.at < rows[2]!.at),
  );
});

test('an action of a process that was killed is shown with an unknown result', async () => {
  const redis = createClient(server);
  for (const { n, text, hash } of chainOf(2))
    await redis.xadd(keys.audit(), `${n}-0`, 'entry', text, 'hash', hash);
  const coordinator = await startCoordinator(server);
  const { rows } = await asker(coordinator)('audit.list', {});
  expect(rows).toMatchObject([
    { n: 2, result: 'unknown' },
    { n: 1, result: 'unknown', code: null, tookMs: null },
  ]);
});

test('an action whose result came after the next one has it on its page, too', async () => {
  const redis = createClient(server);
  const actor = { kind: 'basic', id: 'ann', name: 'Ann' } as const;
  const of = { action: 'queues.pause', actor, queue: 'a' } as const;
  const asked = (correlationId: string) =>
    ({ kind: 'intent', at: 1, ...of, parameters: {}, address: null, correlationId }) as const;
  const ended = (n: number, correlationId: string) =>
    ({
      kind: 'result',
      of: n,
      at: 2,
      ...of,
      correlationId,
      tookMs: n,
      result: 'done',
      code: null,
    }) as const;
  let last: ChainPlace = GENESIS;
  // The third is of the fifth entry by its number, and of another action.
  for (const record of [
    asked('x'),
    asked('y'),
    ended(1, 'x'),
    ended(2, 'y'),
    asked('z'),
    ended(5, 'x'),
  ]) {
    const entry = chainEntry(last, record);
    await redis.xadd(keys.audit(), `${entry.n}-0`, 'entry', entry.text, 'hash', entry.hash);
    last = entry;
  }
  const ask = asker(await startCoordinator(server));
  const { rows, next } = await ask('audit.list', { limit: 2 });
  expect(rows).toMatchObject([
    { n: 5, result: 'unknown' },
    { n: 2, result: 'done', tookMs: 2 },
  ]);
  expect(await ask('audit.list', { cursor: next! })).toMatchObject({
    ...{ rows: [{ n: 1, result: 'done', tookMs: 1 }], next: null },
  });
});

test('the export is every entry as it was hashed, and verifies elsewhere; a filter chooses', async () => {
  const coordinator = await startCoordinator(server);
  const ask = asker(coordinator);
  await ask('tokens.create', { name: 'quotes "\u2028" é', grants: [{ may: ['viewer'] }] });
  await ask('tokens.revoke', { token: 'f'.repeat(12) }).catch(() => {});
  const lines = async (query: InputOf<'audit.export'>): Promise<string[]> => {
    const all = [];
    for await (const line of await ask('audit.export', query)) all.push(line);
    return all;
  };
  const all = await lines({});
  expect(all).toHaveLength(4);
  const { createHash } = await import('node:crypto');
  let hash = '';
  for (const line of all) {
    expect(line).toMatch(/^[^\n]+\n$/);
    const { hash: stored, entry } = JSON.parse(line);
    hash = createHash('sha256')
      .update(hash + JSON.stringify(entry))
      .digest('hex');
    expect(stored).toBe(hash);
  }
  expect((await lines({ action: 'tokens.revoke' })).map((line) => JSON.parse(line).n)).toEqual([
    3, 4,
  ]);
});

test('the audit is verified, also while others write to it, and with an anchor kept elsewhere', async () => {
  const coordinator = await startCoordinator(server);
  const ask = asker(coordinator);
  expect(await ask('audit.verify', {})).toMatchObject({ isWhole: true, from: null, head: null });
  const grants: Grant[] = [{ may: ['viewer'] }];
  const writing = Array.from({ length: 20 }, (_, i) =>
    ask('tokens.create', { name: `t${i}`, grants }),
  );
  for (let i = 0; i < 5; i += 1)
    expect(await ask('audit.verify', {})).toMatchObject({ isWhole: true });
  await Promise.all(writing);
  const { head, ...verdict } = await ask('audit.verify', {});
  expect(verdict).toEqual({ isWhole: true, from: 1, to: 40, checked: 40, anchors: 0, fault: null });
  expect(await ask('audit.verify', { anchor: head! })).toMatchObject({ isWhole: true });
  await createClient(server).xdel(keys.audit(), '17-0');
  expect(await ask('audit.verify', {})).toMatchObject({
    isWhole: false,
    fault: 'entry 17 is missing',
    head: null,
  });
  for (const anchor of ['17', 'x:y', `17:${'F'.repeat(64)}`])
    await expect(ask('audit.verify', { anchor })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      pointer: '/anchor',
    });
});

test('entries that somebody else has put there break no page, no export and no verification', async () => {
  const coordinator = await startCoordinator(server);
  const ask = asker(coordinator);
  await ask('tokens.create', { name: 'a', grants: [{ may: ['viewer'] }] });
  const redis = createClient(server);
  for (const [i, text] of [
    '{',
    'null',
    '[]',
    '{"n":6,"at":1,"kind":"intent","action":"x"}',
    '{"n":7,\n"at":1}',
    '',
  ].entries())
    await redis.xadd(keys.audit(), `${i + 3}-0`, 'entry', text, 'hash', 'x\ny');
  await redis.xadd(keys.audit(), '99-9', 'odd', 'field');
  expect((await ask('audit.list', {})).rows).toHaveLength(1);
  for await (const line of await ask('audit.export', {}))
    expect(JSON.parse(line)).toMatchObject({ n: expect.any(Number) });
  expect(await ask('audit.verify', {})).toMatchObject({ isWhole: false });
});

test('where nothing may be written, tokens are checked, nothing is noted, and refusals are announced only', async () => {
  const writing = await startCoordinator(server);
  const { secret, id } = await asker(writing)('tokens.create', {
    name: 'ci',
    grants: [{ may: ['admin'] }],
  });
  const redis = createClient(server);
  const before = await redis.xlen(keys.audit());
  const coordinator = await startCoordinator(server, { readOnly: true });
  const principal = (await bearer(coordinator, secret))!;
  expect(principal.id).toBe(id);
  const told = nextEvent(coordinator, 'operator.acted');
  const asked = asker(coordinator, principal)('tokens.revoke', { token: id });
  await expect(asked).rejects.toMatchObject({ code: 'READ_ONLY' });
  expect(await told).toMatchObject({
    action: 'tokens.revoke',
    actor: `token:${id} (ci)`,
    result: 'refused',
    code: 'READ_ONLY',
  });
  expect(await redis.xlen(keys.audit())).toBe(before);
  expect(await redis.exists(keys.tokensUsed())).toBe(0);
});

test('while Redis is away nothing is done, and known tokens are good for a while', async () => {
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const coordinator = await startCoordinator(own, { addTimeoutMs: 200 });
  const { secret, id } = await asker(coordinator)('tokens.create', {
    name: 'ci',
    grants: [{ may: ['admin'] }],
  });
  await bearer(coordinator, secret);
  const closed = nextEvent(coordinator, 'connection.closed', ({ role }) => role === 'command');
  await own.kill();
  await closed;
  expect(await bearer(coordinator, secret)).toMatchObject({ id });
  for (const asked of [
    asker(coordinator)('tokens.revoke', { token: id }),
    asker(coordinator)('tokens.list', {}),
    asker(coordinator)('audit.list', {}),
    asker(coordinator)('audit.verify', {}),
  ])
    await expect(asked).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  const unknown = `drover_${'0'.repeat(12)}_${'x'.repeat(43)}`;
  await expect(bearer(coordinator, unknown)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
});

test('tokens that have been good for nothing for 30 days are forgotten when another one is made', async () => {
  const redis = createClient(server);
  const old = {
    name: 'old',
    hash: 'x',
    grants: [],
    createdBy: 'Ann',
    createdAt: 1,
    expiresAt: 2,
    revokedAt: null,
  };
  await redis.hset(
    keys.tokens(),
    'a'.repeat(12),
    JSON.stringify(old),
    'b'.repeat(12),
    JSON.stringify({ ...old, expiresAt: Date.now() - 1_000 }),
  );
  await redis.hset(keys.tokensUsed(), 'a'.repeat(12), 1);
  const coordinator = await startCoordinator(server);
  const { id } = await asker(coordinator)('tokens.create', {
    name: 'new',
    grants: [{ may: ['viewer'] }],
  });
  expect((await redis.hkeys(keys.tokens())).sort()).toEqual([id, 'b'.repeat(12)].sort());
  expect(await redis.exists(keys.tokensUsed())).toBe(0);
});

test('a flood of changes by one principal is held back, and the audit with it', async () => {
  const coordinator = await startCoordinator(server);
  const ask = asker(coordinator, who({ may: ['viewer'] }));
  const codes = await Promise.all(
    Array.from({ length: 200 }, () =>
      ask('tokens.revoke', { token: 'f'.repeat(12) }).catch(({ code }) => code as string),
    ),
  );
  const limited = codes.filter((code) => code === 'RATE_LIMITED').length;
  expect(limited).toBeGreaterThan(50);
  expect(await createClient(server).xlen(keys.audit())).toBe(REFUSALS.burst);
  const [entry] = await createClient(server).xrange(keys.audit(), '-', '+', 'COUNT', 1);
  expect(parseEntry(entry![1][1]!)).toMatchObject({ kind: 'refused', actor: { name: 'Ann' } });
});
