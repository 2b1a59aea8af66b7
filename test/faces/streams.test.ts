/** Answers that go on: server-sent events and lines, over real connections, to their end. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createClient } from 'drover/client';
import { listen } from 'drover/http';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { Call } from '../../src/operations/action.ts';
import type { LiveEvent } from '../../src/operations/live/live-views.ts';
import { createCoordinator } from '../support/coordinators.ts';
import { until } from '../support/until.ts';
import { fakeAction } from './fake-actions.ts';

const EVENTS = '/api/v1/overview/stream';
const input = z.strictObject({ lastEventId: z.string().optional() });
const event = (n: number): LiveEvent => ({
  ...{ id: `${n}`, event: 'lag', data: { missed: n } },
  text: JSON.stringify({ missed: n }),
});

let made: number;
let ended: number;
let calls: { input: { lastEventId?: string }; call: Call }[];

/** Events without end, as fast as they are taken, or `quiet` after the first. */
async function* events(call: Call, from: number, isQuiet: boolean): AsyncGenerator<LiveEvent> {
  try {
    for (let n = from; !call.signal.aborted; n += 1) {
      made += 1;
      yield event(n);
      if (isQuiet) await once(call.signal, 'abort');
    }
  } finally {
    ended += 1;
  }
}

function serveEvents(isQuiet: boolean): void {
  fakeAction('overview.watch', {
    ...{ input, output: z.unknown() },
    run(_operations: unknown, asked: { lastEventId?: string }, call: Call) {
      calls.push({ input: asked, call });
      return events(call, Number(asked.lastEventId ?? 0) + 1, isQuiet);
    },
  });
}

beforeEach(() => {
  made = 0;
  ended = 0;
  calls = [];
});

async function serve() {
  const coordinator = createCoordinator({ url: '' });
  const listening = await listen(coordinator, { port: 0 });
  onTestFinished(() => listening.close());
  return { coordinator, ...listening };
}

test('events have an id, a name and data, and nothing between keeps or collects them', async () => {
  serveEvents(true);
  const { url } = await serve();
  const response = await fetch(`${url}${EVENTS}`, { headers: { 'last-event-id': '41' } });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('data:')) text += (await reader.read()).value;
  expect(text).toBe('retry: 2000\n\nid: 42\nevent: lag\ndata: {"missed":42}\n\n');
  expect(calls[0]!.input).toEqual({ lastEventId: '41' });
  await reader.cancel();
  await until(() => ended === 1, { what: 'the source ends with its client' });
  expect(calls[0]!.call.signal.aborted).toBe(true);
});

