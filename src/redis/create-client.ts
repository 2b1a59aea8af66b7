/**
 * Makes ioredis clients for the configured address: the only place where one is made.
 */
import { Redis, type RedisOptions } from 'ioredis';
import type { RedisTarget } from '../config/resolve-config.ts';

/** Makes an unconnected client with `overrides` on top of the address. */
export type CreateClient = (overrides: RedisOptions) => Redis;

/** The maker for a target. An instance that was handed in is duplicated, never used. */
export function clientMaker(target: RedisTarget): CreateClient {
  if ('copyOf' in target) return (overrides) => target.copyOf.duplicate(overrides);
  // The address was checked by the configuration; ioredis wants the reply mapping spelled out.
  return (overrides) => new Redis({ ...target.options, ...overrides, replyMapping: 'legacy' });
}
