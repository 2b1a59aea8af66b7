/** The hub on a real server: clients that end by themselves, and a server whose settings change. */

import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { EventBus } from '../../src/events.ts';
import { createKeys } from '../../src/keys.ts';
import { Hub } from '../../src/redis/hub.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

test('a client that ends by itself is made anew, once, and is ready again', async () => {
  await using server = await startRedis();
  const bus = new EventBus();
  const rebuilt: string[] = [];
  bus.on('connection.rebuilt', ({ role }) => rebuilt.push(role));
  let made = 0;
  const hub = new Hub({
    ...{ app: 'ended', host: 'h', pid: 1, allowEviction: false, announce: bus.announce },
    createClient: (options) => {
      made += 1;
      return new Redis({ ...options, port: server.port, replyMapping: 'legacy' });
    },
    reconnect: { minDelayMs: 5, maxDelayMs: 10, maxAttempts: Number.POSITIVE_INFINITY },
    keys: createKeys('coordinator'),
  });
  onTestFinished(() => hub.close());
  hub.open();
  const waiting = hub.waiting.wait('bull:q:marker', {}, 20_000);
  const first = await hub.command.raw();
  const firstWait = await hub.wait.raw();
  await until(() => hub.waiting.isArmed('bull:q:marker'));
  first.disconnect();
  firstWait.disconnect();
  await until(() => rebuilt.length === 2, { what: 'both are replaced' });
  await until(() => hub.command.isReady && hub.wait.isReady, { what: 'both are ready' });
  expect(await hub.command.raw()).not.toBe(first);
  expect(await (await hub.command.raw()).ping()).toBe('PONG');
  // A marker may have been lost with the connection, so the waiter looks for itself.
  expect(await waiting).toBe(null);
  const again = hub.waiting.wait('bull:q:marker', {}, 20_000);
  await (await hub.command.raw()).zadd('bull:q:marker', 0, '0');
  expect(await again).toEqual({ member: '0', score: 0 });
  expect(made).toBe(4);
  expect(rebuilt.sort()).toEqual(['command', 'wait']);
});

test('a policy that is changed at run time is told once each time, and the next connect is refused', async () => {
  await using server = await startRedis();
  const bus = new EventBus();
  const warned: string[] = [];
  bus.on('redis.warned', ({ finding }) => warned.push(finding));
  const hub = new Hub({
    ...{ app: 'evicting', host: 'h', pid: 1, allowEviction: false, announce: bus.announce },
    createClient: (options) => new Redis({ ...options, port: server.port, replyMapping: 'legacy' }),
    reconnect: { minDelayMs: 5, maxDelayMs: 10, maxAttempts: Number.POSITIVE_INFINITY },
    keys: createKeys('coordinator'),
  });
  onTestFinished(() => hub.close());
  hub.open();
  const admin = await hub.command.raw();
  const policy = (value: string) => admin.config('SET', 'maxmemory-policy', value);
  expect(hub.eviction).toBe(undefined);
  for (let times = 1; times <= 2; times += 1) {
    await policy('volatile-lru');
    await hub.look();
    await hub.look();
    expect(hub.eviction).toContain('volatile-lru');
    expect(hub.command.isReady).toBe(true);
    expect(warned).toHaveLength(times);
    await policy('noeviction');
    await hub.look();
    expect(hub.eviction).toBe(undefined);
  }
  await policy('allkeys-lru');
  admin.disconnect(true);
  await until(() => hub.command.lastError?.includes('allkeys-lru'), { what: 'the refusal' });
  expect(hub.command.isReady).toBe(false);
});

test('a client that has used up its attempts stays ended', async () => {
  const bus = new EventBus();
  const names: string[] = [];
  bus.onAny((name) => names.push(name));
  const hub = new Hub({
    ...{ app: 'ended', host: 'h', pid: 1, allowEviction: false, announce: bus.announce },
    createClient: (options) => new Redis({ ...options, port: 1, replyMapping: 'legacy' }),
    reconnect: { minDelayMs: 1, maxDelayMs: 2, maxAttempts: 2 },
    keys: createKeys('coordinator'),
  });
  onTestFinished(() => hub.close());
  hub.open();
  await until(() => hub.command.state === 'ended');
  expect(names).not.toContain('connection.rebuilt');
});

test('a poke that was refused is tried again by the next who waits', async () => {
  await using server = await startRedis();
  const hub = new Hub({
    ...{ app: 'poked', host: 'h', pid: 1, allowEviction: false, announce: () => {} },
    createClient: (options) => new Redis({ ...options, port: server.port, replyMapping: 'legacy' }),
    reconnect: { minDelayMs: 5, maxDelayMs: 10, maxAttempts: Number.POSITIVE_INFINITY },
    keys: createKeys('coordinator'),
  });
  onTestFinished(() => hub.close());
  hub.open();
  const redis = await hub.command.raw();
  const wait = (name: string) =>
    hub.waiting.wait(`bull:${name}:marker`, {}, 60_000).catch(() => {});
  void wait('first');
  await until(() => hub.waiting.isArmed('bull:first:marker'));
  await redis.config('SET', 'maxmemory', '1mb');
  void wait('second');
  // In order behind the poke.
  await expect(redis.set('key', 'value')).rejects.toThrow('OOM');
  await redis.config('SET', 'maxmemory', '0');
  void wait('third');
  // Well before the block would end by itself.
  const isArmed = () =>
    hub.waiting.isArmed('bull:second:marker') && hub.waiting.isArmed('bull:third:marker');
  await until(isArmed, { timeoutMs: 4_000, what: 'all are waited for' });
});
