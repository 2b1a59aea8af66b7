/**
 * Messages over a provider that fails, loses answers, falls silent and limits rates: each arrives exactly once,
 * as the provider's own ledger shows.
 */
import { expect, test } from 'vitest';
import { startRedis } from '../../../test/support/redis-server.ts';
import type { WhatsappServer } from '../src/fakes/whatsapp-server.ts';
import { ask, eventually, makeData, post, startPlatform } from './support/platform.ts';
import { startServices } from './support/services.ts';

const TROUBLE = { error: 0.2, lost: 0.1, silence: 0.05, limit: 0.05 };
const to = '+9779841000001';

async function sendAll(url: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 1; n <= count; n += 1) {
    const { status, body } = await post(`${url}/messages`, { to, text: `number ${n}` }, `m${n}`);
    expect(status).toBe(202);
    ids.push(body.id);
  }
  return ids;
}

async function allCompleted(url: string, ids: readonly string[]): Promise<void> {
  const left = new Set(ids);
  await eventually(async () => {
    for (const id of left) {
      const { body } = await ask(`${url}/messages/${id}`);
      if (body.state !== 'completed') return false;
      left.delete(id);
    }
    return true;
  }, 'all messages are sent');
}

const keysOf = ({ ledger }: WhatsappServer): string[] =>
  ledger.deliveries.map(({ key }) => key).sort();

test('every message arrives once through failures, lost answers, silence and rate limits', async () => {
  await using redis = await startRedis();
  const services = await startServices({ whatsapp: TROUBLE });
  const { whatsapp } = services;
  const common = {
    ...{ services, data: await makeData(), redisUrl: redis.url },
    env: { CALL_TIMEOUT_MS: '1000' },
  };
  const web = await startPlatform({ ...common, role: 'web' });
  await Promise.all([startPlatform(common), startPlatform(common)]);

  const ids = await sendAll(web.url, 60);
  await allCompleted(web.url, ids);

  expect(keysOf(whatsapp)).toEqual([...ids].sort());
  const { totals } = whatsapp;
  expect(totals.delivered).toBe(60);
  for (const fault of ['error', 'lost', 'silence', 'limit', 'repeats'] as const)
    expect(totals[fault], fault).toBeGreaterThan(0);
});

test('a rate limit holds all slots until Retry-After is over, and costs no attempt', async () => {
  await using redis = await startRedis();
  const services = await startServices({ whatsapp: { limit: 0.3 } });
  const app = await startPlatform({ services, data: await makeData(), redisUrl: redis.url });
  const ids = await sendAll(app.url, 10);
  await allCompleted(app.url, ids);
  const attempts = await Promise.all(
    ids.map(async (id) => (await ask(`${app.url}/messages/${id}`)).body.attemptsMade),
  );
  expect(attempts).toEqual(ids.map(() => 1));
  const { limit, early } = services.whatsapp.totals;
  expect(limit).toBeGreaterThan(3);
  // What comes early was on its way in one of the four other slots. If the limit were ignored, each slot would come
  // again and again for a second.
  expect(early).toBeLessThanOrEqual(limit * 8);
});

test('every message arrives once although a worker is killed in the middle', async () => {
  await using redis = await startRedis();
  const services = await startServices({ whatsapp: { lost: 0.2 }, delayMs: 30 });
  const common = { services, data: await makeData(), redisUrl: redis.url };
  const web = await startPlatform({ ...common, role: 'web' });
  const victim = await startPlatform(common);
  const ids = await sendAll(web.url, 40);
  await eventually(() => services.whatsapp.totals.delivered >= 5);
  victim.kill('SIGKILL');
  await victim.exited;
  expect(services.whatsapp.totals.delivered).toBeLessThan(40);

  await startPlatform(common);
  await allCompleted(web.url, ids);
  expect(keysOf(services.whatsapp)).toEqual([...ids].sort());
});

test('a number that does not exist fails at once, and a message of no use is not queued', async () => {
  await using redis = await startRedis();
  const services = await startServices();
  const app = await startPlatform({ services, data: await makeData(), redisUrl: redis.url });
  const refused = await post(`${app.url}/messages`, { to: 'mum', text: 'hello' });
  expect(refused).toMatchObject({ status: 422, body: { code: 'DATA_INVALID' } });
  expect(refused.body.detail).toContain('data.to');

  await post(`${app.url}/messages`, { to: '+00012345678', text: 'hello' }, 'lost-cause');
  const failed = await eventually(async () => {
    const { body } = await ask(`${app.url}/messages/message-lost-cause`);
    return body.state === 'failed' && body;
  });
  expect(failed).toMatchObject({
    attemptsMade: 1,
    failedReason: '+00012345678 is not on WhatsApp',
  });
  expect(services.whatsapp.totals.requests).toBe(1);
});
