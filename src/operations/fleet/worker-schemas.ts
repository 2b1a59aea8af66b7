/**
 * Schemas of the processes that run jobs, as actions answer. Published; tests hold real answers against them.
 */
import { z } from 'zod';

const number = z.number();
const maybeNumber: z.ZodType = number.nullable();
const maybeText: z.ZodType = z.string().nullable();

/** A process. */
export const worker: z.ZodType = z.strictObject({
  ...{ id: z.string(), from: z.enum(['measured', 'derived']), host: maybeText, pid: maybeNumber },
  ...{ name: maybeText, address: maybeText, version: maybeText, appVersion: maybeText },
  queues: z.array(z.strictObject({ queue: z.string(), slots: maybeNumber, active: maybeNumber })),
  ...{ lastSeenAt: maybeNumber, connections: maybeNumber },
  load: z.strictObject({
    cpuRatio: maybeNumber,
    loopRatio: maybeNumber,
    memoryRatio: maybeNumber,
  }),
  ...{ isQuiet: z.boolean(), quietBy: maybeText, quietFor: maybeText, quietSince: maybeNumber },
});
