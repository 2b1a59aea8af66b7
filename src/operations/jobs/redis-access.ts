/**
 * How operations on jobs reach Redis: short things on the command socket, what is large or slow on the bulk socket.
 */
import type { Redis } from 'ioredis';
import { longCall } from '../../backend/long-call.ts';
import type { Connection } from '../../redis/connection.ts';
import type { OperatorSources } from '../operator-sources.ts';

/** What reaching it needs. */
export type RedisSources = Pick<OperatorSources, 'hub' | 'gate'>;

/** A short read. Rejects with QUEUE_UNAVAILABLE within `addTimeoutMs`. */
export function onCommand<T>(
  { hub, gate }: RedisSources,
  read: (redis: Redis) => Promise<T>,
): Promise<T> {
  return gate.run(hub.command, 'fail', 'repeat', async () => read(await hub.command.raw()));
}

/** A large or slow read: only the wait for Redis is bounded. Rejects with QUEUE_UNAVAILABLE. */
export function onBulk<T>(
  sources: RedisSources,
  run: (bulk: Connection) => Promise<T>,
): Promise<T> {
  return longCall(sources, run);
}

/** A change, sent once. Rejects with OUTCOME_UNKNOWN when the answer does not come. */
export function change<T>(
  { hub, gate }: RedisSources,
  run: (bulk: Connection) => Promise<T>,
): Promise<T> {
  return hub.onBulk((bulk) => gate.run(bulk, 'fail', 'unknown', () => run(bulk)));
}
