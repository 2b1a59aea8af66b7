import { expect, test } from 'vitest';
import { countConnections, parseClientList, socketName } from './client-list.ts';

const line = (name: string): string => `id=1 addr=127.0.0.1:5 name=${name} idle=0 cmd=ping`;

test('a socket name holds no blank and no colon of its parts', () => {
  expect(socketName('my shop', 'wait', 'web:1', 42)).toBe('my-shop:bullmq-wait:web-1:42');
});

test('sockets of one application are counted by role and process', () => {
  const text = [
    ...(['command', 'wait', 'events'] as const).map((role) =>
      line(socketName('shop', role, 'a', 1)),
    ),
    line(socketName('shop', 'command', 'b', 2)),
    line(socketName('other', 'command', 'b', 3)),
    line('bull:cTE='),
    'id=9 addr=x',
  ].join('\n');
  expect(countConnections(parseClientList(text), 'shop')).toEqual({
    byRole: { command: 2, wait: 1, events: 1, bulk: 0 },
    total: 4,
    processes: 2,
  });
});

test('an application whose name begins with ours is not ours', () => {
  const clients = parseClientList(line(socketName('shop-admin', 'command', 'a', 1)));
  expect(countConnections(clients, 'shop').total).toBe(0);
});
