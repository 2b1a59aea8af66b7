/**
 * The way of an order: credit check, routing, settlement, message; and what becomes of bad ones.
 */
import { expect, test } from 'vitest';
import { startRedis } from '../../../test/support/redis-server.ts';
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

async function start(env: Record<string, string> = {}) {
  const redis = await startRedis();
  const services = await startServices({ bureau: { error: 0.3 } });
  const data = await makeData();
  const app = await startPlatform({ services, data, redisUrl: redis.url, env });
  const messages = () => services.whatsapp.ledger.deliveries;
  return { ...app, app, messages, url: app.url, [Symbol.asyncDispose]: () => redis.stop() };
}

test('an order is confirmed, declined or failed, and the shop is told', async () => {
  await using platform = await start();
  const { url, messages } = platform;
  const large = { ...goodOrder(), lines: [{ product: 'oil', quantity: 1_000 } as const] };
  await post(`${url}/orders`, goodOrder(), 'good');
  await post(`${url}/orders`, large, 'large');
  await post(`${url}/orders`, goodOrder({ taxId: '001234567' }), 'stranger');

  expect(await settled(url, 'good')).toMatchObject({
    state: 'confirmed',
    total: 220,
    outcome: { vendor: expect.stringMatching(/Asan Traders|Bagmati Wholesale/) },
  });
  expect(await settled(url, 'large')).toMatchObject({
    state: 'declined',
    outcome: { vendor: null, reason: 'Rs 260000 is above the limit of Rs 205500' },
  });
  expect(await settled(url, 'stranger')).toMatchObject({
    state: 'failed',
    outcome: { reason: 'the credit bureau does not know tax id 001234567' },
  });
  await eventually(() => messages().length === 3);
  expect(
    messages()
      .map(({ key }) => key)
      .sort(),
  ).toEqual(['order-good', 'order-large', 'order-stranger']);
});

test('the same order sent twice is one order', async () => {
  await using platform = await start();
  const { url, messages } = platform;
  const [first, second] = await Promise.all([
    post(`${url}/orders`, goodOrder(), 'same'),
    post(`${url}/orders`, goodOrder(), 'same'),
  ]);
  expect([first.status, second.status]).toEqual([202, 202]);
  await settled(url, 'same');
  expect((await post(`${url}/orders`, goodOrder(), 'same')).body.state).toBe('confirmed');
  await eventually(() => messages().length > 0);
  expect((await ask(`${url}/orders`)).body.orders).toHaveLength(1);
  expect(messages()).toHaveLength(1);
});

test('what is no order is refused by name, and what is not there is not found', async () => {
  await using platform = await start();
  const { url } = platform;
  const unknown = { ...goodOrder(), lines: [{ product: 'gold', quantity: 1 }] };
  expect((await post(`${url}/orders`, unknown)).body.detail).toContain('lines[0].product');
  expect((await post(`${url}/orders`, goodOrder(), '../../etc')).status).toBe(422);
  expect((await ask(`${url}/orders/none`)).status).toBe(404);
  expect((await ask(`${url}/reports/none`)).status).toBe(404);
  expect((await post(`${url}/orders/none/payment`)).status).toBe(404);
});

test('an unpaid order is reminded of three times, a paid one never', async () => {
  await using platform = await start({ PAYMENT_TERMS_MS: '700', SCAN_EVERY_MS: '100' });
  const { url, messages } = platform;
  await post(`${url}/orders`, goodOrder(), 'paid');
  await settled(url, 'paid');
  expect((await post(`${url}/orders/paid/payment`)).body.state).toBe('paid');
  await post(`${url}/orders`, goodOrder(), 'unpaid');

  const reminders = () =>
    messages().flatMap(({ key }) => (key.startsWith('reminder-') ? [key] : []));
  await eventually(() => reminders().length === 3);
  expect(reminders()).toEqual([1, 2, 3].map((number) => `reminder-unpaid-${number}`));
  const { body } = await ask(`${url}/orders/unpaid`);
  expect(body).toMatchObject({ state: 'confirmed', reminders: [1, 2, 3] });
});

test('a report holds all orders, and is made once', async () => {
  await using platform = await start();
  const { url } = platform;
  await post(`${url}/orders`, goodOrder({ name: '=1+1 "Sita"' }), 'first');
  await settled(url, 'first');
  expect((await post(`${url}/reports`, {}, 'all')).body).toEqual({ id: 'all' });
  const csv = await eventually(async () => {
    const answer = await fetch(`${url}/reports/all`);
    return answer.status === 200 && answer.text();
  });
  const [head, row, ...rest] = csv.trim().split('\n');
  expect(head).toBe('"id","placed","shop","city","total","state","vendor","reason"');
  expect(row).toContain(`"first","20`);
  expect(row).toContain(`"'=1+1 ""Sita""","Kathmandu","220","confirmed"`);
  expect(rest).toEqual([]);
});
