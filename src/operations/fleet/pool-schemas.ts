/**
 * Schemas of pools and what was decided for them, as actions answer. Published; tests hold real answers against them.
 */
import { z } from 'zod';

const number = z.number();
const maybeNumber: z.ZodType = number.nullable();
const maybeText: z.ZodType = z.string().nullable();
const mode = z.enum(['auto', 'recommend', 'off']);

/** A target that was set by hand. */
export const pin: z.ZodType = z.strictObject({
  ...{ slots: number, by: maybeText, reason: maybeText, at: number, until: number },
});

/** A pool. */
export const pool: z.ZodType = z.strictObject({
  ...{ queue: z.string(), min: number, max: number, mode, target: maybeNumber },
  ...{ current: maybeNumber, recommended: maybeNumber, shares: z.record(z.string(), number) },
  ...{ reason: maybeText, frozenFor: maybeText, pin: pin.nullable() },
  ...{ epoch: maybeNumber, rev: maybeNumber, writtenAt: maybeNumber },
});

/** A decision. */
export const decision: z.ZodType = z.strictObject({
  ...{ id: z.string(), at: number, queue: z.string(), epoch: number, rev: number },
  ...{ from: number, to: number, mode, recommended: maybeNumber, words: z.string() },
  // Of the version that decided: later ones may tell more.
  explanation: z.looseObject({
    ...{ from: number, to: number, decidedBy: z.string(), load: number, arrivalsPerSecond: number },
    ...{ serviceMs: number, waitP95Ms: number, caps: z.array(z.string()) },
  }),
});

/** Why a pool has the slots it has. */
export const why: z.ZodType = z.strictObject({
  ...{ queue: z.string(), reason: maybeText, frozenFor: maybeText, last: decision.nullable() },
});

/** How many slots there should be. */
export const scale: z.ZodType = z.strictObject({ value: number });
