/**
 * Handlers of the actions on pools: their schemas, and what they do.
 */
import { z } from 'zod';
import type { Duration } from '../../base/units.ts';
import type { Handlers } from '../action.ts';
import { actorOf } from '../actor.ts';
import { durationField, limitField, queueField, reasonField } from '../fields.ts';
import { writtenOut } from '../queue-label.ts';
import type { FleetActionTypes } from './fleet-actions.ts';
import { decision, pin, pool, scale, why } from './pool-schemas.ts';

type PoolActionTypes = Pick<FleetActionTypes, Extract<keyof FleetActionTypes, `pools.${string}`>>;

const MOST_DECISIONS = 500;
/** More than any pool may have. */
const MOST_SLOTS = 1_000_000;
const THIRTY_DAYS_MS = 30 * 86_400_000;
const ofQueue = z.strictObject({ queue: queueField });

/** Handlers by action. */
export const POOL_HANDLERS: Handlers<PoolActionTypes> = {
  'pools.list': {
    ...{ input: z.strictObject({}), output: z.array(pool) },
    async run({ pools }, _input, call) {
      return (await pools.list()).filter(({ queue }) => call.may('queues.read', queue));
    },
  },
  'pools.get': {
    ...{ input: ofQueue, output: pool },
    run: ({ pools }, { queue }) => pools.get(writtenOut(queue)),
  },
  'pools.why': {
    ...{ input: ofQueue, output: why },
    run: ({ pools }, { queue }) => pools.why(writtenOut(queue)),
  },
  'pools.decisions': {
    input: z.strictObject({ queue: queueField, limit: limitField(MOST_DECISIONS).exactOptional() }),
    output: z.array(decision),
    run: ({ pools }, { queue, limit }) =>
      pools.decisions(writtenOut(queue), limit === undefined ? {} : { limit }),
  },
  'pools.scale': {
    ...{ input: ofQueue, output: scale },
    run: ({ pools }, { queue }) => pools.scale(writtenOut(queue)),
  },
  'pools.pin': {
    input: z.strictObject({
      queue: queueField,
      slots: z.number().int('must be a whole number').min(0).max(MOST_SLOTS),
      for: durationField(1_000, THIRTY_DAYS_MS).exactOptional(),
      reason: reasonField.exactOptional(),
    }),
    output: pin,
    run({ pools }, { queue, slots, for: time, reason }, call) {
      const wishes = { ...(time && { for: time as Duration }), ...(reason && { reason }) };
      return pools.scaleWorkers(writtenOut(queue), slots, { ...wishes, by: actorOf(call) });
    },
  },
  'pools.unpin': {
    ...{ input: ofQueue, output: z.strictObject({ removed: z.boolean() }) },
    run: async ({ pools }, { queue }) => ({ removed: await pools.unpin(writtenOut(queue)) }),
  },
};
