import { expect, test } from 'vitest';
import { Coordinator } from '../coordinator.ts';
import { http } from './http.ts';

const coordinator = new Coordinator({ logger: false });

test('without a base path only the routes are owned', () => {
  const { owns } = http(coordinator);
  expect(owns('/health/live')).toBe(true);
  expect(owns('/')).toBe(false);
  expect(owns('/health')).toBe(false);
});

test('a base path is owned with all below it, however it is written', async () => {
  for (const basePath of ['/ops', 'ops', '/ops/']) {
    const { owns, fetch } = http(coordinator, { basePath });
    expect([owns('/ops'), owns('/ops/x'), owns('/opsx'), owns('/')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    const { status } = await fetch(new Request('http://localhost/ops/health/live'));
    expect(status).toBe(200);
  }
});

test('a route can only be read', async () => {
  const { fetch } = http(coordinator);
  const refused = await fetch(new Request('http://localhost/health/live', { method: 'DELETE' }));
  expect(refused.status).toBe(405);
  expect(refused.headers.get('allow')).toBe('GET, HEAD');
});
