/**
 * Reads the connections of a server, or why they may not be read.
 */
import type { Redis } from 'ioredis';
import { parseClientList } from '../redis/client-list.ts';
import type { Reading } from './reading.ts';
import type { ClientSeen } from './sample.ts';
import { tolerant } from './tolerant.ts';

/** All of them. */
export function readClients(redis: Redis): Promise<Reading<readonly ClientSeen[]>> {
  return tolerant('CLIENT LIST', async () =>
    parseClientList((await redis.client('LIST')) as string),
  );
}
