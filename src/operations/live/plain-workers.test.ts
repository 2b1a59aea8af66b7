/** Whose connection it is, from the names that BullMQ gives. */
import { expect, test } from 'vitest';
import { readBullName } from './plain-workers.ts';

const encoded = (queue: string): string => Buffer.from(queue).toString('base64');

test.each([
  [`bull:${encoded('emails')}`, { queue: 'emails', role: 'worker' }],
  [`bull:${encoded('emails')}:w:first`, { queue: 'emails', role: 'worker' }],
  [`shop:eu:${encoded('emails')}:qe`, { queue: 'shop:eu:emails', role: 'events' }],
])('%s is a connection of BullMQ', (name, expected) => {
  expect(readBullName(name)).toEqual(expected);
});

test.each(['', 'drover:bullmq-command:host:12', 'my-app', 'bull:', 'bull:****', 'sentinel:abc'])(
  '"%s" is none',
  (name) => {
    expect(readBullName(name)).toBeNull();
  },
);
