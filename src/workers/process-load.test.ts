/** The load of this process. */
import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { ProcessLoad } from './process-load.ts';

test('shares are known from the second look on, memory from the first', async () => {
  const clock = new FakeClock();
  const load = new ProcessLoad(clock);
  expect(load.look()).toMatchObject({ cpuRatio: null, loopRatio: null });
  await clock.pass(1_000);
  const { cpuRatio, loopRatio, memoryRatio } = load.look();
  for (const ratio of [cpuRatio, loopRatio, memoryRatio]) {
    expect(ratio).toBeGreaterThanOrEqual(0);
    expect(ratio).toBeLessThanOrEqual(1);
  }
  expect(memoryRatio).toBeGreaterThan(0);
});

test('a clock that stands still makes no share of nothing', () => {
  const load = new ProcessLoad(new FakeClock());
  load.look();
  expect(load.look()).toMatchObject({ cpuRatio: null, loopRatio: null });
});
