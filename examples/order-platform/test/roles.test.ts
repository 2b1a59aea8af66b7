/**
 * The web role takes orders and runs none; the worker role runs them; both end in order.
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

test('a process with ENABLE_BACKGROUND_JOBS=false runs no job until a worker comes', async () => {
  await using redis = await startRedis();
  // The bureau's first answers are errors: the retries that the worker makes are what the web role asked for.
  const services = await startServices({ bureau: { error: 0.6 } });
  const common = { services, data: await makeData(), redisUrl: redis.url };
  const web = await startPlatform({ ...common, role: 'web' });
  expect(await web.line(/^Orders http/)).toContain('API only');
  expect((await post(`${web.url}/orders`, goodOrder(), 'first')).body.isQueued).toBe(true);
  expect((await ask(`${web.url}/health/ready`)).status).toBe(200);
  expect(web.output.join('\n')).not.toContain('Registered');

  const worker = await startPlatform(common);
  expect(await worker.line(/^Orders http/)).toContain('API and workers');
  for (const slots of [5, 2, 3, 3, 1, 5]) await worker.line(`processor, ${slots} at a time`);
  expect((await settled(web.url, 'first')).state).toBe('confirmed');
  expect(worker.output.filter((line) => line.includes('of CREDIT_SCORE failed'))).toHaveLength(3);
});

test('SIGTERM lets a message that is on its way arrive, and leaves the others to whoever comes', async () => {
  await using redis = await startRedis();
  const services = await startServices({ delayMs: 400 });
  const { totals, ledger } = services.whatsapp;
  const common = { services, data: await makeData(), redisUrl: redis.url };
  const worker = await startPlatform(common);
  for (let n = 0; n < 12; n += 1) {
    const message = { to: '+9779841000001', text: `number ${n}` };
    await post(`${worker.url}/messages`, message, `m${n}`);
  }
  await eventually(() => ledger.deliveries.length > 0);
  worker.kill('SIGTERM');
  expect(await worker.exited).toEqual({ code: 0, signal: null });
  expect(worker.output.join('\n')).toContain('✅ Stopped after');
  const atTheEnd = ledger.deliveries.length;
  expect(atTheEnd).toBeLessThan(12);

  await startPlatform(common);
  await eventually(() => ledger.deliveries.length === 12);
  // Nothing was cut off in the middle: no message had to be sent a second time.
  expect(totals).toMatchObject({ requests: 12, repeats: 0 });
});

test('SIGTERM ends both roles with exit code 0 while Redis is down', async () => {
  const services = await startServices();
  const redisUrl = `redis://127.0.0.1:${await reserve()}`;
  const common = { services, data: await makeData(), redisUrl };
  for (const role of ['web', 'both'] as const) {
    const app = await startPlatform({ ...common, role });
    app.kill('SIGTERM');
    expect(await app.exited, role).toEqual({ code: 0, signal: null });
  }
});
