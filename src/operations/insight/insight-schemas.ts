/**
 * Schemas of what the actions that only look answer. Published; tests hold real answers against them.
 */
import { z } from 'zod';
import { QUEUE_STATUSES } from '../../queues/queue-status.ts';

const number = z.number();
const maybeNumber: z.ZodType = number.nullable();
const maybeText: z.ZodType = z.string().nullable();
const maybeBoolean: z.ZodType = z.boolean().nullable();
const source: z.ZodType = z.enum(['measured', 'derived', 'absent']);

const connected = z.strictObject({
  host: maybeText,
  port: maybeNumber,
  connected: z.boolean(),
  error: maybeText,
});
const status = z.enum(['healthy', 'unhealthy', 'disabled']);

/** `health.redis`. */
export const redisHealth: z.ZodType = z.strictObject({
  ...{ status, redis: connected, since: number, takenAt: maybeNumber },
  server: z.strictObject({
    flavour: maybeText,
    version: maybeText,
    mode: maybeText,
    uptimeMs: maybeNumber,
  }),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  memory: z.strictObject({
    ...{ used: maybeNumber, peak: maybeNumber, usedBytes: maybeNumber, peakBytes: maybeNumber },
    ...{ limitBytes: maybeNumber, policy: maybeText, fragmentationRatio: maybeNumber },
  }),
  connections: z.strictObject({
    ...{ connected: maybeNumber, blocked: maybeNumber, max: maybeNumber, rejected: maybeNumber },
  }),
  operations: z.strictObject({
    ...{ opsPerSec: maybeNumber, keyspaceHits: maybeNumber, keyspaceMisses: maybeNumber },
    ...{ hitRatio: maybeNumber, evictedKeys: maybeNumber, expiredKeys: maybeNumber },
  }),
  persistence: z.strictObject({
    loading: maybeBoolean,
    aof: z.strictObject({
      enabled: maybeBoolean,
      lastWriteStatus: maybeText,
      lastRewriteStatus: maybeText,
    }),
    rdb: z.strictObject({
      lastSaveStatus: maybeText,
      lastSaveAt: maybeNumber,
      changesSinceSave: maybeNumber,
    }),
  }),
  replication: z.strictObject({
    ...{ role: maybeText, replicas: maybeNumber, replicasOnline: maybeNumber },
    ...{ lagBytes: maybeNumber, linkStatus: maybeText },
  }),
});

/** `health.live`. */
export const liveness: z.ZodType = z.strictObject({
  status: z.literal('alive'),
  version: z.string(),
});

/** `health.ready`. */
export const readiness: z.ZodType = z.strictObject({
  status: z.enum(['ready', 'not-ready']),
  reason: z.string(),
  queues: z.array(
    z.strictObject({
      ...{ queue: z.string(), ready: z.boolean(), reason: z.string() },
      rebuilds: number.optional(),
    }),
  ),
});

const burnRates = z.record(z.string(), z.unknown()).nullable();
const queueHealth = z.strictObject({
  status: z.enum(QUEUE_STATUSES),
  reasons: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  ...{ errorRate: maybeNumber, avgProcessingTimeMs: maybeNumber, oldestWaitingMs: maybeNumber },
  ...{ waitP95Ms: maybeNumber, waitObjectiveMs: maybeNumber },
  ...{ throughputPerMinute: maybeNumber, arrivalsPerMinute: maybeNumber, drainMs: maybeNumber },
  burn: z.strictObject({ errors: burnRates, wait: burnRates }),
  ...{ checkedAt: number, since: number, ageMs: number },
});
const counts = z.strictObject({
  ...{ waiting: number, active: number, prioritized: number, delayed: number },
  ...{ 'waiting-children': number, completed: number, failed: number },
});

/** `health.queues`. */
export const queuesHealth: z.ZodType = z.strictObject({
  ...{ status, redis: connected, takenAt: maybeNumber, ageMs: maybeNumber },
  queues: z.array(
    z.strictObject({
      ...{ queue: z.string(), counts, isPaused: z.boolean(), oldestWaitingMs: maybeNumber },
      ...{ workers: number, slots: number, health: queueHealth.nullable() },
    }),
  ),
  connections: z
    .strictObject({
      byRole: z.strictObject({ command: number, wait: number, events: number, bulk: number }),
      ...{ total: number, processes: number, expected: number },
      ...{ maxClients: maybeNumber, share: maybeNumber },
    })
    .nullable(),
});

const distribution = z
  .strictObject({
    ...{ count: number, meanMs: number, p50Ms: number, p75Ms: number, p95Ms: number },
    ...{ p99Ms: number, maxMs: number, errorRatio: number },
  })
  .nullable();
const figures = z.strictObject({
  ...{ from: number, to: number, throughputPerMinute: maybeNumber, arrivalsPerMinute: maybeNumber },
  counts: z
    .strictObject({
      ...{ completed: maybeNumber, failed: maybeNumber, retried: maybeNumber },
      ...{ stalled: maybeNumber, timedOut: maybeNumber, cancelled: maybeNumber, dead: maybeNumber },
    })
    .nullable(),
  ...{ utilisation: maybeNumber, payloadBytes: maybeNumber },
  ...{ wait: distribution, run: distribution, source },
});

/** `metrics.history`. */
export const history: z.ZodType = z.strictObject({
  figures: z.array(figures),
  jobNames: z.array(z.string()),
  clamped: z.boolean(),
  unreadable: number,
});

/** `metrics.backlog`. */
export const backlog: z.ZodType = z.strictObject({
  ...{ waiting: number, oldestWaitingMs: maybeNumber, arrivalsPerMinute: maybeNumber },
  ...{ servicePerMinute: maybeNumber, drainMs: maybeNumber },
  reason: z.enum(['empty', 'draining', 'growing', 'stalled', 'paused', 'unknown']),
  ...{ words: z.string(), source },
});

/** `memory.get`. */
export const memory: z.ZodType = z.strictObject({
  ...{ queue: z.string(), at: number, ageMs: number, bytes: number },
  ...{ standardErrorBytes: maybeNumber, isComplete: z.boolean(), source },
  kinds: z.array(
    z.strictObject({
      ...{ kind: z.string(), bytes: maybeNumber, standardErrorBytes: maybeNumber },
      ...{ count: number, sampled: number, source },
    }),
  ),
  payloads: z.array(
    z.strictObject({
      kind: z.enum(['data', 'result']),
      ...{ plainBytes: number, storedBytes: number, unreadBytes: number, bodyBytes: number },
      ...{ compressionWouldSaveBytes: maybeNumber, sampled: number },
    }),
  ),
  freedBytes: maybeNumber,
});

const kept = z.strictObject({ count: number.optional(), ageMs: number.optional() });

/** `retention.list`. */
export const retention: z.ZodType = z.array(
  z.strictObject({
    queue: z.string(),
    policy: z.strictObject({
      ...{ completed: kept, failed: kept, progressMs: number },
      events: z.strictObject({ count: number, bytes: number }),
      maxBytes: number.optional(),
    }),
    swept: z.strictObject({
      ...{ completed: number, failed: number, progress: number, events: number },
      freedBytes: number,
    }),
    ...{ roundAt: maybeNumber, usedBytes: maybeNumber, isOverBudget: z.boolean(), held: maybeText },
  }),
);
