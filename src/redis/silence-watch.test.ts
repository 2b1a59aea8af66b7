import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { watchSilence } from './silence-watch.ts';

function setUp() {
  const clock = new FakeClock();
  const destroyed: string[] = [];
  const stream = {
    bytesRead: 0,
    destroy: (error: Error) => void destroyed.push(error.message),
  };
  const commandQueue = { length: 0 };
  const end = watchSilence({ stream, commandQueue } as unknown as Redis, clock);
  return { clock, destroyed, stream, commandQueue, end };
}

test('an idle socket is left alone', async () => {
  const { clock, destroyed } = setUp();
  await clock.pass(60_000);
  expect(destroyed).toEqual([]);
});

test('a socket that owes an answer and reads nothing is destroyed in time', async () => {
  const { clock, destroyed, commandQueue } = setUp();
  await clock.pass(5_000);
  commandQueue.length = 1;
  await clock.pass(11_000);
  expect(destroyed).toEqual([]);
  await clock.pass(4_000);
  expect(destroyed).toEqual(['No answer from Redis within 13 s']);
});

test('an answer that is still arriving counts, however long it takes', async () => {
  const { clock, destroyed, commandQueue, stream } = setUp();
  commandQueue.length = 1;
  for (let i = 0; i < 10; i += 1) {
    await clock.pass(10_000);
    stream.bytesRead += 1;
  }
  expect(destroyed).toEqual([]);
});

test('nothing happens once the watch has ended', async () => {
  const { clock, destroyed, commandQueue, end } = setUp();
  commandQueue.length = 1;
  end();
  await clock.pass(60_000);
  expect(destroyed).toEqual([]);
});

test('a process that was busy itself gets the time to read what has come', () => {
  let now = 0;
  let look = (): void => {};
  const clock = {
    now: () => now,
    monotonic: () => now,
    after: (_delayMs: number, callback: () => void) => {
      look = callback;
      return () => {};
    },
  };
  const destroyed: string[] = [];
  const stream = { bytesRead: 0, destroy: (error: Error) => void destroyed.push(error.message) };
  watchSilence({ stream, commandQueue: { length: 1 } } as unknown as Redis, clock);
  // The event loop was blocked for a minute: timers run before the socket is read.
  now = 60_000;
  look();
  expect(destroyed).toEqual([]);
  stream.bytesRead = 1;
  now = 61_000;
  look();
  expect(destroyed).toEqual([]);
});
