/**
 * Reads the connections of a server, or why they may not be read.
 */
import type { Redis } from 'ioredis';
import { parseClientList, readSocketName } from '../redis/client-list.ts';
import type { Reading } from './reading.ts';
import type { ClientSeen } from './sample.ts';
import { tolerant } from './tolerant.ts';

/** All of them. */
export function readClients(redis: Redis): Promise<Reading<readonly ClientSeen[]>> {
  return tolerant('CLIENT LIST', async () =>
    parseClientList((await redis.client('LIST')) as string),
  );
}

/** For so long a process of Drover may not have said yet what it works on. */
const SAYS_WITHIN_SECONDS = 15;

/** Whether a socket is of a process of Drover with workers that no heartbeat may tell of yet. */
export function hasJustStarted({ name, ageSeconds }: ClientSeen): boolean {
  return ageSeconds < SAYS_WITHIN_SECONDS && readSocketName(name)?.role === 'wait';
}
