import { expect, test } from 'vitest';
import { consumerOptionsOf } from './consumer-options.ts';
import { listenerOptionsOf } from './listener-options.ts';

test('worker options are sorted into how and where, and what Drover decides is left out', () => {
  const connection = { host: 'h' };
  const beside = { sharedConnection: true, skipVersionCheck: true, skipWaitingForReady: true };
  expect(
    consumerOptionsOf({ connection, prefix: 'p', concurrency: 3, autorun: false, ...beside }),
  ).toEqual({ how: { concurrency: 3, autorun: false }, connection, prefix: 'p' });
});

test('a listener has a listener of its own where it reads in a way of its own', () => {
  expect(listenerOptionsOf({}).own).toBeUndefined();
  expect(listenerOptionsOf({ prefix: 'p', sharedConnection: true })).toEqual({
    ...{ connection: undefined, prefix: 'p', own: undefined },
  });
  expect(listenerOptionsOf({ lastEventId: '0', autorun: false }).own).toEqual({
    ...{ lastEventId: '0', autorun: false },
  });
});
