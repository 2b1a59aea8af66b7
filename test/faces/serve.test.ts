/** `drover serve` as people run it: a real process, real sockets, a Redis that is away, dies and comes back. */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { ROUTES } from '../../src/http/routes.ts';
import { type ChildApp, startApp } from '../support/child-app.ts';
import { type RedisServer, reserve, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ask } from './ask.ts';
import { DROVER, drover } from './command-line.ts';

type Finished = Pick<TestContext, 'onTestFinished'>;
const PROGRAM = { 'x-drover': '1', 'content-type': 'application/json' };
const STREAM = '/api/v1/overview/stream';

let shared: RedisServer;
beforeAll(async () => {
  shared = await startRedis();
  await fill(shared);
  return () => shared.stop();
});

/** A queue of plain BullMQ, which no Drover has ever touched. */
async function fill(server: RedisServer, name = 'mails'): Promise<void> {
  const connection = new Redis(server.url, { maxRetriesPerRequest: null });
  const queue = new Queue(name, { connection });
  await queue.addBulk(Array.from({ length: 3 }, (_, i) => ({ name: 'mail', data: { i } })));
  await queue.close();
  connection.disconnect();
}

async function ownRedis({ onTestFinished }: Finished, port?: number): Promise<RedisServer> {
  const server = await startRedis(port === undefined ? {} : { port });
  onTestFinished(() => server.stop());
  return server;
}

async function serve(
  { onTestFinished }: Finished,
  redisUrl: string,
  ...flags: string[]
): Promise<{ url: string; app: ChildApp }> {
  const args = ['serve', '--port', '0', ...flags];
  const app = startApp(DROVER, { args, env: { REDIS_URL: redisUrl }, cwd: shared.dir });
  onTestFinished(() => app[Symbol.asyncDispose]());
  const line = await app.line(' is at http');
  const { port } = new URL(/ is at (\S+)$/.exec(line)![1]!);
  return { url: `http://127.0.0.1:${port}`, app };
}

/** A stream whose text grows. */
async function follow(url: string, headers: Record<string, string> = {}) {
  const leave = new AbortController();
  const response = await fetch(`${url}${STREAM}`, { headers, signal: leave.signal });
  const state = { text: '', end: null as 'whole' | 'broken' | null, leave: () => leave.abort() };
  const reading = async (): Promise<void> => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream()))
      state.text += chunk;
  };
  reading().then(
    () => {
      state.end = 'whole';
    },
    () => {
      state.end = 'broken';
    },
  );
  return state;
}
/** What can be asked without naming anything. */
const READS = ROUTES.filter(
  ({ method, fields, action }) =>
    method === 'GET' && fields.length === 0 && action.answers !== 'events',
);
/** What comes back for bytes as they are, when the connection is over. */
function rawRequest({ onTestFinished }: Finished, url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => socket.write(bytes));
  onTestFinished(() => void socket.destroy());
  return new Promise((resolve) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('close', () => resolve(text));
  });
}
const count = (text: string, word: string): number => text.split(word).length - 1;
const namesOf = (text: string): string[] =>
  [...text.matchAll(/^event: (.+)$/gm)].map(([, e]) => e!);
const idsOf = (text: string): string[] => [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id!);

