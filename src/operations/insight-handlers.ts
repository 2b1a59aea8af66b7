/**
 * Handlers of the actions of `insight-actions.ts`: their schemas, and what they do.
 */
import { z } from 'zod';
import type { Handlers } from './action.ts';
import { queueField } from './fields.ts';
import type { InsightActionTypes } from './insight-actions.ts';

const nothing: z.ZodType<Record<never, never>> = z.strictObject({});
const ofQueue: z.ZodType<{ queue: string }> = z.strictObject({ queue: queueField });

/** Handlers by action. */
export const INSIGHT_HANDLERS: Partial<Handlers<InsightActionTypes>> = {
  'health.redis': {
    ...{ input: nothing, output: z.looseObject({ status: z.string() }) },
    run: ({ health }) => health.redis(),
  },
  'health.live': {
    ...{ input: nothing, output: z.looseObject({ status: z.string() }) },
    run: ({ health }) => health.live(),
  },
  'health.ready': {
    ...{ input: nothing, output: z.looseObject({ status: z.string() }) },
    run: ({ health }) => health.ready(),
  },
  'health.queues': {
    ...{ input: nothing, output: z.looseObject({ status: z.string() }) },
    run: ({ health }) => health.queues(),
  },
  'metrics.exposition': {
    ...{ input: nothing, output: z.string() },
    run: ({ metrics }) => metrics.exposition(),
  },
  'memory.get': {
    ...{ input: ofQueue, output: z.looseObject({}) },
    run: ({ memory }, { queue }) => memory.get(queue),
  },
};
