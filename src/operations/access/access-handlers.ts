/**
 * Handlers of the actions of `access-actions.ts`: their schemas, and what they do.
 */
import type { Handlers } from '../action.ts';
import type { AccessActionTypes } from './access-actions.ts';

/** Handlers by action. */
export const ACCESS_HANDLERS: Partial<Handlers<AccessActionTypes>> = {};
