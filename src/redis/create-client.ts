/**
 * Makes ioredis clients for the configured address: the only place where one is made.
 */
import { Redis, type RedisOptions } from 'ioredis';
import type { RedisTarget } from '../config/resolve-config.ts';
import { refusingWrites } from './refuse-writes.ts';

/** Makes an unconnected client with `overrides` on top of the address. */
export type CreateClient = (overrides: RedisOptions) => Redis;

/**
 * The maker for a target. An instance that was handed in is duplicated, never used.
 *
 * Replies come in the shapes that BullMQ and this library read, whichever protocol is spoken.
 *
 * @param readOnly whether the clients refuse what changes something
 */
export function clientMaker(target: RedisTarget, readOnly: boolean = false): CreateClient {
  const make = makerOf(target);
  return readOnly ? refusingWrites(make) : make;
}

function makerOf(target: RedisTarget): CreateClient {
  // ioredis tells its modes of reply apart by the type of a literal, so it is spelled out twice.
  if ('copyOf' in target)
    return (overrides) => target.copyOf.duplicate({ ...overrides, replyMapping: 'legacy' });
  return (overrides) => new Redis({ ...target.options, ...overrides, replyMapping: 'legacy' });
}
