/**
 * Every route of the catalogue with bad input, made from its schema: always a 4xx that says what is wrong, never a 5xx,
 * nothing polluted, and nothing written to Redis.
 *
 * Actions that nothing does in this version are told by name. The seed is printed, and can be given.
 */

import { Coordinator } from 'drover';
import { listen } from 'drover/http';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inputSchemaOf } from '../../src/http/request-input.ts';
import { ROUTES, type Route } from '../../src/http/routes.ts';
import { HANDLERS } from '../../src/operations/handlers.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { ask } from './ask.ts';

const SEED = Number(process.env.DROVER_TEST_SEED ?? 20_261_127);
const random = createSeededRandom(SEED);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
const DRAWS = 12;

/** Values that are wrong for every field but one that takes anything. */
const WRONG: readonly unknown[] = [
  ...[{}, [], [[]], [{}], { __proto__: null, a: 1 }, { constructor: { prototype: { bad: 1 } } }],
  ...[Number.MAX_VALUE, -1, 1.5, 1e21, 2 ** 60, '1e3', '0x10', ' 5', ''],
  ...['\u0000', 'a\r\nSET x 1', 'a\u001b[2J', 'x'.repeat(100_000), '*/*', '🙈'.repeat(5_000)],
  ...['* * * * * * * *', '*/0 * * * *', '0 0 31 2 *', '99999999999y', '-5s', '1h; FLUSHALL'],
  ...[true, null, [null], ['x'.repeat(5_000)], Array(20_000).fill('1')],
];
/** Parts of a path. */
const PARTS: readonly string[] = [
  ...['%2e%2e', '%00', '%c0', '%c0%af', '%', '%zz', '%0d%0aSET%20x%201', '%1b%5b2J', '__proto__'],
  ...[
    'constructor',
    'x'.repeat(4_000),
    '%F0%9F%99%88',
    'no-such',
    '%2F',
    ':',
    '*',
    '%25',
    'a%7Bb%7D',
  ],
];
const BODIES: readonly string[] = [
  ...[
    '[]',
    'null',
    '"x"',
    '1',
    '{',
    '{"a":}',
    '{"__proto__":{"bad":1}}',
    '\u0000',
    '[[[[',
    '{"a":1}}',
  ],
  ...[`{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, '{"constructor":{"prototype":{"bad":1}}}'],
];

let redis: RedisServer;
let coordinator: Coordinator;
let origin: string;
let look: Redis;
beforeAll(async () => {
  redis = await startRedis();
  // As `drover serve` has it: started, with the loops that every console runs, and none that writes by itself.
  coordinator = new Coordinator({
    ...{ redisUrl: redis.url, logger: false, backgroundJobs: false, metrics: false },
  });
  await coordinator.start();
  origin = (await listen(coordinator, { port: 0 })).url;
  look = new Redis(redis.url);
  console.info(`seed ${SEED}`);
});
afterAll(async () => {
  look?.disconnect();
  await coordinator?.stop({ timeoutMs: 1_000 });
  await redis?.stop();
});

/** Every key with what is in it, but for what was refused, which may be written down, and heartbeats. */
async function everythingInRedis(): Promise<[key: string, value: string][]> {
  const isOther = (key: string): boolean => !/^coordinator:(?:audit|hosts)/.test(key);
  const keys = (await look.keys('*')).filter(isOther).sort();
  return Promise.all(
    keys.map(async (key) => [key, (await look.dumpBuffer(key))?.toString('base64') ?? ''] as const),
  ) as Promise<[string, string][]>;
}

/** One request that is wrong in some way. */
function badRequest(route: Route): { path: string; init: RequestInit; what: string } {
  const schema = inputSchemaOf(route) ?? {};
  const names = Object.keys(schema.properties ?? {}).filter((name) => !route.fields.includes(name));
  const part = route.fields.length > 0 && random() < 0.5 ? pick(PARTS) : 'no-such-queue';
  const path = route.path.replace(/:\w+/g, () => part);
  const name = pick([...names, '__proto__', 'constructor', 'surplus']);
  const value = pick(WRONG);
  const headers = { 'content-type': 'application/json', 'x-drover': '1' };
  const { method } = route;
  // Node itself answers 431 to what is longer than its limit for headers: that is not ours to test here.
  if (method === 'GET' || method === 'DELETE') {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const query = `${encodeURIComponent(name)}=${encodeURIComponent(text.slice(0, 1_000))}`;
    return { path: `${path}?${query}`, init: { method, headers }, what: `${path}?${query}` };
  }
  // Written by hand, so that a field called __proto__ is one.
  const given = `{${JSON.stringify(name)}:${JSON.stringify(value)}}`;
  const body = random() < 0.3 ? pick(BODIES) : given;
  return { path, init: { method, headers, body }, what: `${path} ${body}` };
}

/** Streams that are opened by mistake go on; only their status is of interest. */
async function statusOf(path: string, init: RequestInit) {
  const leave = new AbortController();
  const response = await fetch(`${origin}${path}`, { ...init, signal: leave.signal });
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  const problem = isProblem ? ((await response.json()) as Record<string, unknown>) : null;
  leave.abort();
  return { status: response.status, problem };
}

/** Of an action that knows none, the word in a body would be no excuse. */
function isDryRun(route: Route, what: string): boolean {
  const knowsIt = 'dryRun' in (inputSchemaOf(route)?.properties ?? {});
  return knowsIt && what.includes('"dryRun":true');
}

const isOpen = ({ action }: Route): boolean => action.permission === 'open';

describe.each(ROUTES.filter((route) => !isOpen(route)))('$name', (route) => {
  test(`${route.action.route} refuses what is wrong, and does nothing`, async ({ skip }) => {
    if (!HANDLERS[route.name]) skip(`nothing does ${route.name} yet`);
    const before = await everythingInRedis();
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const { path, init, what } = badRequest(route);
      const { status, problem } = await statusOf(path, init);
      const told = `${route.action.route}: ${what.slice(0, 300)} → ${status} ${JSON.stringify(problem)}`;
      expect(status, told).toBeLessThan(500);
      // What happens to be right for this field is answered, never with a change.
      if (status < 400) {
        if (!isDryRun(route, what)) expect(route.action.effect, told).toBe('reads');
        continue;
      }
      expect(problem, told).toMatchObject({ status, code: expect.any(String) });
      expect(problem!.detail, told).toEqual(expect.any(String));
    }
    expect(await everythingInRedis()).toEqual(before);
    expect(({} as { bad?: unknown }).bad).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test('names the field that is wrong', async ({ skip }) => {
    const schema = inputSchemaOf(route);
    if (!schema) return skip(`nothing does ${route.name} yet`);
    const headers = { 'content-type': 'application/json', 'x-drover': '1' };
    const { method } = route;
    const path = route.path.replace(/:\w+/g, 'x');
    const isQuery = method === 'GET' || method === 'DELETE';
    const { status, problem } = isQuery
      ? await statusOf(`${path}?surplus=1`, { method, headers })
      : await statusOf(path, { method, headers, body: '{"surplus":1}' });
    expect(status).toBe(400);
    // Another field may be wrong, too: one that is missing comes first.
    expect(problem!.pointer).toMatch(/^\/\w+/);
    if (route.fields.length === 0) return;
    const control = await statusOf(route.path.replace(/:\w+/g, 'a%00b'), { method, headers });
    expect(control.status).toBe(400);
    expect(problem).not.toBeNull();
  });
});

test('an id just below the limit of headers is told with its field; above it Node answers itself', async () => {
  const { status, problem } = await statusOf(`/api/v1/queues/${'x'.repeat(15_000)}`, {});
  expect([status, problem]).toMatchObject([400, { pointer: '/queue' }]);
  const { status: above } = await statusOf(`/api/v1/queues/${'x'.repeat(17_000)}`, {});
  expect(above).toBe(431);
});

test('open routes answer the same, whatever is added to them', async () => {
  for (const { path } of ROUTES.filter(isOpen)) {
    const odd = await ask(`${origin}${path}?__proto__=1&x=%00&limit=1e999`);
    expect(odd.status).toBe((await ask(`${origin}${path}`)).status);
    expect(odd.text).not.toContain('problem');
  }
});
