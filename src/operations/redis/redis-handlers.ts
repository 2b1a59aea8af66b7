/**
 * Handlers of the actions of `redis-actions.ts`: their schemas, and what they do.
 */
import { z } from 'zod';
import type { Handlers } from '../action.ts';
import { limitField } from '../fields.ts';
import type { RedisActionTypes } from './redis-actions.ts';

const count = z.number().nullable();
const text = z.string().nullable();
const flag = z.boolean().nullable();
const nothing = z.strictObject({});
const unverified = z.array(z.string());

const info = z.strictObject({
  ...{ server: text, version: text, uptimeSeconds: count, role: text },
  memory: z.strictObject({
    usedBytes: count,
    maxBytes: count,
    policy: text,
    fragmentationRatio: count,
  }),
  clients: z.strictObject({ connected: count, max: count, blocked: count }),
  ...{ commandsPerSecond: count, hitRatio: count, evictedKeys: count, replicas: count },
  persistence: z.strictObject({ aof: flag, lastSaveAt: count, lastSaveOk: flag }),
  unverified,
});

const client = z.strictObject({
  ...{ application: text, role: text, queue: text, count: z.number(), processes: count },
  hosts: z.array(z.string()),
  ...{ oldestSeconds: z.number(), longestIdleSeconds: z.number(), outputBytes: z.number() },
});

const slow = z.strictObject({
  ...{ at: z.number(), tookMicroseconds: z.number(), command: z.string() },
  ...{ script: text, queue: text, client: text },
});

const latency = z.strictObject({
  pingMs: z.strictObject({ p50: z.number(), p99: z.number(), samples: z.number() }),
  events: z
    .array(
      z.strictObject({
        ...{ event: z.string(), at: z.number(), lastMs: z.number(), longestMs: z.number() },
      }),
    )
    .nullable(),
  unverified,
});

/** Handlers by action. */
export const REDIS_HANDLERS: Handlers<RedisActionTypes> = {
  'redis.info': { input: nothing, output: info, run: ({ redis }) => redis.info() },
  'redis.clients': { input: nothing, output: rowsOf(client), run: ({ redis }) => redis.clients() },
  'redis.slowlog': {
    input: z.strictObject({ limit: limitField(512).exactOptional() }),
    output: rowsOf(slow),
    run: ({ redis }, { limit }) => redis.slowLog(limit),
  },
  'redis.latency': { input: nothing, output: latency, run: ({ redis }) => redis.latency() },
  'redis.memory': {
    input: z.strictObject({ limit: limitField(50).exactOptional() }),
    output: rowsOf(z.strictObject({ queue: z.string(), bytes: z.number() })),
    run: ({ redis }, { limit }) => redis.memory(limit),
  },
};

function rowsOf(row: z.ZodType): z.ZodType {
  return z.strictObject({ rows: z.array(row).nullable(), unverified });
}
