/**
 * Handlers of the actions of `live-actions.ts`: their schemas, and what they do.
 */
import { z } from 'zod';
import type { Handlers } from '../action.ts';
import { cursorField } from '../fields.ts';
import type { LiveActionTypes } from './live-actions.ts';

const counts = z.record(z.string(), z.number());
const maybe = z.number().nullable();

const pool = z.strictObject({
  ...{ current: maybe, target: maybe, min: z.number(), max: z.number() },
  frozenFor: z.string().nullable(),
});

const row = z.strictObject({
  ...{ queue: z.string(), counts, isPaused: z.boolean(), pausedFor: z.string().nullable() },
  active: z.number(),
  ...{ oldestWaitingMs: maybe, oldestWaitingAt: maybe, workers: maybe, slots: maybe },
  throughputPerMinute: maybe,
  throughputFrom: z.enum(['measured', 'derived', 'absent']),
  ...{ errorRatio: maybe, health: z.string().nullable(), reasons: z.array(z.string()) },
  ...{ healthSince: maybe, waitP95Ms: maybe, waitObjectiveMs: maybe, deadLetters: maybe },
  pool: pool.nullable(),
  trend: z.array(maybe),
});

const redis = z.enum(['healthy', 'unhealthy', 'disabled']);

const overview = z.strictObject({
  ...{ redis, takenAt: maybe, ageMs: maybe, totals: counts, processes: maybe },
  ...{ queues: z.array(row), uncounted: z.array(z.string()), oldestRowAt: maybe },
  ...{ isComplete: z.boolean(), problem: z.string().nullable() },
});

const event = z.discriminatedUnion('event', [
  z.strictObject({ ...told('overview'), data: overview }),
  z.strictObject({ ...told('delta'), data: overview.extend({ gone: z.array(z.string()) }) }),
  z.strictObject({
    ...told('redis'),
    data: z.strictObject({ redis, takenAt: maybe, ageMs: maybe }),
  }),
  z.strictObject({ ...told('lag'), data: z.strictObject({ missed: z.number() }) }),
  z.strictObject({
    ...told('ended'),
    data: z.strictObject({ code: z.string(), detail: z.string() }),
  }),
]);

/** Handlers by action. */
export const LIVE_HANDLERS: Handlers<LiveActionTypes> = {
  'overview.get': {
    input: z.strictObject({}),
    output: overview,
    run: ({ live }, _, { principal }) => live.overview(principal),
  },
  'overview.watch': {
    input: z.strictObject({ lastEventId: cursorField.exactOptional() }),
    output: event,
    run: ({ live }, { lastEventId }, { principal, signal }) =>
      live.watch(principal, lastEventId, signal),
  },
};

function told<Name extends string>(
  name: Name,
): {
  id: z.ZodString;
  text: z.ZodString;
  event: z.ZodLiteral<Name>;
} {
  return { id: z.string(), text: z.string(), event: z.literal(name) };
}
