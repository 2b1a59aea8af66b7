/** Start without Redis, with one that is down, with a wrong password: a state, never a crash. */
import { setImmediate } from 'node:timers/promises';
import type { Coordinator, Logger } from 'drover';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createClient,
  createCoordinator,
  nextEvent,
  startCoordinator,
} from '../support/coordinators.ts';
import { type RedisServer, reserve, startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

function record(): { lines: string[]; logger: Logger } {
  const lines: string[] = [];
  const write = (_fields: object, message: string): void => void lines.push(message);
  return { lines, logger: { info: write, warn: write, error: write, debug: write } };
}

test('without a Redis the application runs, one line says so, and an add says what to set', async () => {
  const { lines, logger } = record();
  const coordinator = createCoordinator({ url: '' }, { logger });
  coordinator.process('jobs', async () => {});
  await coordinator.start();
  expect(lines).toEqual(['⚠️  Redis not configured - queues disabled (set redisUrl or REDIS_URL)']);
  await expect(coordinator.queue('jobs').add('job', {})).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    message: expect.stringContaining('REDIS_URL'),
  });
  expect(coordinator.getRedisHealth().status).toBe('disabled');
  expect(coordinator.operations.health.ready().status).toBe('ready');
});

test('a Redis that is down at start: start returns, and queues come alive by themselves', async () => {
  const port = await reserve();
  const { lines, logger } = record();
  const coordinator = createCoordinator({ url: `redis://127.0.0.1:${port}` }, { logger });
  const ran: string[] = [];
  coordinator.process('late', async (job) => void ran.push(job.name));
  await coordinator.start();
  expect(lines).toContain('⚠️  Application will continue without job queues');
  expect(coordinator.getRedisHealth()).toMatchObject({
    status: 'unhealthy',
    redis: { port, connected: false, error: expect.stringContaining('ECONNREFUSED') },
  });
  await expect(coordinator.queue('late').add('early', {})).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    retryable: true,
  });
  const ready = nextEvent(coordinator, 'connection.ready', ({ role }) => role === 'command');
  const late = await startRedis({ port });
  await ready;
  await coordinator.queue('late').add('now', {});
  await until(() => ran.includes('now'), { what: 'the job' });
  // The add that was refused was never sent.
  expect(ran).toEqual(['now']);
  expect(lines).toContain('✅ [Queue] Redis connected');
  const attempts = lines.filter((line) => line.includes('[Queue] Redis retry attempt'));
  expect(attempts[0]).toMatch(/retry attempt 1, waiting \d+ms/);
  const errors = lines.filter((line) => line.startsWith('❌ [Queue] Redis error'));
  // The same error again and again is told at the 1st, 2nd, 4th, 8th … time.
  expect(errors.length).toBeLessThan(8);
  await late.stop();
});

test('a wrong password is said once, never shown, and mended on the server heals the process', async () => {
  const guarded = await startRedis({ password: 'right' });
  const { lines, logger } = record();
  const url = guarded.url.replace('right', 'wr0ng-s3cret');
  const coordinator = createCoordinator({ url }, { logger });
  const ran: string[] = [];
  coordinator.process('guarded', async (job) => void ran.push(job.name));
  await coordinator.start();
  await until(() => lines.some((line) => line.includes('WRONGPASS')), { what: 'the line' });
  expect(coordinator.getRedisHealth().redis.error).toContain('WRONGPASS');
  await expect(coordinator.queue('guarded').add('job', {})).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
  });
  expect(lines.join('\n')).not.toContain('s3cret');
  expect(JSON.stringify(coordinator.operations.health.queues())).not.toContain('s3cret');
  await createClient(guarded).config('SET', 'requirepass', 'wr0ng-s3cret');
  await until(() => coordinator.getRedisHealth().redis.connected, { what: 'the connection' });
  await coordinator.queue('guarded').add('after', {});
  await until(() => ran.includes('after'), { what: 'the job' });
  await coordinator.stop({ timeoutMs: 1_000 });
  await guarded.stop();
});

