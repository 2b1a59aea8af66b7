/**
 * One server for all tests of a file: empty before each, and running again when a test has killed it.
 */
import { Redis } from 'ioredis';
import { afterAll, beforeEach } from 'vitest';
import { type RedisOptions, type RedisServer, startRedis } from './redis-server.ts';

/** Starts it; `redis` is a plain client beside Drover, to look at what is in it. Stopped with the file. */
export async function shareRedis(
  options: RedisOptions = {},
): Promise<{ readonly server: RedisServer; readonly redis: Redis }> {
  const server = await startRedis(options);
  const redis = new Redis(server.url, {
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
  });
  redis.on('error', () => {});
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    if (!server.isRunning) await server.restart();
    await redis.flushall();
  });
  return { server, redis };
}
