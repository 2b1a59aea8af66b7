import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { Flapping } from './flapping.ts';

test('coming and going without a quiet time in between is counted', async () => {
  const clock = new FakeClock();
  const flapping = new Flapping(clock);
  for (let round = 1; round <= 5; round += 1) {
    expect(flapping.round).toBe(round);
    flapping.connected();
    flapping.ready();
    await clock.pass(1_000);
    flapping.down();
  }
});

test('a socket that was well for a while begins anew', async () => {
  const clock = new FakeClock();
  const flapping = new Flapping(clock);
  for (let round = 1; round <= 5; round += 1) {
    flapping.connected();
    flapping.down();
  }
  flapping.connected();
  flapping.ready();
  await clock.pass(60_000);
  flapping.down();
  expect(flapping.round).toBe(1);
});

test('attempts that reach nobody are no flapping: the return is told', () => {
  const flapping = new Flapping(new FakeClock());
  for (let attempt = 1; attempt <= 50; attempt += 1) flapping.down();
  expect(flapping.round).toBe(1);
});
