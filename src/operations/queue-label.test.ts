/** Queues by name and by label. */
import { expect, test } from 'vitest';
import { queueLabel } from '../keys.ts';
import { labelIn, writtenOut } from './queue-label.ts';

const inShop = (name: string): string => queueLabel('shop', name);
const inBull = (name: string): string => queueLabel('bull', name);

test('a name is one under the prefix of the coordinator', () => {
  expect(labelIn('orders', inShop)).toBe('shop:orders');
  expect(labelIn('orders', inBull)).toBe('orders');
});

test('a label stays itself under every prefix', () => {
  for (const labelOf of [inShop, inBull])
    for (const label of ['orders', 'shop:orders', 'a:b:orders'])
      expect(labelIn(writtenOut(label), labelOf)).toBe(label);
});
