import { expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';
import { Loop } from './loop.ts';

function createLoop(clock: FakeClock, run: () => Promise<void> | void) {
  const errors: unknown[] = [];
  const onError = (_name: string, error: unknown): void => void errors.push(error);
  return { errors, loop: new Loop({ name: 'test', intervalMs: 1_000, run, onError, clock }) };
}

test('the first round is at once and the next after the interval, jittered by a tenth', async () => {
  const clock = new FakeClock();
  let rounds = 0;
  const { loop } = createLoop(clock, () => {
    rounds += 1;
  });
  loop.start();
  await clock.pass(0);
  expect(rounds).toBe(1);
  await clock.pass(890);
  expect(rounds).toBe(1);
  await clock.pass(220);
  expect(rounds).toBe(2);
  await loop.stop();
});

test('a round that fails is reported and the loop goes on', async () => {
  const clock = new FakeClock();
  let rounds = 0;
  const { loop, errors } = createLoop(clock, () => {
    rounds += 1;
    throw new Error('no');
  });
  loop.start();
  await clock.pass(2_500);
  expect(rounds).toBeGreaterThanOrEqual(2);
  expect(errors).toHaveLength(rounds);
  await loop.stop();
});

test('starting twice makes one loop, and after stop nothing runs', async () => {
  const clock = new FakeClock();
  let rounds = 0;
  const { loop } = createLoop(clock, () => {
    rounds += 1;
  });
  loop.start();
  loop.start();
  await clock.pass(0);
  await loop.stop();
  await loop.stop();
  await clock.pass(10_000);
  expect(rounds).toBe(1);
});
