/** `drover/client`: typed calls over HTTP with the errors of the same process. */
import { readFileSync } from 'node:fs';

import { createClient } from 'drover/client';
import { listen } from 'drover/http';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { CoordinatorError, InputError, RateLimited } from '../../src/errors.ts';
import type { Call } from '../../src/operations/action.ts';
import { readSources } from '../repo/sources.ts';
import { createCoordinator } from '../support/coordinators.ts';
import { type RedisServer, reserve, startRedis } from '../support/redis-server.ts';
import { fakeAction } from './fake-actions.ts';

// What changes something is written down first, and that is in Redis.
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const anything = z.looseObject({});
const echo = (_operations: unknown, input: object, call: Call) => ({
  ...input,
  by: call.principal.id,
});

async function serve(token?: string) {
  const { url, close } = await listen(createCoordinator(server), {
    ...{ port: 0, basePath: '/ops' },
    ...(token && {
      access: {
        authorize: ({ headers }: Request) =>
          headers.get('authorization') === `Bearer ${token}`
            ? ({
                kind: 'application',
                id: 'ann',
                name: 'Ann',
                grants: [{ may: ['admin'] }],
              } as const)
            : null,
      },
    }),
  });
  onTestFinished(close);
  return url;
}

test('what goes in arrives as it was, by path, query and body', async () => {
  fakeAction('jobs.get', { input: anything, output: anything, run: echo });
  fakeAction('jobs.add', { input: anything, output: anything, run: echo });
  const client = createClient({ url: await serve('s3cret'), token: 's3cret' });
  const queue = 'a/b:c %25#?';
  expect(await client.call('jobs.get', { queue, job: 'ü/../1' })).toEqual({
    ...{ queue, job: 'ü/../1', by: 'ann' },
  });
  const job = { queue, name: 'x', data: { big: [1, null, 'é'] }, options: { delay: 5 } };
  expect(await client.call('jobs.add', job)).toEqual({ ...job, by: 'ann' });
  await expect(client.call('jobs.get', { queue: '..', job: '1' })).rejects.toMatchObject({
    ...{ code: 'INPUT_INVALID', pointer: '/queue' },
  });
});

test('a problem becomes the error that it was', async () => {
  const client = createClient({ url: await serve() });
  const fail = (error: Error) =>
    fakeAction('queues.get', {
      input: anything,
      output: anything,
      run: () => Promise.reject(error),
    });
  const asked = () => client.call('queues.get', { queue: 'q' });
  fail(new InputError('/a', 'must be b'));
  await expect(asked()).rejects.toMatchObject({ pointer: '/a', message: '/a: must be b' });
  fail(new RateLimited(1_500, 'slowly'));
  const limited = await asked().catch((error: unknown) => error);
  expect(limited).toBeInstanceOf(RateLimited);
  expect(limited).toMatchObject({ retryAfterMs: 1_500, message: 'slowly' });
  fail(new CoordinatorError('STATE_CONFLICT', 'it runs'));
  await expect(asked()).rejects.toMatchObject({
    ...{ code: 'STATE_CONFLICT', message: 'it runs', status: 409 },
  });
  fail(new TypeError('inner'));
  await expect(asked()).rejects.toMatchObject({
    status: 500,
    message: expect.not.stringContaining('inner'),
  });
});

test('a server that is not there, is late, or is no Drover is told with its address and no secret', async () => {
  const url = `http://127.0.0.1:${await reserve()}`;
  const gone = createClient({ url, token: 's3cret' }).call('overview.get', {});
  await expect(gone).rejects.toMatchObject({
    ...{ code: 'QUEUE_UNAVAILABLE', message: expect.stringContaining(`${url} could not be asked`) },
  });
  await expect(gone).rejects.not.toMatchObject({ message: expect.stringContaining('s3cret') });
  const never = (_url: string, { signal }: RequestInit) =>
    new Promise<Response>((_resolve, reject) => {
      signal!.addEventListener('abort', () => reject(new Error('aborted')));
    });
  const late = createClient({ url, fetch: never, timeoutMs: 10 });
  await expect(late.call('overview.get', {})).rejects.toThrow(/has not answered within 10 ms/);
  const page = async () => new Response('<html>', { status: 502 });
  await expect(createClient({ url, fetch: page }).call('overview.get', {})).rejects.toMatchObject({
    ...{ code: 'QUEUE_UNAVAILABLE', status: 502 },
  });
  const odd = async () => new Response('<html>', { status: 200 });
  await expect(createClient({ url, fetch: odd }).call('overview.get', {})).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
  });
  expect(() => createClient({ url: 'http://ann:pw@127.0.0.1' })).toThrow(/token/);
  expect(() => createClient({ url: 'ftp://x' })).toThrow(/http/);
});

test('nothing of Node, no schema and no other library is loaded with it', () => {
  const byPath = new Map(readSources().map((source) => [source.path, source]));
  const seen = new Set<string>();
  const outside: string[] = [];
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { from, isRelative, isType } of byPath.get(path)!.imports)
      if (isType) continue;
      else if (isRelative) visit(from);
      else outside.push(`${path}: ${from}`);
  };
  visit('client/index.ts');
  expect(outside).toEqual([]);
  expect(seen.size).toBeGreaterThan(10);
  expect(readFileSync('package.json', 'utf8')).toContain('./dist/client/index.js');
});
