/**
 * Connections of the bare side, as a careful user of BullMQ writes them: `maxRetriesPerRequest: null`, error
 * listeners attached, everything else as it comes.
 */
import type { QueueOptions } from 'bullmq';
import type { Vitals } from './say.ts';
import type { AppSettings } from './settings.ts';

/** Options for every BullMQ object. */
export function bareConnection({ redis }: AppSettings): QueueOptions['connection'] {
  if (!('url' in redis)) {
    return { sentinels: [...redis.sentinels], name: redis.name, maxRetriesPerRequest: null };
  }
  const { hostname: host, port, username, password } = new URL(redis.url);
  return {
    host,
    port: Number(port),
    ...(username && { username }),
    ...(password && { password }),
    maxRetriesPerRequest: null,
  };
}

/** Has errors counted instead of ending the process. */
export function countErrors(
  emitter: { on(event: 'error', listener: (error: Error) => void): unknown },
  vitals: Vitals,
): void {
  emitter.on('error', (error) => vitals.error(error.message));
}
