/**
 * Handlers of the actions of `redis-actions.ts`: their schemas, and what they do.
 */
import type { Handlers } from '../action.ts';
import type { RedisActionTypes } from './redis-actions.ts';

/** Handlers by action. */
export const REDIS_HANDLERS: Partial<Handlers<RedisActionTypes>> = {};
