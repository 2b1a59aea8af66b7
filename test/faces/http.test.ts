/** What the face does around an action: who gets in, from which site, with which input, and how errors are told. */
import { Coordinator, CoordinatorError, type CoordinatorEvents } from 'drover';
import { type HttpFace, type HttpOptions, http } from 'drover/http';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { Call } from '../../src/operations/action.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { fakeAction } from './fake-actions.ts';

const LOCAL = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };
const ELSEWHERE = { incoming: { socket: { remoteAddress: '203.0.113.7' } } };
const JSON_TYPE = { 'content-type': 'application/json' };
/** As a program on this machine sends what changes something. */
const PROGRAM = { ...JSON_TYPE, 'x-drover': '1' };
const TOKEN = { authorization: 'Bearer good' };
const admin = { may: ['admin'] } as const;

// What changes something is written down first, and that is in Redis.
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

let done: { input: unknown; call: Call }[];
const input = z.strictObject({
  queue: z.string(),
  reason: z.string().optional(),
  limit: z.number().int().min(1).max(9).optional(),
});
const run = (_operations: unknown, asked: unknown, call: Call): unknown => {
  done.push({ input: asked, call });
  return { isPaused: true };
};
beforeEach(() => {
  done = [];
  for (const name of ['queues.get', 'queues.pause', 'queues.resume', 'queues.unlimit'] as const)
    fakeAction(name, { input, output: z.unknown(), run });
});

function faceWith(options: HttpOptions = {}): HttpFace & { coordinator: Coordinator } {
  const coordinator = new Coordinator({ logger: false, redisUrl: server.url });
  onTestFinished(() => coordinator.stop({ timeoutMs: 100 }));
  return Object.assign(http(coordinator, options), { coordinator });
}

interface Asked extends RequestInit {
  readonly host?: unknown;
  readonly headers?: Record<string, string>;
}
function ask(face: HttpFace, path: string, { host = LOCAL, ...init }: Asked = {}) {
  const headers = { host: 'localhost:3000', ...init.headers };
  return face.fetch(new Request(`http://localhost:3000${path}`, { ...init, headers }), host);
}
async function problemOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await response.json()) as Record<string, unknown>;
  expect(problem.status).toBe(response.status);
  expect(problem.correlationId).toBe(response.headers.get('x-request-id'));
  return problem;
}
const guarded: HttpOptions = {
  access: {
    authorize: ({ headers }) =>
      headers.get('authorization') === TOKEN.authorization
        ? { kind: 'application', id: 'ann', name: 'Ann', grants: [admin] }
        : null,
  },
};
const QUEUE = '/api/v1/queues/mails';

describe('who gets in', () => {
  test('this machine as an admin, and from elsewhere nobody, but for health and metrics', async () => {
    const face = faceWith();
    expect((await ask(face, QUEUE)).status).toBe(200);
    expect(done[0]!.call.principal).toMatchObject({ kind: 'loopback' });
    expect(done[0]!.call.address).toBe('127.0.0.1');
    for (const host of [ELSEWHERE, undefined, {}, null]) {
      const refused = await face.fetch(new Request(`http://localhost:3000${QUEUE}`), host);
      expect(refused.headers.get('www-authenticate')).toContain('Bearer');
      expect(await problemOf(refused)).toMatchObject({ status: 401, code: 'NOT_AUTHENTICATED' });
      for (const path of ['/health/live', '/metrics'])
        expect((await ask(face, path, { host: ELSEWHERE })).status).toBe(200);
    }
    expect(done).toHaveLength(1);
  });

  test.each([
    ['a proxy passed it on', { 'x-forwarded-for': '203.0.113.7' }],
    ['a proxy passed it on', { forwarded: 'for=203.0.113.7' }],
    ['it was meant for another name', { host: 'rebound.example:3000' }],
  ])('not from this machine when %s', async (_why, headers) => {
    expect((await ask(faceWith(), QUEUE, { headers })).status).toBe(401);
    expect(done).toEqual([]);
  });

  test('not from this machine when it is of HTTP/1.0, as nginx passes on what others ask', async () => {
    const incoming = { ...LOCAL.incoming, httpVersion: '1.0' };
    expect((await ask(faceWith(), QUEUE, { host: { incoming } })).status).toBe(401);
    expect((await ask(faceWith(), QUEUE, { host: LOCAL })).status).toBe(200);
  });

  test('with `access`, whoever it knows, and this machine no more', async () => {
    const face = faceWith(guarded);
    expect(face.isGuarded).toBe(true);
    expect((await ask(face, QUEUE)).status).toBe(401);
    const wrong = { authorization: 'Bearer bad' };
    expect((await ask(face, QUEUE, { headers: wrong })).status).toBe(401);
    expect((await ask(face, QUEUE, { headers: TOKEN, host: ELSEWHERE })).status).toBe(200);
    expect(done.map(({ call }) => call.principal.id)).toEqual(['ann']);
    for (const path of ['/api/v1', '/api/v1/openapi.json'])
      expect([path, (await ask(face, path)).status]).toEqual([path, 401]);
  });

  test('`open` says what needs nobody, and a scaler sees only the wanted slots', async () => {
    fakeAction('pools.scale', { input, output: z.unknown(), run: () => ({ value: 3 }) });
    const scale = '/api/v1/queues/mails/scale';
    expect((await ask(faceWith(), scale, { host: ELSEWHERE })).status).toBe(401);
    const scaled = faceWith({ open: ['scale'] });
    expect((await ask(scaled, scale, { host: ELSEWHERE })).status).toBe(200);
    for (const path of [QUEUE, '/health/live', '/metrics'])
      expect([path, (await ask(scaled, path, { host: ELSEWHERE })).status]).toEqual([path, 401]);
    expect((await ask(scaled, '/health/live')).status).toBe(200);
  });

  test('a face that only shows refuses changes, and shows', async () => {
    const face = faceWith({ readOnly: true });
    expect((await ask(face, QUEUE)).status).toBe(200);
    const refused = await ask(face, `${QUEUE}/pause`, { method: 'POST', headers: PROGRAM });
    expect(await problemOf(refused)).toMatchObject({ status: 403, code: 'READ_ONLY' });
    expect(done).toHaveLength(1);
  });
});