test('with maxAttempts it gives up with a clear end, and adds fail at once', async () => {
  const { lines, logger } = record();
  const url = `redis://127.0.0.1:${await reserve()}`;
  const coordinator = createCoordinator(
    { url },
    { logger, addTimeoutMs: '30s', reconnect: { minDelay: 1, maxDelay: 2, maxAttempts: 3 } },
  );
  const ended = nextEvent(coordinator, 'connection.ended', ({ role }) => role === 'command');
  await coordinator.start();
  expect(await ended).toEqual({ role: 'command', attempts: 3 });
  expect(lines).toContain('❌ [Queue] Redis connection failed after 3 retries');
  await expect(coordinator.queue('jobs').add('job', {})).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    message: expect.stringContaining('maxAttempts'),
  });
  expect(coordinator.getRedisHealth().redis.error).toBeTruthy();
});

test('lazy: nothing is opened before the first use', async () => {
  const coordinator = await startCoordinator(server, { name: 'lazy', lazy: true });
  const admin = createClient(server);
  const sockets = async (): Promise<number> =>
    String(await admin.client('LIST')).split('name=lazy:').length - 1;
  expect(await sockets()).toBe(0);
  await coordinator.queue('lazy').add('job', {});
  expect(await sockets()).toBe(1);
});

test.each([
  ['whose queues were initialised', (coordinator: Coordinator) => coordinator.queues.initialize()],
  ['with a processor', (coordinator: Coordinator) => coordinator.process('jobs', async () => {})],
])('lazy, %s: start tells the truth about Redis', async (_how, use) => {
  const toldBy = async (url: string): Promise<unknown> => {
    const coordinator = createCoordinator({ url }, { lazy: true });
    use(coordinator);
    const started = nextEvent(coordinator, 'coordinator.started');
    await coordinator.start();
    return (await started).redis;
  };
  expect(await toldBy(server.url)).toBe('ready');
  expect(await toldBy(`redis://127.0.0.1:${await reserve()}`)).toBe('away');
});

test('lazy and not used by anybody, start says nothing against a Redis that it has not asked', async () => {
  const url = `redis://127.0.0.1:${await reserve()}`;
  const coordinator = createCoordinator({ url }, { lazy: true });
  const started = nextEvent(coordinator, 'coordinator.started');
  await coordinator.start();
  expect(await started).toMatchObject({ redis: 'ready' });
});

test('start waits for no further word when the connection has failed before it', async () => {
  const url = `redis://127.0.0.1:${await reserve()}`;
  // The next attempt is far away, and so is the next word.
  const coordinator = createCoordinator({ url }, { reconnect: { minDelay: '1h', maxDelay: '1h' } });
  const failed = nextEvent(coordinator, 'connection.error');
  coordinator.queues.initialize();
  await failed;
  const order: string[] = [];
  const starting = coordinator.start().then(() => order.push('started'));
  await Promise.race([starting, setImmediate().then(() => order.push('waited'))]);
  expect(order).toEqual(['started']);
});

test('an ioredis instance that is handed in is copied and left alone', async () => {
  const theirs = createClient(server);
  await theirs.ping();
  const coordinator = createCoordinator(server, { redisUrl: undefined, connection: theirs });
  await coordinator.start();
  await coordinator.queue('handed-in').add('job', {});
  await coordinator.stop();
  expect(await theirs.ping()).toBe('PONG');
});

test('an ioredis instance with a keyPrefix is refused with the remedy', () => {
  const theirs = createClient(server).duplicate({ keyPrefix: 'mine:', lazyConnect: true });
  expect(() => createCoordinator(server, { connection: theirs })).toThrow('use the prefix option');
});

test('start and stop may come in any order and any number of times', async () => {
  const coordinator = createCoordinator(server);
  await Promise.all([coordinator.start(), coordinator.start()]);
  await Promise.all([coordinator.stop(), coordinator.stop()]);
  await coordinator.start();
  expect(() => coordinator.queue('after')).toThrow('has been stopped');
  await expect(coordinator.getAllQueueStats()).rejects.toMatchObject({ code: 'STOPPED' });
  const never = createCoordinator(server);
  await never.stop();
  await never.start();
});
