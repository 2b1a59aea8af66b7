/** The clients of the specification with the connection strings of the kit: ioredis, BullMQ, and BullMQ in Nest. */
import 'reflect-metadata';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Job, Queue, QueueEvents, Worker } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import {
  clientOf,
  expectNothingRefused,
  type KitServer,
  passwordOf,
  startKit,
} from './kit-users.ts';

const ended = <T extends { close(): Promise<unknown>; on(name: 'error', f: () => void): unknown }>(
  each: T,
): T => {
  each.on('error', () => {});
  onTestFinished(async () => void (await each.close()));
  return each;
};

test('ioredis keeps sessions, counters, locks and rate limits in the cache, and hears its channels', async () => {
  const kit = await startKit('cache');
  const cache = clientOf(kit.urlOf('drover-app'));
  await cache.setex('api:users:123', 300, '{"name":"ann"}');
  expect(await cache.get('api:users:123')).toBe('{"name":"ann"}');
  expect(await cache.set('lock:1', 'me', 'PX', 1_000, 'NX')).toBe('OK');
  await cache.mset('a', '1', 'b', '2');
  expect(await cache.mget('a', 'b')).toEqual(['1', '2']);
  await cache.hset('session:1', { user: 'ann' });
  await cache.expire('session:1', 60);
  await cache.getex('a', 'EX', 60);
  await cache.zadd('top', 1, 'ann');
  await cache.sadd('tag:1', 'a');
  await cache.lpush('recent', 'x');
  await cache.pfadd('visitors', 'ann');
  await cache.geoadd('places', 1, 2, 'home');
  const limit =
    "local n = redis.call('INCR', KEYS[1]) redis.call('PEXPIRE', KEYS[1], ARGV[1]) return n";
  expect(await cache.eval(limit, 1, 'limit:ann', 1_000)).toBe(1);
  const sha = (await cache.script('LOAD', limit)) as string;
  expect(await cache.evalsha(sha, 1, 'limit:ann', 1_000)).toBe(2);
  expect((await cache.multi().incr('count').ttl('count').exec())![0]).toEqual([null, 1]);
  await cache.unlink('a', 'b');
  expect((await cache.scan('0', 'MATCH', 'session:*'))[1]).toEqual(['session:1']);
  const listener = clientOf(kit.urlOf('drover-app'));
  const heard = new Promise((resolve) => listener.on('message', (_, text) => resolve(text)));
  await listener.subscribe('changes');
  await cache.publish('changes', 'users');
  expect(await heard).toBe('users');
  await expectNothingRefused(kit);
});

test('ioredis reaches the queue instance with its connection string', async () => {
  const kit = await startKit('queue');
  expect(await clientOf(kit.urlOf('drover-app')).ping()).toBe('PONG');
  const stranger = clientOf(kit.urlOf('drover-app').replace(passwordOf('drover-app'), 'wrong'));
  const error = await new Promise<Error>((resolve) => stranger.on('error', resolve));
  expect(error.message).toMatch(/WRONGPASS/);
});

test.each<[name: string, connection: (kit: KitServer) => object]>([
  [
    'host, port, user and password',
    ({ server }) => ({
      ...{ host: '127.0.0.1', port: server.port, username: 'drover-app' },
      password: passwordOf('drover-app'),
    }),
  ],
  ['a URL', (kit) => ({ url: kit.urlOf('drover-app') })],
])('BullMQ, by %s', async (_name, connectionTo) => {
  const kit = await startKit('queue');
  const connection = connectionTo(kit);
  const email = ended(new Queue('email', { connection }));
  const events = ended(new QueueEvents('email', { connection }));
  await events.waitUntilReady();
  ended(new Worker('email', async ({ data }: Job) => `sent to ${data.to}`, { connection }));
  const job = await email.add('send-welcome', { to: 'ann@example.org' });
  expect(await job.waitUntilFinished(events)).toBe('sent to ann@example.org');
  await expectNothingRefused(kit);
});

class Mailer extends WorkerHost {
  override async process({ data }: Job): Promise<string> {
    return `sent to ${data.to}`;
  }
}
// A decorator as a function: the tests are not compiled with them.
Processor('email')(Mailer);

test('BullMQ in Nest: a queue that is injected, and a processor', async () => {
  const kit = await startKit('queue');
  class App {}
  Module({
    imports: [
      BullModule.forRoot({ connection: { url: kit.urlOf('drover-app') } }),
      BullModule.registerQueue({ name: 'email' }),
    ],
    providers: [Mailer],
  })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  onTestFinished(() => app.close());
  const email = app.get<Queue>(getQueueToken('email'));
  const events = ended(new QueueEvents('email', { connection: { url: kit.urlOf('drover-app') } }));
  await events.waitUntilReady();
  const job = await email.add('send-welcome', { to: 'ann@example.org' });
  expect(await job.waitUntilFinished(events)).toBe('sent to ann@example.org');
  await expectNothingRefused(kit);
});