describe('pages of other sites', () => {
  const pause = (face: HttpFace, headers: Record<string, string>, body?: string) =>
    ask(face, `${QUEUE}/pause`, { method: 'POST', headers, ...(body && { body }) });

  test.each<[string, Record<string, string>, number]>([
    ['same origin by Fetch Metadata', { ...JSON_TYPE, 'sec-fetch-site': 'same-origin' }, 200],
    ['typed by its user', { ...JSON_TYPE, 'sec-fetch-site': 'none' }, 200],
    ['another site', { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' }, 403],
    ['a neighbour', { ...JSON_TYPE, 'sec-fetch-site': 'same-site' }, 403],
    [
      'another site that claims to be a program',
      { ...PROGRAM, 'sec-fetch-site': 'cross-site' },
      403,
    ],
    ['the same origin', { ...JSON_TYPE, origin: 'http://localhost:3000' }, 200],
    ['another port', { ...JSON_TYPE, origin: 'http://localhost:3001' }, 403],
    ['another origin', { ...PROGRAM, origin: 'https://evil.example' }, 403],
    ['a sandbox', { ...JSON_TYPE, origin: 'null' }, 403],
    ['a program that says so', PROGRAM, 200],
    ['nobody knows what', JSON_TYPE, 403],
  ])('%s', async (_what, headers, status) => {
    const response = await pause(faceWith(), headers, '{"reason":"x"}');
    expect(response.status).toBe(status);
    expect(done).toHaveLength(status === 200 ? 1 : 0);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test.each<[string, Record<string, string>, number]>([
    ['by a script of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['by a picture in a page of a neighbour', { 'sec-fetch-site': 'same-site' }, 403],
    ['by a link', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
    ['by our own page', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, 200],
    ['by a program', {}, 200],
  ])('reading %s', async (_what, headers, status) => {
    expect((await ask(faceWith(), QUEUE, { headers })).status).toBe(status);
    expect(done).toHaveLength(status === 200 ? 1 : 0);
  });

  test('a bearer token is enough; a body that a form could send is not', async () => {
    const face = faceWith(guarded);
    expect((await pause(face, { ...TOKEN, ...JSON_TYPE }, '{}')).status).toBe(200);
    const site = { 'sec-fetch-site': 'same-origin' };
    const form = { ...site, 'content-type': 'text/plain' };
    expect((await pause(faceWith(), form, '{}')).status).toBe(415);
    expect((await pause(faceWith(), { ...form, 'x-drover': '1' }, '{}')).status).toBe(415);
    expect((await pause(faceWith(), site)).status).toBe(200);
  });

  test('behind a proxy that ends TLS the own origin is the configured one', async () => {
    const face = faceWith({ ...guarded, publicUrl: 'https://ops.example.com/queues' });
    const from = (origin: string) =>
      pause(face, { ...JSON_TYPE, origin, authorization: 'Bearer good' });
    expect((await from('https://elsewhere.example')).status).toBe(200); // A token needs no origin.
    const app: HttpOptions = {
      publicUrl: 'https://ops.example.com/queues',
      access: { authorize: () => ({ kind: 'application', id: 'a', name: 'a', grants: [admin] }) },
    };
    const cookie = faceWith(app);
    const own = await pause(cookie, { ...JSON_TYPE, origin: 'https://ops.example.com' });
    expect(own.status).toBe(200);
    expect((await pause(cookie, { ...JSON_TYPE, origin: 'http://localhost:3000' })).status).toBe(
      403,
    );
  });
});

describe('input', () => {
  const post = (
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    options?: HttpOptions,
  ) =>
    ask(faceWith(options), `${QUEUE}/pause`, {
      ...{ method: 'POST', headers: { ...PROGRAM, ...headers }, body },
    });

  test('is one flat object of path, and query or body', async () => {
    await ask(faceWith(), '/api/v1/queues/a%2Fb%3Ac%25?limit=3');
    await post('{"reason":"why"}');
    await ask(faceWith(), `${QUEUE}/limit?limit=2`, { method: 'DELETE', headers: PROGRAM });
    expect(done.map((each) => each.input)).toEqual([
      { queue: 'a/b:c%', limit: 3 },
      { queue: 'mails', reason: 'why' },
      { queue: 'mails', limit: 2 },
    ]);
  });

  test.each<[string, string, number, string | undefined]>([
    ['a field of the path again', '{"queue":"other"}', 400, '/queue'],
    ['an unknown field', '{"reson":"x"}', 400, '/reson'],
    ['a wrong type', '{"limit":"3"}', 400, '/limit'],
    ['the field that is no field', '{"__proto__":{"x":1}}', 400, '/__proto__'],
    ['another one', '{"constructor":{"prototype":{"x":1}}}', 400, '/constructor'],
    ['no object', '[]', 400, undefined],
    ['null', 'null', 400, undefined],
    ['no JSON', '{"reason":', 400, undefined],
    ['too deep', `{"reason":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400, undefined],
  ])('%s is refused', async (_what, body, status, pointer) => {
    const problem = await problemOf(await post(body));
    expect(problem).toMatchObject({ status, code: 'INPUT_INVALID' });
    expect(problem.pointer).toBe(pointer);
    expect(done).toEqual([]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test('where the JSON breaks is told', async () => {
    expect((await problemOf(await post('{"a":1,}'))).detail).toMatch(/position 7/);
  });

  test('a body is bounded, whatever its length claims, and is UTF-8', async () => {
    expect((await post(`{"reason":"${'x'.repeat(2_000)}"}`, {}, { bodyLimit: 1_000 })).status).toBe(
      413,
    );
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
    });
    const init = { method: 'POST', headers: PROGRAM, body: endless, duplex: 'half' };
    expect((await ask(faceWith(), `${QUEUE}/pause`, init as Asked)).status).toBe(413);
    expect((await post(new Uint8Array([0x22, 0xc0, 0x22]))).status).toBe(400);
    expect(done).toEqual([]);
  });

  test.each(['%c0', '%zz', '%', '%c0%af'])('the path part %s is refused', async (part) => {
    const problem = await problemOf(await ask(faceWith(), `/api/v1/queues/${part}`));
    expect(problem).toMatchObject({ status: 400, pointer: '/queue' });
  });

  test.each([
    ['?limit=1e3', '/limit'],
    ['?limit=', '/limit'],
    ['?limit=%c0', '/limit'],
    ['?limit=1&limit=2', '/limit'],
    ['?queue=other', '/queue'],
    ['?nothing', '/nothing'],
    ['?__proto__=x', '/__proto__'],
  ])('the query %s is refused with its field', async (query, pointer) => {
    expect(await problemOf(await ask(faceWith(), `${QUEUE}${query}`))).toMatchObject({ pointer });
    expect(done).toEqual([]);
  });

  test('fields in the wrong place are told, not left out', async () => {
    const late = await ask(faceWith(), `${QUEUE}/pause?reason=x`, {
      method: 'POST',
      headers: PROGRAM,
    });
    expect(await problemOf(late)).toMatchObject({ status: 400, pointer: '/reason' });
    const body = await ask(faceWith(), `${QUEUE}/limit`, {
      ...{ method: 'DELETE', body: '{}', headers: { ...PROGRAM, 'content-length': '2' } },
    });
    expect(body.status).toBe(400);
  });
});

describe('answers', () => {
  test('an error that nobody foresaw is a 500 that says nothing but where to look', async () => {
    fakeAction('queues.get', {
      ...{ input, output: z.unknown() },
      run: () => {
        throw new Error('password=hunter2');
      },
    });
    const face = faceWith();
    const failed: CoordinatorEvents['http.failed'][] = [];
    face.coordinator.on('http.failed', (event) => failed.push(event));
    const response = await ask(face, QUEUE, { headers: { 'x-request-id': 'req-1' } });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 500, code: 'UNEXPECTED', correlationId: 'req-1' });
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(failed).toMatchObject([
      {
        ...{ route: 'GET /api/v1/queues/:queue', message: 'password=hunter2' },
        ...{ correlationId: 'req-1', stack: expect.stringContaining('http.test') },
      },
    ]);
  });

  test('errors of actions have their status, their code, and when to ask again', async () => {
    const of = async (error: Error) => {
      fakeAction('queues.get', { input, output: z.unknown(), run: () => Promise.reject(error) });
      return ask(faceWith(), QUEUE);
    };
    const missing = await of(new CoordinatorError('NOT_FOUND', 'There is no queue "mails"'));
    expect(await problemOf(missing)).toMatchObject({
      ...{ status: 404, type: 'urn:drover:problem:NOT_FOUND', detail: 'There is no queue "mails"' },
    });
    const away = await of(new CoordinatorError('QUEUE_UNAVAILABLE', 'Redis is away'));
    expect(away.headers.get('retry-after')).toBe('2');
    expect(await problemOf(away)).toMatchObject({ status: 503, retryAfterMs: 2_000 });
    expect((await of(new CoordinatorError('STATE_CONFLICT', 'running'))).status).toBe(409);
  });

  test('what is not there in this version is told so', async () => {
    fakeAction('queues.get', undefined as unknown as object);
    const problem = await problemOf(await ask(faceWith(), QUEUE));
    expect(problem).toMatchObject({ status: 501, detail: expect.stringContaining('queues.get') });
  });

  test('nothing, another method, and a method that is none', async () => {
    const face = faceWith();
    expect((await ask(face, '/api/v1/nothing')).status).toBe(404);
    expect((await ask(face, '/api/v1/queues//pause', { method: 'POST' })).status).toBe(404);
    const wrong = await ask(face, QUEUE, { method: 'PUT', headers: PROGRAM });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('GET, HEAD');
    expect((await ask(face, QUEUE, { method: 'OPTIONS' })).status).toBe(405);
    expect((await ask(face, `${QUEUE}/limit`)).headers.get('allow')).toBe('PUT, DELETE');
  });

  test('what has not changed is not sent again', async () => {
    const face = faceWith();
    const first = await ask(face, QUEUE);
    const etag = first.headers.get('etag')!;
    expect(etag).toMatch(/^W\/"/);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const again = await ask(face, QUEUE, { headers: { 'if-none-match': `"x", ${etag}` } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    fakeAction('queues.get', { input, output: z.unknown(), run: () => ({ isPaused: false }) });
    const changed = await ask(face, QUEUE, { headers: { 'if-none-match': etag } });
    expect(changed.status).toBe(200);
  });

  test('the root of the API says where the rest is, and what is not there names it', async () => {
    const face = faceWith({ basePath: '/ops' });
    const { links, ...about } = (await (await ask(face, '/ops/api/v1')).json()) as {
      links: Record<string, string>;
    };
    expect(about).toEqual({ name: 'Drover', version: expect.any(String) });
    for (const path of Object.values(links))
      expect([path, (await ask(face, path)).status]).not.toEqual([path, 404]);
    const nothing = await problemOf(await ask(face, '/ops/'));
    expect(nothing).toMatchObject({ status: 404, detail: expect.stringContaining('/ops/api/v1') });
  });

  test('every answer says what a browser may do with it', async () => {
    const face = faceWith();
    for (const path of [QUEUE, '/health/live', '/metrics', '/nothing', '/api/v1/openapi.json']) {
      const { headers } = await ask(face, path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toMatch(/^(?:no-store|private, no-cache)$/);
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  test('a request id is taken over when it can stand in a log', async () => {
    const face = faceWith();
    const idOf = async (given: string) =>
      (await ask(face, QUEUE, { headers: { 'x-request-id': given } })).headers.get('x-request-id');
    expect(await idOf('trace:1.2_a-b')).toBe('trace:1.2_a-b');
    for (const bad of ['a b', 'x'.repeat(101), '<b>', 'ü']) expect(await idOf(bad)).not.toBe(bad);
    expect(done[0]!.call.correlationId).toBe('trace:1.2_a-b');
  });

  test('options that cannot be used are refused when it is made', () => {
    expect(() => faceWith({ bodyLimit: 0 })).toThrow(/bodyLimit/);
    expect(() => faceWith({ publicUrl: 'ops.example.com' })).toThrow(/publicUrl/);
    expect(() => faceWith({ open: ['all' as 'health'] })).toThrow(/open/);
  });
});
