import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { PoolCount } from './pool-count.ts';

test('busy time is the exact integral of the slots that were busy', async () => {
  const clock = new FakeClock();
  const count = new PoolCount(clock);
  const [first, second] = [{ startedAt: 0 }, { startedAt: 0 }];
  await clock.pass(5_000);
  count.start(first);
  await clock.pass(100);
  count.start(second);
  await clock.pass(10);
  expect(count.figures).toMatchObject({ started: 2, ended: 0, busyMs: 120 });
  await clock.pass(10);
  count.end(first, false);
  await clock.pass(40);
  // Reading in between changes nothing.
  expect(count.figures.busyMs).toBe(180);
  count.end(second, false);
  await clock.pass(1_000);
  expect(count.figures).toEqual({
    ...{ started: 2, ended: 2, returned: 0, runs: 2 },
    ...{ busyMs: 180, runMs: 180, runMsSquared: 120 ** 2 + 60 ** 2 },
  });
});

test('what went back keeps a slot busy, and is no run', async () => {
  const clock = new FakeClock();
  const count = new PoolCount(clock);
  const run = { startedAt: 0 };
  count.start(run);
  await clock.pass(30);
  count.end(run, true);
  expect(count.figures).toEqual({
    ...{ started: 1, ended: 1, returned: 1, runs: 0 },
    ...{ busyMs: 30, runMs: 0, runMsSquared: 0 },
  });
});
