/** Whose connection it is, from the names that BullMQ gives. */
import { expect, test } from 'vitest';
import { countBullWorkers, readBullName } from './bull-connection.ts';

const encoded = (queue: string): string => Buffer.from(queue).toString('base64');

test.each([
  [`bull:${encoded('emails')}`, { queue: 'emails', role: 'worker', name: null }],
  [`bull:${encoded('emails')}:w:first`, { queue: 'emails', role: 'worker', name: 'first' }],
  [`shop:eu:${encoded('emails')}:qe`, { queue: 'shop:eu:emails', role: 'events', name: null }],
])('%s is a connection of BullMQ', (name, expected) => {
  expect(readBullName(name)).toEqual(expected);
});

test.each(['', 'drover:bullmq-command:host:12', 'my-app', 'bull:', 'bull:****', 'sentinel:abc'])(
  '"%s" is none',
  (name) => {
    expect(readBullName(name)).toBeNull();
  },
);

test('named and unnamed workers count for their queue, listeners and others do not', () => {
  const mails = `bull:${encoded('mails')}`;
  const names = [
    mails,
    `${mails}:w:anna`,
    `${mails}:qe`,
    `eu:${encoded('mails')}`,
    '',
    'web:bullmq-wait:h:1',
  ];
  expect([...countBullWorkers(names.map((name) => ({ name })))]).toEqual([
    ['mails', 2],
    ['eu:mails', 1],
  ]);
});
