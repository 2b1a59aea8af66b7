/**
 * The three scenarios: Redis temporarily down, not configured, lost during operation. In each the API goes on
 * answering, says what it could not do, and nothing that was accepted is lost.
 */
import { expect, test } from 'vitest';
import { reserve, startRedis } from '../../../test/support/redis-server.ts';
import {
  ask,
  eventually,
  goodOrder,
  makeData,
  post,
  settled,
  startPlatform,
} from './support/platform.ts';
import { startServices } from './support/services.ts';

const message = { to: '+9779841000001', text: 'hello' };

test('Redis is down at the start: the API serves, and orders go on by themselves when it comes', async () => {
  const port = await reserve();
  const services = await startServices();
  const app = await startPlatform({
    ...{ services, data: await makeData(), redisUrl: `redis://127.0.0.1:${port}` },
  });
  await app.line('Application will continue without job queues');
  await app.line(/Redis retry attempt \d+, waiting \d+ms/);

  expect(await post(`${app.url}/orders`, goodOrder(), 'early')).toMatchObject({
    status: 202,
    body: { state: 'placed', isQueued: false },
  });
  expect(await post(`${app.url}/messages`, message, 'early')).toMatchObject({
    ...{ status: 503, retryAfter: '5' },
    body: { code: 'QUEUE_UNAVAILABLE', detail: expect.stringContaining('ECONNREFUSED') },
  });
  expect((await post(`${app.url}/reports`)).status).toBe(503);
  expect((await ask(`${app.url}/orders/early`)).body.state).toBe('placed');
  expect((await ask(`${app.url}/health/redis`)).status).toBe(503);
  expect((await ask(`${app.url}/health/live`)).status).toBe(200);
  expect(await (await fetch(`${app.url}/`)).text()).toContain('Redis is away.');

  await using redis = await startRedis({ port });
  await app.line('✅ [Queue] Redis connection ready');
  expect(redis.isRunning).toBe(true);
  expect((await settled(app.url, 'early')).state).toBe('confirmed');
  // The repeat of what was answered 503.
  expect((await post(`${app.url}/messages`, message, 'early')).status).toBe(202);
  await eventually(() => services.whatsapp.ledger.deliveries.length === 2);
  expect((await ask(`${app.url}/health/redis`)).status).toBe(200);
});

test('no Redis is configured: one warning, the API works, and orders wait for one in the book', async () => {
  const services = await startServices();
  const data = await makeData();
  const app = await startPlatform({ services, data });
  await app.line('Redis not configured - queues disabled');
  expect((await post(`${app.url}/orders`, goodOrder(), 'kept')).body.isQueued).toBe(false);
  expect((await post(`${app.url}/messages`, message)).body.code).toBe('QUEUE_UNAVAILABLE');
  const health = await ask(`${app.url}/health/redis`);
  expect(health).toMatchObject({ status: 200, body: { status: 'disabled' } });
  expect(await (await fetch(`${app.url}/`)).text()).toContain('No Redis is configured.');
  app.kill('SIGTERM');
  expect(await app.exited).toEqual({ code: 0, signal: null });

  await using redis = await startRedis();
  const later = await startPlatform({ services, data, redisUrl: redis.url });
  expect((await settled(later.url, 'kept')).state).toBe('confirmed');
});

test('Redis is killed twice under load: every order ends once, and every shop is told once', async () => {
  await using redis = await startRedis();
  const services = await startServices({ whatsapp: { error: 0.2, lost: 0.1, limit: 0.1 } });
  const { ledger } = services.whatsapp;
  const common = { services, data: await makeData(), redisUrl: redis.url };
  const web = await startPlatform({ ...common, role: 'web' });
  const worker = await startPlatform(common);
  const ids: string[] = [];
  const place = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      const id = `order${ids.length}`;
      expect((await post(`${web.url}/orders`, goodOrder(), id)).status).toBe(202);
      ids.push(id);
    }
  };

  await place(15);
  await eventually(() => ledger.deliveries.length >= 2);
  await redis.kill();
  await web.line('⚠️  [Queue] Redis connection closed');
  await place(3);
  await redis.restart();
  await place(15);
  await redis.restart();
  await place(5);

  const ends = await Promise.all(ids.map((id) => settled(web.url, id)));
  expect(ends.map(({ state }) => state)).toEqual(ids.map(() => 'confirmed'));
  await eventually(() => ledger.deliveries.length >= ids.length);
  const told = ledger.deliveries.map(({ key }) => key).sort();
  expect(told).toEqual(ids.map((id) => `order-${id}`).sort());
  for (const app of [web, worker]) app.kill('SIGTERM');
  for (const app of [web, worker]) expect(await app.exited).toEqual({ code: 0, signal: null });
});

test('Redis comes back with nothing of what it knew: orders are queued again from the book', async () => {
  await using redis = await startRedis({ config: { appendonly: 'no' } });
  const services = await startServices();
  const common = { services, data: await makeData(), redisUrl: redis.url };
  const web = await startPlatform({ ...common, role: 'web' });
  await post(`${web.url}/orders`, goodOrder(), 'forgotten');
  await redis.restart();
  await startPlatform({ ...common, env: { PAYMENT_TERMS_MS: '500', SCAN_EVERY_MS: '200' } });
  expect((await settled(web.url, 'forgotten')).state).toBe('confirmed');

  // The scheduler of the reminders is made again too.
  await redis.restart();
  const has = (key: string) => services.whatsapp.ledger.find(key) !== undefined;
  await eventually(() => has('reminder-forgotten-3'));
});

test('Redis falls silent: answers are bounded, and a repeat with the same key is one message', async () => {
  await using redis = await startRedis();
  const services = await startServices();
  const app = await startPlatform({ services, data: await makeData(), redisUrl: redis.url });
  redis.freeze();
  const unknown = await post(`${app.url}/messages`, message, 'twice');
  expect(unknown).toMatchObject({ status: 503, body: { code: 'OUTCOME_UNKNOWN' } });
  expect((await post(`${app.url}/orders`, goodOrder(), 'silent')).body.isQueued).toBe(false);
  redis.thaw();
  await eventually(
    async () => (await post(`${app.url}/messages`, message, 'twice')).status === 202,
  );
  expect((await settled(app.url, 'silent')).state).toBe('confirmed');
  await eventually(() => services.whatsapp.ledger.deliveries.length === 2);
  expect(services.whatsapp.totals).toMatchObject({ delivered: 2, repeats: 0 });
});
