/**
 * Handlers of the actions of `insight-actions.ts`: their schemas, and what they do.
 */
import type { Handlers } from './action.ts';
import type { InsightActionTypes } from './insight-actions.ts';

/** Handlers by action. */
export const INSIGHT_HANDLERS: Partial<Handlers<InsightActionTypes>> = {};
