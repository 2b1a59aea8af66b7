/**
 * A client for a few commands on one server: by its address, or by its socket on this machine.
 *
 * It connects when it is told to and never again: whoever uses it decides whether to try once more. A server that is
 * still loading answers with its error, so that it can be watched.
 */
import { Redis, type RedisOptions } from 'ioredis';
import { resolveAddress } from '../config/redis-address.ts';
import { CoordinatorError } from '../errors.ts';

/** Where that server is. */
export type SingleAddress = { readonly url: string } | { readonly socketPath: string };

/** Makes an unconnected client. Throws CONFIG_INVALID. @param connectTimeoutMs for the connection */
export function createSingleClient(
  address: SingleAddress,
  connectTimeoutMs: number = 5_000,
): Redis {
  const client = new Redis({
    ...('url' in address ? addressOf(address.url) : { path: address.socketPath }),
    lazyConnect: true,
    connectionName: 'drover:backup',
    enableReadyCheck: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: null,
    connectTimeout: connectTimeoutMs,
    retryStrategy: () => null,
    replyMapping: 'legacy',
  });
  client.on('error', () => {}); // Each command tells its own.
  return client;
}

function addressOf(url: string): RedisOptions {
  const address = resolveAddress(url, undefined);
  if (!address) throw new CoordinatorError('CONFIG_INVALID', 'The address of Redis is empty');
  return address.client;
}
