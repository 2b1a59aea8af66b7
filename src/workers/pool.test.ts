import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { Pool } from './pool.ts';
import { resolvePool } from './pool-options.ts';
import type { PoolIsolation } from './pool-settings.ts';

function createPool(isolation: PoolIsolation, min = 1) {
  const clock = new FakeClock();
  const isFile = isolation !== 'none';
  const settings = resolvePool({ min, max: 100, concurrency: 30, isolation }, { isFile });
  return { clock, pool: new Pool({ queue: 'photos', settings, active: () => 0, clock }) };
}

test.each([
  [0, 0],
  [1, 1],
  [7, 1],
])('a pool with min %i starts with %i slots', (min, slots) => {
  expect(createPool('none', min).pool.slots).toBe(slots);
});

test('slots in the process itself are opened at once', () => {
  const { pool } = createPool('none');
  pool.setSlots(25);
  expect(pool.slots).toBe(25);
});

test.each(['process', 'thread'] as const)(
  'slots with a %s each are opened four a second',
  async (isolation) => {
    const { pool, clock } = createPool(isolation);
    pool.setSlots(10);
    expect(pool.slots).toBe(5);
    await clock.pass(999);
    expect(pool.slots).toBe(5);
    await clock.pass(1);
    expect(pool.slots).toBe(9);
    await clock.pass(1_000);
    expect(pool.slots).toBe(10);
    await clock.pass(10_000);
    expect(pool.slots).toBe(10);
  },
);

test('closing is at once, ends the opening, and gives no new burst', async () => {
  const { pool, clock } = createPool('process');
  pool.setSlots(10);
  pool.setSlots(2);
  await clock.pass(500);
  pool.setSlots(6);
  expect(pool.slots).toBe(2);
  await clock.pass(500);
  expect(pool.slots).toBe(6);
  pool.setSlots(0);
  await clock.pass(5_000);
  expect(pool.slots).toBe(0);
});

test('one process has at most its concurrency', () => {
  const { pool } = createPool('none');
  pool.setSlots(Number.MAX_SAFE_INTEGER);
  expect(pool.slots).toBe(30);
});
