/**
 * Everything that can be set from outside, by the environment or a file `.env`: checked once, when the application starts.
 *
 * Without `REDIS_URL` the coordinator looks for `REDIS_HOST` and its kin, and serves without queues when there are none.
 */
import { z } from 'zod';

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3_000),
  REDIS_URL: z.string().optional(),
  /** In front of the names of the queues, where applications share a Redis. */
  QUEUE_NAME_PREFIX: z.string().default(''),
  DROVER_DATA_DIR: z.string().default('.drover/nest-photos'),
  MAX_PHOTO_BYTES: z.coerce.number().int().min(1).default(20_000_000),
  /** Whoever sends it as a bearer token may use `/ops`. Unset: only this machine may. */
  OPS_TOKEN: z.string().min(16).optional(),
});

/** What `ConfigService` holds. */
export type Settings = z.infer<typeof Environment>;

/** @throws with a message for the user when a value is wrong */
export function readSettings(environment: Record<string, unknown>): Settings {
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  const read = Environment.safeParse(Object.fromEntries(given));
  if (!read.success) throw new Error(z.prettifyError(read.error));
  return read.data;
}
