import { expect, test } from 'vitest';
import { judgeServer, parseServerInfo } from './server-info.ts';

const REDIS =
  '# Server\r\nredis_version:7.0.15\r\nrole:master\r\nmaxclients:10000\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n';

test('Redis, Valkey and Dragonfly are told apart with their own versions', () => {
  expect(parseServerInfo(REDIS)).toMatchObject({ flavour: 'redis', version: '7.0.15' });
  const valkey = 'redis_version:7.2.4\r\nvalkey_version:8.1.0\r\n';
  expect(parseServerInfo(valkey)).toMatchObject({ flavour: 'valkey', version: '8.1.0' });
  const dragonfly = 'redis_version:7.4.0\r\ndragonfly_version:df-v1.30.0\r\n';
  expect(parseServerInfo(dragonfly)).toMatchObject({ flavour: 'dragonfly', version: '1.30.0' });
});

test('what a server does not say is unknown, not zero', () => {
  expect(parseServerInfo('')).toMatchObject({
    version: null,
    maxClients: null,
    maxMemoryPolicy: null,
    maxBytes: null,
  });
  expect(parseServerInfo(REDIS).maxBytes).toBeNull();
});

test('an evicting server and a replica are found, a good one is not', () => {
  expect(judgeServer(parseServerInfo(REDIS))).toEqual([]);
  const bad = parseServerInfo('maxmemory_policy:allkeys-lru\r\nrole:slave\r\n');
  expect(judgeServer(bad).map(({ finding }) => finding)).toEqual(['eviction', 'replica']);
  expect(judgeServer(bad)[0]?.message).toContain('CONFIG SET maxmemory-policy noeviction');
});
