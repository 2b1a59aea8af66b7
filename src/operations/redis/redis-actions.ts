/**
 * Actions that look at the Redis server: the catalogue.
 */
import type { Actions } from '../action.ts';
import type {
  ClientGroup,
  LatencyView,
  QueueBytes,
  ReadRows,
  RedisInfoView,
  SlowCommand,
} from './redis-views.ts';

type Nothing = Record<never, never>;

/** What goes in and comes out. */
export interface RedisActionTypes {
  'redis.info': { input: Nothing; output: RedisInfoView };
  'redis.clients': { input: Nothing; output: ReadRows<ClientGroup> };
  'redis.slowlog': {
    /** 1 to 512. */
    input: { readonly limit?: number };
    output: ReadRows<SlowCommand>;
  };
  'redis.latency': { input: Nothing; output: LatencyView };
  'redis.memory': {
    /** The queues that take the most, so many; 1 to 50. */
    input: { readonly limit?: number };
    output: ReadRows<QueueBytes>;
  };
}

/** Redis. */
export const REDIS_ACTIONS: Actions<RedisActionTypes> = {
  'redis.info': {
    ...{ route: 'GET /api/v1/redis', permission: 'redis.read', scope: 'fleet', effect: 'reads' },
    says: 'The server: version, memory, clients, persistence, replication. What may not be read is named.',
  },
  'redis.clients': {
    ...{ route: 'GET /api/v1/redis/clients', permission: 'redis.read', scope: 'fleet' },
    effect: 'reads',
    says: 'Connections by application and role.',
  },
  'redis.slowlog': {
    ...{ route: 'GET /api/v1/redis/slowlog', permission: 'redis.read', scope: 'fleet' },
    effect: 'reads',
    says: 'The slowest commands, with the script and the queue they belong to. Their arguments may hold data of jobs and are left out.',
  },
  'redis.latency': {
    ...{ route: 'GET /api/v1/redis/latency', permission: 'redis.read', scope: 'fleet' },
    effect: 'reads',
    says: "Round trips from here, and what Redis's own latency monitor has kept.",
  },
  'redis.memory': {
    ...{ route: 'GET /api/v1/redis/memory', permission: 'redis.read', scope: 'fleet' },
    effect: 'reads',
    says: 'Which queues take the most of the memory of Redis: estimates from samples.',
  },
};