test('a client that does not read holds the source back', async () => {
  serveEvents(false);
  const { url } = await serve();
  const { hostname, port } = new URL(url);
  const client = connect(Number(port), hostname);
  onTestFinished(() => void client.destroy());
  client.pause();
  client.write(`GET ${EVENTS} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
  let before = -1;
  await until(
    () => {
      const isHeld = made > 0 && made === before;
      before = made;
      return isHeld;
    },
    { what: 'no more events are made', everyMs: 200 } as never,
  );
  expect(ended).toBe(0);
  client.destroy();
  await until(() => ended === 1, { what: 'the source ends with its client' });
});

test('a coordinator that stops ends its streams, and is not held up by them', async () => {
  serveEvents(true);
  const { url, coordinator } = await serve();
  const response = await fetch(`${url}${EVENTS}`);
  const whole = response.text();
  await coordinator.stop({ timeoutMs: 20_000 });
  expect(await whole).toContain('id: 1\n'); // Ended, not broken off.
  expect(ended).toBe(1);
});

test('what a stream refuses before its first item is a problem with a status', async () => {
  fakeAction('overview.watch', {
    ...{ input, output: z.unknown() },
    // biome-ignore lint/correctness/useYield: it fails before
    run: async function* () {
      throw new (await import('drover')).CoordinatorError('NOT_FOUND', 'nothing to watch');
    },
  });
  const { url } = await serve();
  expect((await fetch(`${url}${EVENTS}`)).status).toBe(404);
});

test('lines come whole, and an export that fails half-way is broken off', async () => {
  const lines = (fails: boolean) =>
    async function* () {
      for (let n = 0; n < 20_000; n += 1) yield JSON.stringify({ n });
      if (fails) throw new Error('lost');
    };
  const of = (fails: boolean) =>
    fakeAction('audit.export', {
      ...{ input: z.strictObject({}), output: z.unknown(), run: lines(fails) },
    });
  of(false);
  const { url, coordinator } = await serve();
  const whole = await fetch(`${url}/api/v1/audit.ndjson`);
  expect(whole.headers.get('content-type')).toBe('application/x-ndjson');
  expect((await whole.text()).trimEnd().split('\n')).toHaveLength(20_000);
  of(true);
  const failed: string[] = [];
  coordinator.on('http.failed', ({ message }) => failed.push(message));
  const broken = await fetch(`${url}/api/v1/audit.ndjson`);
  await expect(broken.text()).rejects.toThrow();
  expect(failed).toEqual(['lost']);
  const client = createClient({ url });
  const read = async (): Promise<void> => {
    for await (const _line of await client.call('audit.export', {})) void _line;
  };
  await expect(read()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
});

test('an export that the coordinator ends is broken off, not taken for whole', async () => {
  fakeAction('audit.export', {
    ...{ input: z.strictObject({}), output: z.unknown() },
    async *run(_operations: unknown, _input: object, { signal }: Call) {
      for (let n = 0; n < 9_000; n += 1) yield JSON.stringify({ n });
      await once(signal, 'abort');
    },
  });
  const { url, coordinator } = await serve();
  const text = (await fetch(`${url}/api/v1/audit.ndjson`)).text();
  const broken = expect(text).rejects.toThrow();
  await coordinator.stop();
  await broken;
});

test('so many exports go on at a time, and another one begins when one has ended', async () => {
  fakeAction('audit.export', {
    ...{ input: z.strictObject({}), output: z.unknown() },
    async *run(_operations: unknown, _input: object, { signal }: Call) {
      yield 'x'.repeat(100_000);
      await once(signal, 'abort');
    },
  });
  const { url } = await serve();
  const leave = new AbortController();
  const open = (signal?: AbortSignal) =>
    fetch(`${url}/api/v1/audit.ndjson`, signal ? { signal } : {});
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, i) => open(i === 0 ? leave.signal : undefined)),
  );
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
  const refused = await open();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
  leave.abort();
  await until(async () => (await open()).status === 200, { what: 'another one begins' });
});

test('an address that others can reach is refused while nobody there can say who they are', async () => {
  const coordinator = createCoordinator({ url: '' });
  await expect(listen(coordinator, { host: '0.0.0.0', port: 0 })).rejects.toMatchObject({
    ...{ code: 'CONFIG_INVALID', message: expect.stringContaining('access') },
  });
  const { url, close } = await listen(coordinator, {
    ...{ host: '0.0.0.0', port: 0, basePath: '/ops', access: { authorize: () => null } },
  });
  const { port, pathname } = new URL(url);
  expect(pathname).toBe('/ops');
  expect((await fetch(`http://127.0.0.1:${port}/ops/health/live`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${port}/ops/api/v1/queues/x`)).status).toBe(401);
  await close();
});

test('the client comes back by itself and goes on after the last event', async () => {
  serveEvents(true);
  const { url, close } = await serve();
  const client = createClient({ url });
  const leave = new AbortController();
  const seen: string[] = [];
  const watching = (async () => {
    const live = await client.call('overview.watch', {}, { signal: leave.signal });
    for await (const { id } of live) seen.push(id);
  })();
  await until(() => seen.length === 1, { what: 'the first event' });
  await close();
  const coordinator = createCoordinator({ url: '' });
  await listen(coordinator, { port: Number(new URL(url).port) });
  await until(() => seen.length === 2, { what: 'the next event, from the new server' });
  expect(seen).toEqual(['1', '2']);
  expect(calls.at(-1)!.input).toEqual({ lastEventId: '1' });
  leave.abort();
  await watching;
});
