/** A body gives its source room, and leaves a client that takes nothing. */
import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { pulledStream } from './pulled-stream.ts';

function open() {
  const clock = new FakeClock();
  const state = { asked: 0, closed: 0, broken: 0, returned: 0 };
  const source = {
    async next() {
      state.asked += 1;
      return { done: false as const, value: state.asked };
    },
    async return() {
      state.returned += 1;
      return { done: true as const, value: undefined };
    },
  };
  const body = pulledStream<number>({
    ...{ source, clock, mayEndEarly: true, untakenMs: 1_000, preface: 'hello' },
    next: async (from) => String((await from.next()).value),
    signal: new AbortController().signal,
    close: () => {
      state.closed += 1;
    },
    onError: () => {
      state.broken += 1;
      return false;
    },
  });
  return { clock, state, reader: body.getReader() };
}

test('a client that takes nothing for long is left, with its source', async () => {
  const { clock, state, reader } = open();
  await clock.pass(999);
  await reader.read();
  await reader.read();
  await clock.pass(999);
  expect(state).toMatchObject({ closed: 0, broken: 0 });
  await clock.pass(1);
  expect(state).toMatchObject({ closed: 1, broken: 1, returned: 1, asked: 2 });
  await expect(reader.read()).rejects.toThrow('broken off');
});

test('one that reads slowly is not, and holds the source back', async () => {
  const { clock, state, reader } = open();
  for (let i = 0; i < 5; i += 1) {
    await clock.pass(900);
    await reader.read();
  }
  expect(state.closed).toBe(0);
  expect(state.asked).toBeLessThanOrEqual(5);
});

test('nobody is left who has gone already', async () => {
  const { clock, state, reader } = open();
  await reader.cancel();
  await clock.pass(5_000);
  expect(state).toMatchObject({ closed: 1, broken: 0 });
});
