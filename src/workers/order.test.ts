/** Orders as entries of their stream, and back. */
import { expect, test } from 'vitest';
import { createKeys } from '../keys.ts';
import { addOrder, type Order, parseOrder } from './order.ts';

function roundTrip(order: Order): Order | undefined {
  let flat: unknown[] = [];
  const pipeline = {
    xadd: (...args: unknown[]) => {
      flat = args.slice(args.indexOf('*') + 1);
      return pipeline;
    },
    pexpire: () => pipeline,
  };
  addOrder(pipeline as never, createKeys('coordinator'), order);
  return parseOrder(['1-0', flat.map(String)]);
}

test('every order comes back as it was written', () => {
  const cancel = { kind: 'cancel', queue: 'a', job: '1', by: 'ann' } as const;
  const orders: Order[] = [
    { ...cancel, run: 3, reason: 'wrong file' },
    { ...cancel, run: null, reason: null },
    { kind: 'flag', worker: 'web-1:4711' },
    { kind: 'answer', to: '1-0', worker: 'web-1:4711', outcome: 'not-here' },
  ];
  for (const order of orders) expect(roundTrip(order)).toEqual(order);
});

test('what is none of this version is left out', () => {
  const entries = [
    [],
    ['kind'],
    ['kind', 'cancel'],
    ['kind', 'cancel', 'queue', 'a'],
    ['kind', 'flag'],
    ['kind', 'answer', 'to', '1-0', 'worker', 'x', 'outcome', 'other'],
    ['kind', 'restart', 'worker', 'x'],
    ['__proto__', 'x', 'kind', 'constructor'],
  ];
  for (const fields of entries) expect(parseOrder(['1-0', fields])).toBeUndefined();
});

test('a run that is no number is any run', () => {
  const fields = ['kind', 'cancel', 'queue', 'a', 'job', '1', 'run', '1e3'];
  expect(parseOrder(['1-0', fields])).toMatchObject({ run: null });
});
