/** An answer goes on only for as long as whoever asked would still be let in. */
import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { CoordinatorError } from '../errors.ts';
import { whileAdmitted } from './while-admitted.ts';

const GONE = new CoordinatorError('NOT_AUTHENTICATED', 'revoked');

function open(isThrown = false) {
  const clock = new FakeClock();
  const state = { gone: null as CoordinatorError | null, looks: 0, given: 0 };
  const give = async (): Promise<string> => {
    state.given += 1;
    return `chunk ${state.given}`;
  };
  const next = whileAdmitted<null>(give, {
    clock,
    expel: async () => {
      state.looks += 1;
      return state.gone;
    },
    lastChunk: (error) => {
      if (isThrown) throw error;
      return `ended: ${error.message}`;
    },
  });
  return { clock, state, next: () => next(null) };
}

test('who is let in is looked at again after 30 s, and not before', async () => {
  const { clock, state, next } = open();
  state.gone = GONE;
  await clock.pass(29_999);
  expect(await next()).toBe('chunk 1');
  expect(state.looks).toBe(0);
  await clock.pass(1);
  expect(await next()).toBe('ended: revoked');
});

test('nothing comes after the last chunk, and nothing is asked of the source', async () => {
  const { clock, state, next } = open();
  state.gone = GONE;
  await clock.pass(30_000);
  await next();
  const { given } = state;
  expect([await next(), await next(), state.given]).toEqual([null, null, given]);
});

test('whoever is still let in sees on, looked at once in 30 s however much is sent', async () => {
  const { clock, state, next } = open();
  for (let i = 0; i < 90; i += 1) {
    await clock.pass(1_000);
    expect(await next()).toContain('chunk');
  }
  expect(state.looks).toBe(3);
});

test('where a part must not be taken for all, the answer is broken off', async () => {
  const { clock, state, next } = open(true);
  state.gone = GONE;
  await clock.pass(30_000);
  await expect(next()).rejects.toBe(GONE);
});
