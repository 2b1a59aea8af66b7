/**
 * Handlers of the actions of `fleet-actions.ts`: their schemas, and what they do.
 */
import type { Handlers } from '../action.ts';
import type { FleetActionTypes } from './fleet-actions.ts';
import { POOL_HANDLERS } from './pool-handlers.ts';

/** Handlers by action. */
export const FLEET_HANDLERS: Partial<Handlers<FleetActionTypes>> = { ...POOL_HANDLERS };
