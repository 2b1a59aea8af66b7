/** The choice of the command. `WAITAOF` is tried here only: it needs Redis 7.2, and other tests run on 7.0 too. */
import { expect, test } from 'vitest';
import { DurableAdds, waitCommand } from './durable-adds.ts';

const durability = { replicas: 1, timeoutMs: 500 };

test('where the server can tell, an add waits for the disks', () => {
  for (const version of ['7.2.0', '7.4.1', '8.0.0'])
    expect(waitCommand(durability, { version, isAppendOnly: true })).toEqual([
      'WAITAOF',
      '1',
      '1',
      '500',
    ]);
});

test('elsewhere it waits until replicas have it', () => {
  for (const [version, isAppendOnly] of [
    ['7.0.15', true],
    ['6.2.0', true],
    ['8.0.0', false],
    ['7.2.4', null],
    [null, true],
  ] as const)
    expect(waitCommand(durability, { version, isAppendOnly })).toEqual(['WAIT', '1', '500']);
});

test('of several queues the strictest demand counts, and most queues have none', () => {
  const durable = new DurableAdds();
  expect(durable.demandOf('a')).toBe(undefined);
  durable.demand('a', { replicas: 1, timeoutMs: 900 });
  durable.demand('b', { replicas: 2, timeoutMs: 100 });
  expect(durable.demandOf('c')).toBe(undefined);
  expect(durable.demandOf('a', 'b', 'c')).toEqual({ replicas: 2, timeoutMs: 900 });
});