describe.concurrent('serve', () => {
  test('with a password: nobody else gets in, and it does what it may', async (context) => {
    const file = join(shared.dir, 'password');
    writeFileSync(file, 'correct horse\n');
    const { url, app } = await serve(context, shared.url, '--user', 'ops', '--password-file', file);
    const as = (password: string) => ({
      ...PROGRAM,
      authorization: `Basic ${Buffer.from(`ops:${password}`).toString('base64')}`,
    });
    const pause = `${url}/api/v1/queues/mails/pause`;
    const nobody = await ask(`${url}/api/v1/queues`);
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get('www-authenticate')).toContain('Basic');
    expect((await ask(pause, { method: 'POST', headers: as('wrong') })).status).toBe(401);
    const right = as('correct horse');
    expect((await ask(`${url}/api/v1/me`, { headers: right })).json()).toMatchObject({
      ...{ kind: 'basic', id: 'ops' },
    });
    const page = { ...right, 'sec-fetch-site': 'cross-site' };
    expect((await ask(pause, { method: 'POST', headers: page })).status).toBe(403);
    expect((await ask(pause, { method: 'POST', headers: right })).json().isPaused).toBe(true);
    const resumed = await ask(`${url}/api/v1/queues/mails/resume`, {
      ...{ method: 'POST', headers: right },
    });
    expect(resumed.json().isPaused).toBe(false);
    expect(app.output.join('\n')).not.toContain('correct horse');
  });

  test('with tokens: one that the command line makes is good, for what it may, until it is revoked', async (context) => {
    const near = { env: { REDIS_URL: shared.url } };
    const make = ['token', 'create', 'grafana', '--may', 'viewer', '--json'];
    const { id, secret } = JSON.parse((await drover(make, near)).stdout);
    const { url } = await serve(context, shared.url, '--token-auth', '--host', '0.0.0.0');
    const far = { env: { DROVER_TOKEN: secret as string } };
    const list = ['queue', 'list', '--json', '--server', url];
    expect((await drover(list, far)).stdout).toContain('mails');
    const paused = await drover(['queue', 'pause', 'mails', '--server', url], far);
    expect(paused.code).not.toBe(0);
    expect(paused.stderr).toContain('queues.pause');
    expect((await drover(list)).stderr).toContain('NOT_AUTHENTICATED');
    expect((await drover(['token', 'revoke', id, '--yes'], near)).code).toBe(0);
    const headers = { authorization: `Bearer ${secret}` };
    await until(async () => (await ask(`${url}/api/v1/me`, { headers })).status === 401);
  });

  test('a stream brings everything, then what changes, and goes on where a client has left it', async (context) => {
    const { url } = await serve(context, shared.url);
    const first = await follow(url);
    await until(() => count(first.text, '\ndata: ') >= 3);
    first.leave();
    expect(namesOf(first.text).slice(0, 2)).toEqual(['overview', 'delta']);
    expect(first.text).toContain('"mails"');
    const last = idsOf(first.text).at(-1)!;
    const second = await follow(url, { 'last-event-id': last });
    await until(() => count(second.text, '\ndata: ') >= 2);
    second.leave();
    expect(namesOf(second.text)).not.toContain('overview');
    const place = (id: string): number => Number(id.split('-').at(-1));
    expect(idsOf(second.text).map(place)[0]).toBe(place(last) + 1);
    const third = await follow(url, { 'last-event-id': 'of-another-process-7' });
    await until(() => namesOf(third.text)[0] === 'overview');
    third.leave();
  });

  test('Redis away at the start: it serves, says so, and answers as soon as Redis is there', async (context) => {
    const port = await reserve();
    const { url } = await serve(context, `redis://127.0.0.1:${port}`);
    expect((await ask(`${url}/health/live`)).status).toBe(200);
    const away = await ask(`${url}/api/v1/queues`);
    expect(away.status).toBe(503);
    expect(away.headers.get('retry-after')).not.toBeNull();
    expect(away.json()).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    const stream = await follow(url);
    await until(() => namesOf(stream.text)[0] === 'overview');
    const server = await ownRedis(context, port);
    await fill(server, 'late');
    await until(async () => (await ask(`${url}/api/v1/queues`)).text.includes('"late"'));
    await until(() => stream.text.includes('"late"'), { what: 'the open stream tells of it' });
    stream.leave();
  });

  test('Redis dies and comes back: open streams say both, and go on', async (context) => {
    const server = await ownRedis(context);
    await fill(server);
    const { url } = await serve(context, server.url);
    const streams = await Promise.all([follow(url), follow(url), follow(url)]);
    const all = (word: string, times = 1): Promise<true> =>
      until(() => streams.every(({ text }) => count(text, word) >= times), {
        ...{ what: `${word} is told`, timeoutMs: 20_000 },
      });
    await all('event: delta');
    await server.kill();
    await all('"redis":"unhealthy"');
    await server.restart();
    await all('event: redis', 2);
    const deltas = Math.max(...streams.map(({ text }) => count(text, 'event: delta')));
    await all('event: delta', deltas + 2);
    expect(streams.map(({ end }) => end)).toEqual([null, null, null]);
    for (const { leave } of streams) leave();
  });

  test('SIGTERM with streams open: they end whole, and it is gone in time', async (context) => {
    const { url, app } = await serve(context, shared.url);
    const streams = await Promise.all([follow(url), follow(url)]);
    await until(() => streams.every(({ text }) => text.includes('event: overview')));
    const began = performance.now();
    app.kill('SIGTERM');
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(10_000);
    await until(() => streams.every(({ end }) => end !== null));
    expect(streams.map(({ end }) => end)).toEqual(['whole', 'whole']);
  });

  test('SIGTERM while Redis does not answer: it is gone in time as well', async (context) => {
    const server = await ownRedis(context);
    const { url, app } = await serve(context, server.url);
    const stream = await follow(url);
    await until(() => stream.text.includes('event: overview'));
    server.freeze();
    context.onTestFinished(() => server.thaw());
    const waiting = ask(`${url}/api/v1/queues`).catch(() => null);
    const began = performance.now();
    app.kill('SIGTERM');
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(10_000);
    await until(() => stream.end !== null);
    expect(stream.end).toBe('whole');
    await waiting;
  });

  test('read-only: nothing is written whatever is asked, and the audit is in the log', async (context) => {
    const server = await ownRedis(context);
    await fill(server);
    const look = new Redis(server.url);
    context.onTestFinished(() => look.disconnect());
    const everything = async () => {
      const keys = (await look.keys('*')).sort();
      const values = await Promise.all(keys.map((key) => look.dumpBuffer(key)));
      return {
        size: await look.dbsize(),
        keys,
        values: values.map((each) => each?.toString('hex')),
      };
    };
    const before = await everything();
    const { url, app } = await serve(context, server.url, '--read-only');
    await app.line('changes:  none');
    const stream = await follow(url);
    for (const { path } of READS)
      expect((await ask(`${url}${path}`)).status, path).toBeLessThan(500);
    const refused = await ask(`${url}/api/v1/queues/mails/pause`, {
      ...{ method: 'POST', headers: PROGRAM },
    });
    expect(refused.json()).toMatchObject({ status: 403, code: 'READ_ONLY' });
    expect((await ask(`${url}/api/v1/queues/mails/dead-letters.ndjson`)).status).toBe(200);
    await app.line('deadLetters.export');
    await until(() => count(stream.text, 'event: delta') >= 3);
    stream.leave();
    app.kill('SIGTERM');
    await app.exited;
    expect(await everything()).toEqual(before);
  });

  test('who sends half a request and waits is cut off, and nobody else waits for it', async (context) => {
    const { url } = await serve(context, shared.url);
    const slow = Array.from({ length: 50 }, () =>
      rawRequest(context, url, 'GET / HTTP/1.1\r\nX: '),
    );
    const began = performance.now();
    expect((await ask(`${url}/health/live`)).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(5_000);
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1.1 408 /);
  });

  test('what no request can be made of is refused with all headers of an answer', async (context) => {
    const { url } = await serve(context, shared.url);
    for (const text of [
      'GET /x HTTP/1.1\r\nHost: a b',
      'GET http://[::1 HTTP/1.1\r\nHost: localhost',
    ]) {
      const answer = await rawRequest(context, url, `${text}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 400 /);
      expect(answer).toMatch(/^content-security-policy: default-src 'none'/im);
      expect(answer).toContain('INPUT_INVALID');
    }
    const huge = `GET /x HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`;
    expect(await rawRequest(context, url, huge)).toMatch(/^HTTP\/1.1 431 /);
  });

  test('two consoles at once: each shows what the other does, and their audit is one chain', async (context) => {
    const server = await ownRedis(context);
    await fill(server);
    const [one, two] = await Promise.all([serve(context, server.url), serve(context, server.url)]);
    const stream = await follow(two!.url);
    await until(() => stream.text.includes('event: overview'));
    const post = (url: string, what: string) =>
      ask(`${url}/api/v1/queues/mails/${what}`, { method: 'POST', headers: PROGRAM });
    expect((await post(one!.url, 'pause')).status).toBe(200);
    await until(() => stream.text.includes('"isPaused":true'), { what: 'the other shows it' });
    stream.leave();
    const turns = Array.from({ length: 10 }, (_, i) =>
      Promise.all([post(one!.url, i % 2 ? 'pause' : 'resume'), post(two!.url, 'resume')]),
    );
    for (const answers of await Promise.all(turns))
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const verdict = (await ask(`${two!.url}/api/v1/audit/verification`)).json();
    expect(verdict).toMatchObject({ isWhole: true, fault: null, checked: 42 });
  });
});
