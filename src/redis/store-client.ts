/**
 * A client of its own for another Redis than the coordinator's, which only keeps bodies.
 *
 * It connects on first use and reconnects for ever. A command that cannot be sent soon, or that got no answer before
 * its connection broke, is rejected and never sent again: whoever asks has a deadline and tries again.
 */
import { Redis, type RedisOptions } from 'ioredis';
import { backoffDelay } from '../base/backoff.ts';
import { type RedisParts, resolveAddress } from '../config/redis-address.ts';
import { CoordinatorError } from '../errors.ts';

/** Where that Redis is. */
export interface StoreAddress {
  readonly url?: string;
  readonly redis?: RedisParts;
  /** An ioredis instance to copy the address from. It is duplicated, never used or closed. */
  readonly connection?: Redis;
}

const BACKOFF = { minDelayMs: 50, maxDelayMs: 2_000 };

/** Makes an unconnected client. Throws CONFIG_INVALID. */
export function createStoreClient({ url, redis, connection }: StoreAddress): Redis {
  const options: RedisOptions = {
    lazyConnect: true,
    connectionName: 'drover:bodies',
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 5_000,
    socketTimeout: 20_000,
    keepAlive: 10_000,
    retryStrategy: (attempt: number) => backoffDelay(attempt, BACKOFF),
  };
  const client = connection
    ? connection.duplicate({ ...options, replyMapping: 'legacy' })
    : new Redis({ ...addressOf(url, redis), ...options, replyMapping: 'legacy' });
  client.on('error', () => {}); // Each command tells its own.
  return client;
}

function addressOf(url: string | undefined, redis: RedisParts | undefined): RedisOptions {
  const address = resolveAddress(url, redis);
  if (!address)
    throw new CoordinatorError(
      'CONFIG_INVALID',
      'redisBodies needs the address of a Redis: give url, redis or connection. The Redis of the coordinator keeps bodies without being named',
    );
  return address.client;
}
