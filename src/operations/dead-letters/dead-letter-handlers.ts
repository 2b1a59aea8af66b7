/**
 * Handlers of the actions of `dead-letter-actions.ts`: their schemas, and what they do.
 */
import type { Handlers } from '../action.ts';
import type { DeadLetterActionTypes } from './dead-letter-actions.ts';

/** Handlers by action. */
export const DEAD_LETTER_HANDLERS: Partial<Handlers<DeadLetterActionTypes>> = {};
