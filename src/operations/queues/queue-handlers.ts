/**
 * Handlers of the actions of `queue-actions.ts`: their schemas, and what they do.
 */
import type { Handlers } from '../action.ts';
import type { QueueActionTypes } from './queue-actions.ts';

/** Handlers by action. */
export const QUEUE_HANDLERS: Partial<Handlers<QueueActionTypes>> = {};
