/** Orders as entries of their stream, and back. */
import { expect, test } from 'vitest';
import { createKeys } from '../keys.ts';
import {
  addAnswer,
  addOrder,
  type Order,
  type OrderAnswer,
  parseAnswer,
  parseOrder,
} from './order.ts';

/** What `add` writes, as an entry. */
function written(add: (pipeline: never) => void): [string, string[]] {
  let flat: unknown[] = [];
  const pipeline = {
    xadd: (...args: unknown[]) => {
      flat = args.slice(args.indexOf('*') + 1);
      return pipeline;
    },
    pexpire: () => pipeline,
  };
  add(pipeline as never);
  return ['1-0', flat.map(String)];
}

const keys = createKeys('coordinator');
const roundTrip = (order: Order): Order | undefined =>
  parseOrder(written((pipeline) => addOrder(pipeline, keys, order)));

test('every order comes back as it was written', () => {
  const cancel = { kind: 'cancel', queue: 'a', job: '1', by: 'ann' } as const;
  const orders: Order[] = [
    { ...cancel, run: 3, reason: 'wrong file' },
    { ...cancel, run: null, reason: null },
    { kind: 'flag', worker: 'web-1:4711' },
  ];
  for (const order of orders) expect(roundTrip(order)).toEqual(order);
});

test('an answer comes back as it was written', () => {
  const answer: OrderAnswer = { worker: 'web-1:4711', outcome: 'not-here' };
  const entry = written((pipeline) => addAnswer(pipeline, keys, '1-0', answer));
  expect(parseAnswer(entry)).toEqual(answer);
  expect(parseAnswer(['1-0', ['worker', 'x', 'outcome', 'other']])).toBeUndefined();
});

test('what is none of this version is left out', () => {
  const entries = [
    [],
    ['kind'],
    ['kind', 'cancel'],
    ['kind', 'cancel', 'queue', 'a'],
    ['kind', 'flag'],
    ['kind', 'restart', 'worker', 'x'],
    ['__proto__', 'x', 'kind', 'constructor'],
  ];
  for (const fields of entries) expect(parseOrder(['1-0', fields])).toBeUndefined();
});

test('a run that is no number is any run', () => {
  const fields = ['kind', 'cancel', 'queue', 'a', 'job', '1', 'run', '1e3'];
  expect(parseOrder(['1-0', fields])).toMatchObject({ run: null });
});
