/**
 * Handlers of the actions of `fleet-actions.ts`: their schemas, and what they do.
 */
import { z } from 'zod';
import type { Handlers } from '../action.ts';
import { queueField } from '../fields.ts';
import type { FleetActionTypes } from './fleet-actions.ts';

/** Handlers by action. */
export const FLEET_HANDLERS: Partial<Handlers<FleetActionTypes>> = {
  'pools.scale': {
    input: z.strictObject({ queue: queueField }),
    output: z.strictObject({ value: z.number() }),
    run: ({ pools }, { queue }) => pools.scale(queue),
  },
};
