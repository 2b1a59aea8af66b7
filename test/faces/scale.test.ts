/** `/api/v1/queues/:queue/scale`: a number that a scaler outside may follow blindly, or no number at all. */
import { expect, onTestFinished, test } from 'vitest';
import { createCoordinator, startCoordinator } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { ask, figureOf } from './ask.ts';
import { serveFace } from './hosts.ts';

const path = (queue: string): string => `/api/v1/queues/${queue}/scale`;

test('the target of a pool, from a process that has none itself, and from memory while Redis is away', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const worker = createCoordinator(server);
  worker.process('thumbnails', async () => {}, { pool: { min: 2, max: 8 } });
  await worker.start();
  const web = await startCoordinator(server);
  const origin = await serveFace(web);
  const answer = await until(
    async () => {
      const given = await ask(`${origin}${path('thumbnails')}`);
      return given.status === 200 && given;
    },
    { timeoutMs: 20_000, what: 'a target' },
  );
  expect(answer.json()).toEqual({ value: 2 });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  await worker.scaleWorkers('thumbnails', 0);
  await until(async () => (await ask(`${origin}${path('thumbnails')}`)).text === '{"value":0}');
  await worker.scaleWorkers('thumbnails', 5);
  await until(async () => (await ask(`${origin}${path('thumbnails')}`)).text === '{"value":5}');
  await server.kill();
  const away = await ask(`${origin}${path('thumbnails')}`);
  expect([away.status, away.json()]).toEqual([200, { value: 5 }]);
});

test('a queue without a pool is not found, and without Redis nothing is known: never 0', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const coordinator = await startCoordinator(server);
  const origin = await serveFace(coordinator);
  const unknown = await ask(`${origin}${path('letters')}`);
  expect(unknown.status).toBe(404);
  expect(unknown.headers.get('content-type')).toContain('application/problem+json');
  expect(unknown.json()).toMatchObject({ status: 404, detail: expect.stringContaining('letters') });
  await server.kill();
  const away = await ask(`${origin}${path('letters')}`);
  expect(away.status).toBe(503);
  expect(away.text).not.toContain('"value"');
  expect((await ask(`${origin}${path('')}`)).status).toBe(404);
  expect((await ask(`${origin}${path('letters')}`, { method: 'POST' })).status).toBe(405);
});

test('the leader exports the slots of pools, and how often it has scaled them', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const coordinator = createCoordinator(server);
  coordinator.process('thumbnails', async () => {}, { pool: { min: 1, max: 8 } });
  await coordinator.start();
  const origin = await serveFace(coordinator);
  await until(async () => (await coordinator.operations.pools.list()).length === 1);
  await coordinator.scaleWorkers('thumbnails', 6, { by: 'ann' });
  const slots = (kind: string): string => `drover_pool_workers{pool="thumbnails",kind="${kind}"}`;
  const text = await until(
    async () => {
      const given = await ask(`${origin}/metrics`);
      return figureOf(given.text, slots('target')) === 6 && given.text;
    },
    { timeoutMs: 40_000, what: 'the target is exported' },
  );
  expect([figureOf(text, slots('min')), figureOf(text, slots('max'))]).toEqual([1, 8]);
  const events = 'drover_pool_scale_events_total{pool="thumbnails",direction="up",reason="pin"}';
  expect(figureOf(text, events)).toBe(1);
});
