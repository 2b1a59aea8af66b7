/** `/api/v1/queues/:queue/memory`: sizes and counts, no data, and no figure where nothing is known. */
import { defineQueue } from 'drover';
import { expect, onTestFinished, test } from 'vitest';
import { startCoordinator } from '../support/coordinators.ts';
import { startRedis } from '../support/redis-server.ts';
import { ask } from './ask.ts';
import { serveFace } from './hosts.ts';

const path = (queue: string): string => `/api/v1/queues/${queue}/memory`;

test('what a queue takes is told by kind, without a word of its data', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const coordinator = await startCoordinator(server, { addTimeoutMs: 500 });
  const definition = defineQueue('payments', { payload: { redact: ['card'] } });
  const queue = coordinator.queue(definition);
  await queue.addBulk(
    Array.from({ length: 20 }, () => ({ name: 'charge', data: { card: '4111222233334444' } })),
  );
  const origin = await serveFace(coordinator);
  const answer = await ask(`${origin}${path('payments')}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.text).not.toContain('4111');
  expect(answer.json()).toMatchObject({
    ...{ queue: 'payments', source: 'measured', isComplete: true },
    bytes: expect.any(Number),
    kinds: expect.arrayContaining([
      expect.objectContaining({ kind: 'waiting', count: 20, sampled: 20, standardErrorBytes: 0 }),
    ]),
    payloads: [
      expect.objectContaining({ kind: 'data', sampled: 20 }),
      expect.objectContaining({ kind: 'result', sampled: 0 }),
    ],
  });
  const unknown = await ask(`${origin}${path('letters')}`);
  expect([unknown.status, unknown.json().title]).toEqual([404, 'Not found']);
  expect((await ask(`${origin}${path('payments')}`, { method: 'POST' })).status).toBe(405);
  await server.kill();
  const away = await ask(`${origin}${path('parcels')}`);
  expect(away.status).toBe(503);
  expect(away.text).not.toContain('"bytes"');
});
