/** The face in Nest, on both of its platforms, beside the application's own routes. */
import 'reflect-metadata';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { http, toExpress, toFastify } from 'drover/http';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { createCoordinator } from '../support/coordinators.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { ask } from './ask.ts';
import { fakeAction } from './fake-actions.ts';

class Hello {
  hello(): string {
    return 'hello';
  }
}
// Decorators as functions: the tests are not compiled with them.
Controller('app')(Hello);
Get('hello')(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello')!);
class App {}
Module({ controllers: [Hello] })(App);

// What changes something is written down first, and that is in Redis.
let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const face = () => http(createCoordinator(server), { basePath: '/ops' });

async function onExpress(): Promise<INestApplication> {
  const app = await NestFactory.create(App, { logger: false });
  app.use('/ops', toExpress(face()));
  return app;
}

async function onFastify(): Promise<INestApplication> {
  const adapter = new FastifyAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(App, adapter, { logger: false });
  await app.register(toFastify(face()) as never, { prefix: '/ops' });
  return app;
}

test.each([
  ['Express', onExpress],
  ['Fastify', onFastify],
])('on %s: GET, POST and events, and the routes of the application', async (_name, create) => {
  const anything = z.looseObject({});
  fakeAction('queues.pause', {
    ...{ input: anything, output: anything },
    run: (_operations: unknown, input: object) => input,
  });
  fakeAction('overview.watch', {
    ...{ input: anything, output: anything },
    async *run() {
      yield { id: '7', event: 'redis', data: {}, text: '{}' };
    },
  });
  const app = await create();
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const origin = await app.getUrl();
  expect((await ask(`${origin}/app/hello`)).text).toBe('hello');
  expect((await ask(`${origin}/ops/health/live`)).status).toBe(200);
  const paused = await ask(`${origin}/ops/api/v1/queues/mails/pause`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-drover': '1' },
    body: '{"reason":"x"}',
  });
  expect(paused.text).toBe('{"reason":"x","queue":"mails"}');
  expect((await ask(`${origin}/ops/api/v1/overview/stream`)).text).toContain('id: 7\n');
});
