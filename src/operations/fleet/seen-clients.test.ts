/** Workers in Redis's list of clients. */
import { expect, test } from 'vitest';
import { parseClientList, socketName } from '../../redis/client-list.ts';
import { countSockets, ownerOf, plainWorkers } from './seen-clients.ts';

const encoded = (name: string): string => Buffer.from(name).toString('base64');
const list = (...names: string[]) =>
  parseClientList(names.map((name, i) => `id=${i} addr=127.0.0.${i}:5 name=${name}\n`).join(''));

test('the sockets of a process are counted, whatever its application is called', () => {
  const clients = list(
    socketName('shop', 'command', 'web.1', 7),
    socketName('shop', 'wait', 'web.1', 7),
    socketName('other', 'command', 'fe80::1', 8),
    'bull:bullmq-wait',
  );
  const counts = countSockets(clients);
  expect(counts.get(ownerOf('web.1', 7))).toBe(2);
  expect(counts.get(ownerOf('fe80::1', 8))).toBe(1);
  expect(counts.size).toBe(2);
});

test("BullMQ's workers tell their queue and their name", () => {
  const workers = plainWorkers(
    list(
      `bull:${encoded('mails')}`,
      `shop:${encoded('orders')}:w:importer`,
      `a:b:${encoded('bestellungen-größe')}:w:x:w:y`,
    ),
    1_000,
  );
  expect(workers.map(({ queues, name }) => [queues[0]!.queue, name])).toEqual([
    ['mails', null],
    ['shop:orders', 'importer'],
    ['a:b:bestellungen-größe', 'x:w:y'],
  ]);
  expect(workers[0]).toMatchObject({ id: 'client:0', from: 'derived', address: '127.0.0.0:5' });
});

test('other clients are no workers', () => {
  const names = [
    '',
    'redis-cli',
    'app:web',
    `bull:${encoded('mails')}:qe`,
    `bull:${encoded('mails').replaceAll('=', '')}`,
    `bull:${encoded('a:b')}`,
    `bull:${encoded('a\nb')}`,
    encoded('mails'),
    socketName('shop', 'wait', 'web', 7),
  ];
  const workers = plainWorkers(list(...names), 0);
  expect(workers.map(({ queues }) => queues[0]!.queue)).toEqual([]);
});
