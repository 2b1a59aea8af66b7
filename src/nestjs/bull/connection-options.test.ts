import type { ConnectionOptions } from 'bullmq';
import { expect, test } from 'vitest';
import { placeOf, rootOptionsOf } from './connection-options.ts';

const place = (connection: object | string | undefined) => placeOf(connection as ConnectionOptions);

test('nothing names no Redis, and an empty object is localhost, as it is to BullMQ', () => {
  expect(place(undefined)).toEqual({});
  expect(place({})).toEqual({ redis: { host: 'localhost' } });
});

test('of options the address counts, and what keeps up a socket is dropped', () => {
  const address = {
    host: 'h',
    port: 1,
    username: 'u',
    password: 'p',
    db: 3,
    tls: { servername: 's' },
  };
  const upkeep = {
    ...{ maxRetriesPerRequest: null, enableReadyCheck: false, lazyConnect: true, family: 0 },
    ...{ connectionName: 'n', retryStrategy: () => 1, enableOfflineQueue: false },
  };
  expect(place({ ...address, ...upkeep })).toEqual({ redis: address });
});

test('numbers may be text and parts may be empty, as the environment has them', () => {
  expect(place({ host: '', port: '6380', password: undefined, db: '2' })).toEqual({
    redis: { host: 'localhost', port: 6380, db: 2 },
  });
});

test('a URL is taken by itself, and wins over what is said beside it', () => {
  expect(place('redis://h:1')).toEqual({ redisUrl: 'redis://h:1' });
  expect(place({ url: 'rediss://u:p@h:1/2', host: 'other', db: 4 })).toEqual({
    redis: { host: 'h', port: 1, username: 'u', password: 'p', db: 2, tls: {} },
  });
  expect(place({ url: 'redis://h', db: 4 })).toEqual({ redis: { host: 'h', port: 6379, db: 4 } });
});

test('Sentinels and their name', () => {
  const sentinels = [{ host: 's', port: 26_379 }];
  expect(place({ sentinels, name: 'mymaster', sentinelPassword: 'x' })).toEqual({
    redis: { host: 'localhost', sentinels, sentinelName: 'mymaster', sentinelPassword: 'x' },
  });
});

test('an instance of ioredis is copied, clusters and other clients are refused', () => {
  const instance = { duplicate: () => {}, options: {} };
  expect(place(instance)).toEqual({ connection: instance });
  expect(() => place({ redisOptions: {} })).toThrow('Cluster');
  expect(() => place({ connect: () => {} })).toThrow('not of ioredis');
  expect(() => place({ keyPrefix: 'mine:' })).toThrow('"mine:", which BullMQ cannot work with');
  expect(() => place({ sentinels: [], sentinelTLS: {} })).toThrow(/sentinelTLS.*instance/);
  expect(() => place({ url: 'secret' })).toThrow(/^redisUrl is not a URL/);
});

test('a root has what is said, and nothing else', () => {
  expect(rootOptionsOf({})).toEqual({});
  expect(rootOptionsOf({ connection: { host: 'h' }, prefix: 'p' })).toEqual({
    redis: { host: 'h' },
    prefix: 'p',
  });
});
