/**
 * A hub's socket in the shape that BullMQ's backend expects of a connection it does not own.
 *
 * `client` follows the socket through reconnects; closing and disconnecting do nothing, since the hub owns
 * the socket.
 */
import type { RedisConnection } from 'bullmq';
import type { Connection, ScriptClient } from '../redis/connection.ts';

/**
 * What `RedisQueueBackend` reads of its connection; a subset of BullMQ's class, hence the cast.
 *
 * @param current the socket to use at the moment of each call
 */
export function borrowConnection(current: () => Connection): RedisConnection {
  const borrowed = {
    get client(): Promise<ScriptClient> {
      return current().client;
    },
    // Waits end by local timers, so a block may be of any length.
    capabilities: { canDoubleTimeout: true, canBlockFor1Ms: true },
    get redisVersion(): string {
      // Unknown when INFO is refused: scripts that every supported server runs.
      return current().serverInfo.version ?? '6.2.0';
    },
    get databaseType(): string {
      return current().serverInfo.flavour;
    },
    on: (): void => {},
    close: async (): Promise<void> => {},
    disconnect: async (): Promise<void> => {},
    reconnect: async (): Promise<void> => {},
  };
  return borrowed as unknown as RedisConnection;
}
