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
