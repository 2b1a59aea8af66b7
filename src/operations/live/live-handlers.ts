/**
 * Handlers of the actions of `live-actions.ts`: their schemas, and what they do.
 */
import type { Handlers } from '../action.ts';
import type { LiveActionTypes } from './live-actions.ts';

/** Handlers by action. */
export const LIVE_HANDLERS: Partial<Handlers<LiveActionTypes>> = {};
