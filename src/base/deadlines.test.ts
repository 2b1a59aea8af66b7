import { expect, test } from 'vitest';
import { Deadlines } from './deadlines.ts';
import { FakeClock } from './fake-clock.ts';

test('each operation runs out after its own time, in order', async () => {
  const clock = new FakeClock();
  const expired: string[] = [];
  const deadlines = new Deadlines<string>(1_000, (name) => expired.push(name), clock);
  deadlines.begin('first');
  await clock.pass(400);
  deadlines.begin('second');
  await clock.pass(600);
  expect(expired).toEqual(['first']);
  await clock.pass(400);
  expect(expired).toEqual(['first', 'second']);
});

test('an operation that is done in time never runs out', async () => {
  const clock = new FakeClock();
  const expired: string[] = [];
  const deadlines = new Deadlines<string>(1_000, (name) => expired.push(name), clock);
  const done = deadlines.begin('done');
  deadlines.begin('late');
  deadlines.end(done);
  await clock.pass(5_000);
  expect(expired).toEqual(['late']);
});

test('a jump of the machine clock ends nothing early', async () => {
  const clock = new FakeClock();
  const expired: string[] = [];
  new Deadlines<string>(1_000, (name) => expired.push(name), clock).begin('one');
  clock.jump(3_600_000);
  await clock.pass(999);
  expect(expired).toEqual([]);
});
