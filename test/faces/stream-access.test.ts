/** Streams end when whoever opened them would not be let in any more, and when nobody takes what they bring. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Coordinator } from 'drover';
import { createClient } from 'drover/client';
import { type ListenOptions, listen } from 'drover/http';
import { beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import type { Principal } from '../../src/access/principal.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Call } from '../../src/operations/action.ts';
import type { LiveEvent } from '../../src/operations/live/live-views.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { fakeAction } from './fake-actions.ts';

const EVENTS = '/api/v1/overview/stream';
const ADMIN: Principal = { kind: 'loopback', id: 'me', name: 'me', grants: [{ may: ['admin'] }] };

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
  return () => server.stop();
});

let made: number;
let ended: number;
/** An event every few milliseconds, each of `size` characters. */
function serveEvents(size = 10): void {
  const text = JSON.stringify({ missed: 'x'.repeat(size) });
  fakeAction('overview.watch', {
    ...{ input: z.looseObject({}), output: z.unknown() },
    async *run(_operations: unknown, _input: unknown, { signal }: Call) {
      try {
        while (!signal.aborted) {
          made += 1;
          yield { id: `${made}`, event: 'lag', data: {}, text } as unknown as LiveEvent;
          await sleep(2);
        }
      } finally {
        ended += 1;
      }
    },
  });
}
beforeEach(() => {
  made = 0;
  ended = 0;
});

async function serve(options: ListenOptions = {}) {
  const coordinator = new Coordinator({ logger: false, redisUrl: server.url });
  onTestFinished(() => coordinator.stop({ timeoutMs: 500 }));
  const { url } = await listen(coordinator, { port: 0, ...options });
  return { coordinator, url };
}

async function follow(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}${EVENTS}`, { headers });
  const state = { status: response.status, text: '', isOver: false };
  const reading = async (): Promise<void> => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream()))
      state.text += chunk;
    state.isOver = true;
  };
  void reading().catch(() => {});
  await until(() => state.text.includes('event: lag'), { what: 'the first event' });
  return state;
}

/** As if so much time had passed. */
function later(byMs: number): void {
  const before = systemClock.monotonic;
  const spy = vi.spyOn(systemClock, 'monotonic').mockImplementation(() => before() + byMs);
  onTestFinished(() => spy.mockRestore());
}

test('a revoked token ends its streams with a word, and those of others go on', async () => {
  serveEvents();
  const { coordinator, url } = await serve({ access: { tokens: true } });
  const made = async (name: string) => {
    const order = { name, grants: [{ may: ['viewer'] }] } as const;
    return coordinator.control.call('tokens.create', order, { principal: ADMIN });
  };
  const [gone, good] = [await made('gone'), await made('good')];
  const [lost, kept] = await Promise.all(
    [gone, good].map(({ secret }) => follow(url, { authorization: `Bearer ${secret}` })),
  );
  await coordinator.control.call('tokens.revoke', { token: gone.id }, { principal: ADMIN });
  later(30_000);
  await until(() => lost!.isOver, { what: 'the stream has ended' });
  const [last] = lost!.text.split('\n\n').filter(Boolean).slice(-1);
  expect(last).toMatch(/^event: ended\ndata: \{"code":"NOT_AUTHENTICATED","detail":".+"\}$/);
  expect(lost!.text.match(/event: ended/g)).toHaveLength(1);
  const { length } = kept!.text;
  await until(() => kept!.text.length > length + 500, { what: 'the other goes on' });
  expect(kept!.text).not.toContain('ended');
});

test('a session whose rights have changed ends, and comes back with the new ones', async () => {
  serveEvents();
  let may: 'admin' | 'viewer' = 'admin';
  const { url } = await serve({
    access: {
      authorize: () => ({ kind: 'application', id: 'ann', name: 'Ann', grants: [{ may: [may] }] }),
    },
  });
  const client = createClient({ url });
  const leave = new AbortController();
  const seen: string[] = [];
  const watching = (async () => {
    const live = await client.call('overview.watch', {}, { signal: leave.signal });
    for await (const { event } of live) seen.push(event);
  })();
  await until(() => seen.length > 3);
  may = 'viewer';
  later(30_000);
  await until(() => seen.includes('ended'));
  await until(() => seen.at(-1) === 'lag' && ended === 1, { what: 'it has come back' });
  leave.abort();
  await watching;
});

test('while nobody can say whether a token is good, its streams go on', async () => {
  serveEvents();
  const own = await startRedis();
  onTestFinished(() => own.stop());
  const coordinator = new Coordinator({ logger: false, redisUrl: own.url, addTimeoutMs: 1_000 });
  onTestFinished(() => coordinator.stop({ timeoutMs: 500 }));
  const { url } = await listen(coordinator, { port: 0, access: { tokens: true } });
  const order = { name: 'x', grants: [{ may: ['viewer'] }] } as const;
  const { secret } = await coordinator.control.call('tokens.create', order, { principal: ADMIN });
  const stream = await follow(url, { authorization: `Bearer ${secret}` });
  await own.kill();
  later(120_000);
  const { length } = stream.text;
  await until(() => stream.text.length > length + 500, { what: 'it goes on' });
  expect(stream.text).not.toContain('ended');
  const again = await fetch(`${url}${EVENTS}`, { headers: { authorization: `Bearer ${secret}` } });
  expect(again.status).toBe(503);
});

test('a viewer that never reads costs bounded memory and is left, and the others see on', async () => {
  const { after } = systemClock;
  const spy = vi
    .spyOn(systemClock, 'after')
    .mockImplementation((ms, run, options) => after(ms === 30_000 ? 400 : ms, run, options));
  onTestFinished(() => spy.mockRestore());
  const size = 200_000;
  serveEvents(size);
  const { url } = await serve();
  const { hostname, port } = new URL(url);
  const other = await follow(url);
  const madeFor = (): number => made - other.text.split('event: lag').length;
  const idle = connect(Number(port), hostname).pause();
  onTestFinished(() => void idle.destroy());
  let isClosed = false;
  idle
    .on('error', () => {})
    .on('close', () => {
      isClosed = true;
    });
  idle.write(`GET ${EVENTS} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
  await until(() => ended === 1, { what: 'the source of the idle viewer ends' });
  // What the sockets of the system hold, and no more, was made for it.
  expect(madeFor() * size).toBeLessThan(32 * 1_048_576);
  idle.resume();
  await until(() => isClosed, { what: 'its connection is gone' });
  const { length } = other.text;
  await until(() => other.text.length > length + 20 * size, { what: 'another sees on' });
  expect(other.isOver).toBe(false);
});
