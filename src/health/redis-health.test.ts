import { expect, test } from 'vitest';
import { judgeRedis } from './redis-health.ts';

const address = { host: 'r', port: 6379 };

test('without an address Redis is disabled, which is no error', () => {
  const health = judgeRedis(null, { state: 'idle', since: 5, lastError: undefined });
  expect(health).toEqual({
    status: 'disabled',
    since: 5,
    redis: { host: null, port: null, connected: false, error: null },
  });
});

test('a ready socket is healthy, whatever it was before', () => {
  const health = judgeRedis(address, { state: 'ready', since: 5, lastError: undefined });
  expect(health.redis).toEqual({ host: 'r', port: 6379, connected: true, error: null });
});

test.each(['idle', 'connecting', 'away', 'ended', 'closed'] as const)(
  'a socket that is %s is unhealthy and says why',
  (state) => {
    const health = judgeRedis(address, { state, since: 5, lastError: undefined });
    expect(health.status).toBe('unhealthy');
    expect(health.redis.error).not.toBe('');
  },
);

test('the last error is the reason when there is one', () => {
  const facts = { state: 'away', since: 5, lastError: 'connect ECONNREFUSED' } as const;
  expect(judgeRedis(address, facts).redis.error).toBe('connect ECONNREFUSED');
});

test('a connected server that refuses is unhealthy since it does, with the word and what to do', () => {
  const refusal = { reason: 'OOM', since: 9 };
  const health = judgeRedis(address, { state: 'ready', since: 5, lastError: undefined, refusal });
  expect(health).toMatchObject({ status: 'unhealthy', since: 9, redis: { connected: true } });
  expect(health.redis.error).toMatch(/\(OOM\): .*raise maxmemory/);
});

test('a server that has begun to evict is unhealthy with the remedy', () => {
  const eviction = 'Redis evicts keys';
  const health = judgeRedis(address, { state: 'ready', since: 5, lastError: undefined, eviction });
  expect(health).toMatchObject({
    status: 'unhealthy',
    redis: { connected: true, error: eviction },
  });
});

test('while it is away the connection is the trouble, not what was refused before', () => {
  const refusal = { reason: 'OOM', since: 9 };
  const facts = { state: 'away', since: 5, lastError: 'connect ECONNREFUSED', refusal } as const;
  expect(judgeRedis(address, facts).redis.error).toBe('connect ECONNREFUSED');
});
